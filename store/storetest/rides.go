package storetest

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// errCut is what a connection that breaks answers.
var errCut = errors.New("the connection was cut")

// cut breaks one in so many calls, half of them before they are carried out and
// half after.
type cut struct {
	clearing.Store
	clearing.Cashier
	mu     sync.Mutex
	random *rand.Rand
	oneIn  int // 0: none
}

func (c *cut) call(do func() error) error {
	c.mu.Lock()
	fate := 2
	if c.oneIn > 0 {
		fate = c.random.IntN(2 * c.oneIn)
	}
	c.mu.Unlock()
	if fate == 0 {
		return errCut
	}
	if err := do(); err != nil || fate != 1 {
		return err
	}
	return errCut
}

func (c *cut) File(ctx context.Context, g ids.Gate, after uint64, taps []clearing.Filed) (kept []clearing.Filed, fresh []bool, err error) {
	err = c.call(func() error { kept, fresh, err = c.Store.File(ctx, g, after, taps); return err })
	return kept, fresh, err
}

func (c *cut) MarkCleared(ctx context.Context, g ids.Gate, seqs []uint64) error {
	return c.call(func() error { return c.Store.MarkCleared(ctx, g, seqs) })
}

func (c *cut) Board(ctx context.Context, o clearing.Owner, add []clearing.Boarding, wide, days clearing.Span, now time.Time,
	plan func([]clearing.Boarding, []clearing.Ride) []clearing.Ride) (copies [][32]byte, err error) {
	err = c.call(func() error { copies, err = c.Store.Board(ctx, o, add, wide, days, now, plan); return err })
	return copies, err
}

func (c *cut) Settled(ctx context.Context, r clearing.Ride, at time.Time) error {
	return c.call(func() error { return c.Store.Settled(ctx, r, at) })
}

func (c *cut) Fare(ctx context.Context, f payment.Fare) (p payment.Payment, err error) {
	err = c.call(func() error { p, err = c.Cashier.Fare(ctx, f); return err })
	return p, err
}

func (c *cut) Cancel(ctx context.Context, id ids.Payment, m ids.Merchant) (p payment.Payment, err error) {
	err = c.call(func() error { p, err = c.Cashier.Cancel(ctx, id, m); return err })
	return p, err
}

// stops are fares of 1.00 and 0.50 for each station between; a bus costs 2.00.
type stops struct{}

func (stops) Fare(_, from, to string) (money.Amount, bool) {
	d := int(from[0]) - int(to[0])
	return cny(int64(100 + 50*max(d, -d))), true
}
func (stops) Max(string, string) (money.Amount, bool) { return cny(200), true }

// transit is a town with gates, and riders who have passes.
type transit struct {
	*town
	*rand.Rand
	issuer pass.IssuerKey
	gates  []access.Gate
	riders []*rider
}

// rider is somebody with a phone that has a pass.
type rider struct {
	person
	key   *ecdsa.PrivateKey
	pass  []byte
	money int64
	taps  []tapped
}

// tapped is a tap as an accountant notes it, who knows of no clearing.
type tapped struct {
	at      time.Time
	kind    access.TapKind
	station string
}

// upload is a tap on its way from a gate.
type upload struct {
	gate int
	tap  clearing.Tap
}

func newTransit(w *town, gates, riders int, seed uint64) *transit {
	master := [32]byte{1}
	issuer, err := pass.DeriveIssuerKey(master[:], 1)
	w.must(err)
	t := &transit{town: w, Rand: rand.New(rand.NewPCG(seed, 1)), issuer: issuer}
	d := access.New(access.Config{Store: w.db, Now: w.clock, Random: crand.Reader, Buckets: w.ids.Buckets})
	for i := range gates {
		g, err := d.CreateGate(w.Context(), access.NewGate{
			Name: "gate", Line: "1", Station: string(rune('A' + i%10)), Kind: []access.TapKind{access.TapRide, access.TapEntry, access.TapExit}[i%3],
		})
		w.must(err)
		t.gates = append(t.gates, g)
	}
	for range riders {
		t.riders = append(t.riders, t.rider())
	}
	return t
}

func (t *transit) rider() *rider {
	r := &rider{money: t.Int64N(4000)}
	r.person = t.person(r.money)
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	t.must(err)
	p := pass.Pass{
		Alias: r.alias, NotBefore: t.clock().Add(-48 * time.Hour), Expires: t.clock().Add(7 * 24 * time.Hour), DeviceKey: &key.PublicKey,
		Fund: pass.Balance, CapMinor: 5000, Currency: "CNY", Product: "transit",
	}
	crand.Read(p.ID[:])
	_, _, err = t.db.HoldPass(t.Context(), issuing.IssuedPass{ID: p.ID, Device: r.device, Expires: p.Expires}, t.clock(), p.Expires)
	t.must(err)
	r.key = key
	r.pass, err = pass.Issue(t.issuer, p)
	t.must(err)
	return r
}

// service is one server.
func (t *transit) service(c *cut) *clearing.Service {
	return clearing.New(clearing.Config{
		Store: c, Cashier: c, Gates: t.db, Keys: func() ([]pass.PublicKey, error) { return []pass.PublicKey{t.issuer.Public()}, nil },
		Terms: clearing.DefaultTerms(stops{}, "CNY", time.UTC), Clock: payment.RealClock(t.clock), Random: crand.Reader, Buckets: t.ids.Buckets, Log: slog.New(slog.DiscardHandler),
	})
}

// day has riders ride, some with a copy of their code at another gate, and gates
// whose clocks drift note it. It answers what the gates have, and how many are copies.
func (t *transit) day(taps int) (all []upload, copies int) {
	seqs := make([]uint64, len(t.gates))
	drift := make([]time.Duration, len(t.gates))
	for i := range drift {
		drift[i] = time.Duration(t.IntN(80)-40) * time.Second
	}
	note := func(gate int, at time.Time, shown []byte) {
		seqs[gate]++
		all = append(all, upload{gate, clearing.Tap{Seq: seqs[gate], At: at, Kind: t.gates[gate].Kind, Presentation: shown}})
	}
	for i := range taps {
		r := t.riders[t.IntN(len(t.riders))]
		gate, real := t.IntN(len(t.gates)), t.clock().Add(-time.Duration(t.IntN(20*3600))*time.Second)
		var nonce [4]byte
		binary.BigEndian.PutUint32(nonce[:], t.Uint32())
		shown, err := pass.Present(r.key, r.pass, real, nonce, nil)
		t.must(err)
		at, g := real.Add(drift[gate]+time.Duration(i)*time.Microsecond), t.gates[gate] // no two at the same time
		note(gate, at, shown)
		r.taps = append(r.taps, tapped{at, g.Kind, g.Station})
		if g.Kind == access.TapRide && t.IntN(20) == 0 {
			note((gate+3*(1+t.IntN(3)))%(len(t.gates)/3*3), at, shown) // another gate of a bus
			copies++
		}
	}
	return all, copies
}

// owes is what a rider's rides cost when all is known and every gap is closed.
func (r *rider) owes() (rides int, sum int64) {
	slices.SortFunc(r.taps, func(a, b tapped) int { return a.at.Compare(b.at) })
	for i := 0; i < len(r.taps); i++ {
		rides++
		fare := cny(200)
		if this := r.taps[i]; this.kind == access.TapEntry && i+1 < len(r.taps) {
			if next := r.taps[i+1]; next.kind == access.TapExit && next.at.Sub(this.at) <= 4*time.Hour {
				fare, _ = stops{}.Fare("", this.station, next.station)
				i++
			}
		}
		sum += fare.Minor
	}
	return rides, sum
}

// bring uploads taps in batches of any size, in any order, to any server, until each
// batch was answered; then everything once more.
func (t *transit) bring(all []upload, servers []*clearing.Service) {
	byGate := map[int][]clearing.Tap{}
	for range 2 {
		for _, u := range all {
			byGate[u.gate] = append(byGate[u.gate], u.tap)
		}
	}
	var gates sync.WaitGroup
	for gate, taps := range byGate {
		t.Shuffle(len(taps), func(i, j int) { taps[i], taps[j] = taps[j], taps[i] })
		seed := t.Uint64()
		gates.Go(func() {
			r := rand.New(rand.NewPCG(seed, 2))
			for len(taps) > 0 {
				n := min(1+r.IntN(60), len(taps))
				answers, err := servers[r.IntN(len(servers))].Take(t.Context(), t.gates[gate].ID, 0, taps[:n])
				switch {
				case err == nil:
					t.answered(taps[:n], answers)
					taps = taps[n:]
				case !errors.Is(err, errCut):
					t.Errorf("gate %d: %v", gate, err)
					return
				}
			}
		})
	}
	gates.Wait()
}

func (t *transit) answered(taps []clearing.Tap, answers []clearing.Answer) {
	for i, a := range answers {
		if a.Seq != taps[i].Seq || a.Result == clearing.Rejected {
			t.Errorf("tap %d was answered %+v", taps[i].Seq, a)
		}
	}
}

// Rides brings many taps of many gates through bad connections to several
// servers, and holds the outcome against an accountant who counts for himself.
func Rides(t *testing.T, open Opener, taps int) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := newTransit(newTown(t, open, 4), 50, max(taps/25, 4), seed)
	all, copies := w.day(taps)
	var cuts []*cut
	var servers []*clearing.Service
	for i := range 3 {
		cuts = append(cuts, &cut{Store: w.db, Cashier: w.pay, random: rand.New(rand.NewPCG(seed, uint64(i))), oneIn: 20})
		servers = append(servers, w.service(cuts[i]))
	}
	w.bring(all, servers)
	w.later(3 * 24 * time.Hour) // whatever is open is closed
	for round := range 12 {
		if round == 8 { // and then the connections are good
			for _, c := range cuts {
				c.mu.Lock()
				c.oneIn = 0
				c.mu.Unlock()
			}
		}
		race(len(servers), func(i int) { servers[i].Sweep(t.Context()) })
		w.later(time.Minute)
	}
	w.reckon(copies)
	if err := servers[0].Reclear(t.Context(), time.Time{}, func(int64, int64) {}); err != nil {
		t.Error(err)
	}
	w.reckon(copies)
	w.behindAGap(servers[0])
	w.reckon(copies)
	w.paidBack()
}

// behindAGap brings taps of a gate that says it was answered for more than there is.
func (t *transit) behindAGap(s *clearing.Service) {
	t.Helper()
	r, g := t.riders[0], t.gates[0]
	last, err := t.db.LastSeq(t.Context(), g.ID)
	t.must(err)
	shown, err := pass.Present(r.key, r.pass, t.clock(), [4]byte{1}, nil)
	t.must(err)
	tap := clearing.Tap{Seq: last + 2, At: t.clock(), Kind: g.Kind, Presentation: shown}
	if _, err := s.Take(t.Context(), g.ID, last+1, []clearing.Tap{tap}); !errors.Is(err, clearing.ErrForgotten) {
		t.Errorf("behind a gap: %v", err)
	}
	if now, err := t.db.LastSeq(t.Context(), g.ID); err != nil || now != last {
		t.Errorf("the last tap was %d and is %d, %v", last, now, err)
	}
	answers, err := s.Take(t.Context(), g.ID, last, nil)
	if err != nil || len(answers) != 0 {
		t.Errorf("no gap: %v, %v", answers, err)
	}
}

// reckon holds every rider's rides and money against his taps.
func (t *transit) reckon(wantCopies int) {
	t.Helper()
	var copies int
	for i, r := range t.riders {
		rides, sum := r.owes()
		counted, charged := t.counted(r)
		loans, err := t.db.Loans(t.Context(), r.payer)
		t.must(err)
		owed, balance := payment.Owed(loans, ledger.PayerDebt), t.balance(r.person)
		if counted != rides || charged != sum || balance-owed != r.money-sum || balance < 0 {
			t.Errorf("rider %d of %d taps: %d rides for %d, want %d for %d; he had %d, has %d and owes %d", i, len(r.taps), counted, charged, rides, sum, r.money, balance, owed)
		}
		found, err := t.db.Copies(t.Context(), r.payer, 1000)
		t.must(err)
		copies += len(found)
	}
	if copies != wantCopies {
		t.Errorf("%d copies were found, want %d", copies, wantCopies)
	}
	report, err := t.db.Audit(t.Context())
	if err != nil || !report.Balanced {
		t.Errorf("audit: %v, %q", err, report.Differences)
	}
}

// counted are a rider's rides that count, and what was taken for them by payments that stand.
func (t *transit) counted(r *rider) (rides int, charged int64) {
	t.Helper()
	all, err := t.db.Rides(t.Context(), r.payer, ids.Ride{}, 10_000)
	t.must(err)
	for _, h := range all {
		if h.Work != clearing.Done || h.Status == clearing.Open || !h.Void.IsZero() {
			t.Errorf("left: %+v", h)
		}
		if h.Status != clearing.Canceled {
			rides++
		}
	}
	payments, err := t.db.PayerPayments(t.Context(), r.payer, ids.Payment{}, 10_000)
	t.must(err)
	for _, p := range payments {
		if p.Status == payment.Succeeded {
			charged += p.Amount.Minor
		}
	}
	return rides, charged
}

// paidBack has everybody pay what he owes.
func (t *transit) paidBack() {
	for _, r := range t.riders {
		loans, err := t.db.Loans(t.Context(), r.payer)
		t.must(err)
		if owed := payment.Owed(loans, ledger.PayerDebt); owed > 0 {
			_, sum := r.owes()
			t.topUp(r.person, "debts", owed, false)
			t.wants(r.person, "all paid", cmp.Or(r.money+owed-sum, 0), 0, 0)
		}
	}
}
