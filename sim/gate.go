package sim

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"slices"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/sim/auditor"
)

// Rides in the town are short, so that many are begun, ended and given up in a world.
const (
	rideLasts  = 20 * time.Minute
	rideCloses = 30 * time.Minute
	dayCap     = 1500 // minor units
)

// fares are 1.00 and 0.50 for each stop between, and 3.00 at most.
type fares struct{}

func (fares) Fare(_, from, to string) (money.Amount, bool) {
	d := int64(from[0]) - int64(to[0])
	return cny(100 + 50*max(d, -d)), true
}

func (fares) Max(string, string) (money.Amount, bool) { return cny(300), true }

func terms() clearing.Terms {
	t := clearing.DefaultTerms(fares{}, currency, time.UTC)
	t.PairWithin, t.CloseAfter, t.DayCap = rideLasts, rideCloses, dayCap
	return t
}

// gate is one of the town's: nobody but its own disk knows of a tap until it is
// uploaded. A loss of power leaves what is on the disk, and that is every tap
// that it has opened for; how far it has uploaded it may forget.
type gate struct {
	*world
	name  string
	is    access.Gate
	ahead time.Duration // its clock, of the true time
	taps  []clearing.Tap
	sent  int // so many of them were answered
	seen  map[[32]byte]bool
}

// foundGates puts up the gates of the town's one line.
func (w *world) foundGates() {
	for n := range w.habits.gates {
		g := &gate{world: w, name: number("gate", n), seen: map[[32]byte]bool{}}
		g.ahead = w.upTo(minute) - minute/2
		g.is = access.Gate{
			ID: ids.New[ids.Gate](w.maker(), w.loop.now(), w.random.IntN(w.buckets)), Name: g.name, Line: "line", Station: string(rune('A' + w.random.IntN(6))),
			Kind: []access.TapKind{access.TapRide, access.TapEntry, access.TapExit}[w.random.IntN(3)], Merchant: w.shops[0].id, CreatedAt: w.loop.now(),
		}
		w.must(insist(w, func(ctx context.Context, on *life) error { return on.db.AddGate(ctx, g.is) }))
		w.gates = append(w.gates, g)
	}
}

// now is what the gate's clock shows.
func (g *gate) now() time.Time { return g.loop.now().Add(g.ahead).Truncate(time.Microsecond) }

// show holds a code before the gate, which knows no more than the issuer's keys
// and what it has seen itself.
func (g *gate) show(by string, device ids.Device, shown []byte) {
	at := g.now()
	p, err := g.verifier.Verify(shown, at, nil)
	switch {
	case err != nil:
		g.say(g.name, "no to %s: %s", by, pass.Word(err))
		return
	case g.seen[p.ID]:
		g.say(g.name, "no to %s: duplicate", by)
		return
	}
	g.seen[p.ID] = true
	g.taps = append(g.taps, clearing.Tap{Seq: uint64(len(g.taps) + 1), At: at, Kind: g.is.Kind, Presentation: shown})
	g.say(g.name, "go for %s, tap %d", by, len(g.taps))
	g.audit.Tapped(auditor.Tap{
		Presentation: p.ID, Gate: auditor.ID(g.is.ID), Device: auditor.ID(device), At: at, Kind: string(g.is.Kind), Station: g.is.Station,
	})
}

// live uploads now and then, until it is night.
func (g *gate) live() {
	for !g.night() {
		g.loop.pause(g.upTo(60 * g.weather.think))
		if g.random.IntN(40) == 0 {
			g.loop.pause(g.upTo(time.Hour)) // no network
		}
		if g.random.IntN(10) == 0 {
			g.sent = g.random.IntN(g.sent + 1) // power lost before it was written down
		}
		g.upload()
	}
}

// upload brings some of the taps that the server has not answered for; true when
// none are left.
func (g *gate) upload() bool {
	from := g.sent
	taps := slices.Clone(g.taps[from:min(len(g.taps), from+1+g.random.IntN(20))])
	if len(taps) == 0 {
		return true
	}
	answers, err := send(g.world, func(ctx context.Context, on *life) ([]clearing.Answer, error) {
		return on.clear.Take(ctx, g.is.ID, uint64(from), taps)
	}, func([]clearing.Answer, error) {})
	g.say(g.name, "uploads taps %d to %d: %v", from+1, from+len(taps), outcome(err))
	if err != nil {
		return false
	}
	for _, a := range answers {
		if a.Result == clearing.Rejected {
			g.audit.Broken(auditor.Violation{Rule: "a good tap was rejected", Facts: string(a.Reason), About: []string{g.name}})
		}
	}
	g.sent = max(g.sent, from+len(taps))
	return g.sent == len(g.taps)
}

// ride shows a code at a gate, and sometimes a copy of it at another.
func (p *phone) ride() {
	if len(p.gates) == 0 || p.pass == nil {
		return
	}
	var nonce [4]byte
	binary.BigEndian.PutUint32(nonce[:], p.random.Uint32())
	shown, err := pass.Present(p.sign, p.pass, p.loop.now().Add(p.ahead), nonce, nil)
	p.must(err)
	p.gates[p.random.IntN(len(p.gates))].show(p.name, p.device, shown)
	if p.random.IntN(10) == 0 {
		p.loop.pause(p.upTo(minute / 2))
		p.gates[p.random.IntN(len(p.gates))].show(p.name+" (a copy)", p.device, shown)
	}
}

// signer is the key that a phone signs with.
func (w *world) signer() *ecdsa.PrivateKey {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), w.key().Bytes())
	w.must(err)
	return k
}
