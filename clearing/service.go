package clearing

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Config is what a Service works with. All fields are needed.
type Config struct {
	Store   Store
	Gates   Gates
	Cashier Cashier
	Keys    func() ([]pass.PublicKey, error) // of all who sign passes
	Terms   Terms
	Clock   payment.Clock
	Random  io.Reader // a CSPRNG
	Buckets int       // of the store
	Log     *slog.Logger
}

// Gates knows gates. An access.Service does.
type Gates interface {
	Gate(ctx context.Context, id ids.Gate) (access.Gate, error)
}

// Service clears taps. Several servers may run one each on one database.
type Service struct {
	Config
	ids ids.Maker

	mu       sync.Mutex
	keys     []pass.PublicKey
	verifier *pass.Verifier // of keys
}

// New is a service that has seen no tap.
func New(c Config) *Service {
	return &Service{Config: c, ids: ids.Maker{Random: c.Random, Buckets: c.Buckets}}
}

// MaxTaps is how many taps are taken at once.
const MaxTaps = 500

// atOnce is how many riders are cleared side by side.
const atOnce = 16

// verify is the verifier of the present keys. It remembers passes, so it is kept
// for as long as the keys are the same.
func (s *Service) verify() (*pass.Verifier, error) {
	keys, err := s.Keys()
	if err != nil {
		return nil, fmt.Errorf("clearing: issuer keys: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(a, b pass.PublicKey) bool { return a.ID == b.ID && slices.Equal(a.Key, b.Key) }
	if s.verifier == nil || !slices.EqualFunc(keys, s.keys, same) {
		if s.verifier, err = pass.NewVerifier(keys...); err != nil {
			return nil, fmt.Errorf("clearing: %w", err)
		}
		s.keys = keys
	}
	return s.verifier, nil
}

// Take verifies and keeps taps of a gate, at most MaxTaps, and clears them. When
// it returns without an error they are durable: the gate may forget them. One
// bad tap keeps no other one back. The same taps again change nothing.
// What cannot be cleared at this moment is left to Run.
func (s *Service) Take(ctx context.Context, gate ids.Gate, taps []Tap) ([]Answer, error) {
	g, err := s.Gates.Gate(ctx, gate)
	if err != nil {
		return nil, err
	}
	judged, err := s.judgeAll(ctx, gate, taps)
	if err != nil {
		return nil, err
	}
	first := map[uint64]int{} // where in taps a number stands for the first time
	var filing []Filed
	for i, f := range judged {
		if _, twice := first[f.Seq]; !twice {
			first[f.Seq] = i
			filing = append(filing, f)
		}
	}
	kept, fresh, err := s.Store.File(ctx, gate, filing)
	if err != nil {
		return nil, fmt.Errorf("clearing: file taps: %w", err)
	}
	bySeq, isFresh := map[uint64]Filed{}, map[uint64]bool{}
	var good []Filed
	for i, f := range kept {
		bySeq[f.Seq], isFresh[f.Seq] = f, fresh[i]
		if f.Reason == "" && fresh[i] {
			good = append(good, f)
		}
	}
	copies, _ := s.clearAll(ctx, g, good)
	answers := make([]Answer, len(judged))
	for i, f := range judged {
		answers[i] = answer(f, bySeq[f.Seq], isFresh[f.Seq] && first[f.Seq] == i, copies[f.Seq])
	}
	return answers, nil
}

// answer says what became of a tap, of which kept stands under its number.
func answer(f, kept Filed, fresh, copied bool) Answer {
	switch {
	case kept.PresentationID != f.PresentationID:
		return Answer{f.Seq, Rejected, SeqConflict}
	case kept.Reason != "":
		return Answer{f.Seq, Rejected, kept.Reason}
	case copied:
		return Answer{f.Seq, Duplicate, Copied}
	case !fresh:
		return Answer{f.Seq, Duplicate, ""}
	}
	return Answer{f.Seq, Accepted, ""}
}

// judgeAll verifies taps and finds whose their passes are.
func (s *Service) judgeAll(ctx context.Context, gate ids.Gate, taps []Tap) ([]Filed, error) {
	v, err := s.verify()
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	judged, passes := make([]Filed, len(taps)), make([]pass.Presentation, len(taps))
	wanted := map[int][][8]byte{}
	for i, t := range taps {
		p, reason := judge(v, gate, t, s.Terms.Currency, now)
		passes[i], judged[i] = p, Filed{Tap: t, Gate: gate, PresentationID: identify(p, t), Reason: reason, ReceivedAt: now}
		if reason == "" {
			b := s.bucketOf(p)
			wanted[b] = append(wanted[b], p.Pass.ID)
		}
	}
	owners := map[int]map[[8]byte]Owner{}
	for _, b := range slices.Sorted(maps.Keys(wanted)) {
		if owners[b], err = s.Store.OwnersOf(ctx, b, wanted[b]); err != nil {
			return nil, fmt.Errorf("clearing: whose passes: %w", err)
		}
	}
	for i, p := range passes {
		if judged[i].Reason != "" {
			continue
		}
		var known bool
		if judged[i].Owner, known = owners[s.bucketOf(p)][p.Pass.ID]; !known {
			judged[i].Reason = UnknownPass
		}
	}
	return judged, nil
}

// bucketOf is where the rows of whoever has the pass are: his alias says so.
func (s *Service) bucketOf(p pass.Presentation) int {
	return int(uint64(p.Pass.Alias) % uint64(s.Buckets))
}

// clearAll brings good taps of a gate to their riders, a few riders at a time,
// and answers the numbers of those that are copies, and how many could not be cleared.
func (s *Service) clearAll(ctx context.Context, g access.Gate, taps []Filed) (copies map[uint64]bool, failed int) {
	c := &clearingUp{copies: map[uint64]bool{}, left: byRider(taps), done: make(chan struct{})}
	if len(c.left) == 0 {
		return c.copies, 0
	}
	c.working = min(atOnce, len(c.left))
	for range c.working {
		s.Clock.Go(func() { s.work(ctx, g, c) })
	}
	s.Clock.Wait(context.WithoutCancel(ctx), c.done, 0) // each ends with ctx
	if len(c.cleared) > 0 {
		slices.Sort(c.cleared)
		if err := s.Store.MarkCleared(ctx, g.ID, c.cleared); err != nil {
			s.Log.Error("taps could not be marked as cleared yet", "gate", g.ID, "err", err)
		}
	}
	return c.copies, c.failed
}

// clearingUp is taps of a gate that are being cleared by several at once.
type clearingUp struct {
	done chan struct{} // closed by the last who works

	mu      sync.Mutex
	left    [][]Filed // of each rider
	working int
	cleared []uint64
	copies  map[uint64]bool
	failed  int
}

// byRider parts taps by whose they are, in a fixed order.
func byRider(taps []Filed) (all [][]Filed) {
	riders := map[ids.Device]int{}
	for _, f := range taps {
		i, known := riders[f.Owner.Device]
		if !known {
			i = len(all)
			riders[f.Owner.Device], all = i, append(all, nil)
		}
		all[i] = append(all[i], f)
	}
	return all
}

// next takes the taps of another rider; nil when there are none left.
func (c *clearingUp) next() (taps []Filed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.left) > 0 {
		taps, c.left = c.left[0], c.left[1:]
		return taps
	}
	if c.working--; c.working == 0 {
		close(c.done)
	}
	return nil
}

func (s *Service) work(ctx context.Context, g access.Gate, c *clearingUp) {
	for taps := c.next(); taps != nil; taps = c.next() {
		copied, err := s.clear(ctx, g, taps)
		c.mu.Lock()
		if err != nil {
			s.Log.Error("taps could not be cleared yet", "gate", g.ID, "device", taps[0].Owner.Device, "taps", len(taps), "err", err)
			c.failed += len(taps)
			taps = nil
		}
		for _, f := range taps {
			c.cleared = append(c.cleared, f.Seq)
			if slices.Contains(copied, f.PresentationID) {
				c.copies[f.Seq] = true
				s.Log.Warn("a copy of a presentation was let in", "gate", g.ID, "seq", f.Seq, "device", f.Owner.Device)
			}
		}
		c.mu.Unlock()
	}
}

// clear brings taps of one rider to his rows and has his rides charged.
func (s *Service) clear(ctx context.Context, g access.Gate, taps []Filed) (copies [][32]byte, err error) {
	add := make([]Boarding, len(taps))
	first, last := taps[0].At, taps[0].At
	for i, f := range taps {
		if add[i], err = boarding(f, g); err != nil {
			return nil, fmt.Errorf("clearing: tap %d of %v: %w", f.Seq, g.ID, err)
		}
		if f.At.Before(first) {
			first = f.At
		}
		if f.At.After(last) {
			last = f.At
		}
	}
	return s.settle(ctx, taps[0].Owner, add, s.Terms.around(first, last))
}

// rounds is how often a rider's rides are planned again because some were being
// charged at the time: each round charges those.
const rounds = 4

// settle adds taps to a rider's rows, plans the rides of some days, and has what is
// due paid, until nothing is.
func (s *Service) settle(ctx context.Context, o Owner, add []Boarding, days Span) (copies [][32]byte, err error) {
	for round := range rounds {
		found, err := s.Store.Board(ctx, o, add, days.wider(s.Terms.PairWithin), days, s.Clock.Now(), func(taps []Boarding, rides []Ride) []Ride {
			return s.named(s.Terms.plan(taps, rides, days, s.Clock.Now()), o)
		})
		if err != nil {
			return nil, fmt.Errorf("clearing: board: %w", err)
		}
		if round == 0 {
			copies = found
		}
		left, err := s.Store.Unfinished(ctx, o, days)
		if err != nil {
			return nil, fmt.Errorf("clearing: what is to be done: %w", err)
		}
		if len(left) == 0 {
			return copies, nil
		}
		for _, r := range left {
			if !r.Work.due() {
				continue // planned again in the next round
			}
			if err := s.pay(ctx, r); err != nil {
				return nil, err
			}
		}
	}
	return copies, nil
}

// named draws identifiers for new rides and for payments that are to be made.
func (s *Service) named(rides []Ride, o Owner) []Ride {
	now, bucket := s.Clock.Now(), o.Device.Bucket(s.Buckets)
	for i := range rides {
		r := &rides[i]
		if r.ID.IsZero() {
			r.ID = ids.New[ids.Ride](s.ids, now, bucket)
		}
		if r.Work == Pay && r.Charge > 0 {
			r.Payment = ids.New[ids.Payment](s.ids, now, bucket)
		}
	}
	return rides
}

// pay sees to the payments of a ride that is due. Each may have been seen to
// before: they have names.
func (s *Service) pay(ctx context.Context, r Ride) error {
	if !r.Void.IsZero() {
		if err := s.giveBack(ctx, r); err != nil {
			return fmt.Errorf("clearing: ride %v: give back: %w", r.ID, err)
		}
	}
	if !r.Payment.IsZero() {
		_, err := s.Cashier.Fare(ctx, payment.Fare{
			ID: r.Payment, Payer: r.Payer, Device: r.Device, Merchant: r.Merchant, OrderNo: r.ID.String(),
			Amount: r.amount(), OnCredit: r.OnCredit, Subject: r.subject(), Gate: r.Gate.String(),
		})
		if err != nil {
			return fmt.Errorf("clearing: ride %v: fare: %w", r.ID, err)
		}
	}
	if err := s.Store.Settled(ctx, r, s.Clock.Now()); err != nil {
		return fmt.Errorf("clearing: ride %v: %w", r.ID, err)
	}
	return nil
}
