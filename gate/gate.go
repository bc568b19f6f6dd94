// Package gate is a gate of a bus, a metro or a stadium: it checks passes without
// network, has every tap on its own disk before it opens, and tells the server of
// them when it can. It knows the server only by its HTTP contract (docs/api.md).
//
//	err := gate.Enrol(ctx, gate.Enrolment{Dir: dir, Server: url, Key: key})   // once, with network
//	g, err := gate.Open(dir)
//	go g.Run(ctx)                  // uploads, fetches the deny list, whenever there is a network
//	d := g.Tap("PP1:…")            // waits for nothing but the disk
//	if d.Go { … }
//
// What a crash or a loss of power leaves is told in docs/gate.md.
package gate

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/paycode/paycode/clock"
	"github.com/paycode/paycode/gate/denylist"
	"github.com/paycode/paycode/gate/journal"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// Gate is an open gate. Its methods may be called concurrently.
type Gate struct {
	HTTP *http.Client     // nil for client.Default
	Now  func() time.Time // the gate's clock, right or wrong
	Log  *slog.Logger

	dir     string
	unlock  func()
	journal *journal.Journal
	deny    *denylist.List
	nudge   chan struct{} // a tap waits for the upload
	told    listeners

	mu       sync.Mutex // also orders taps: the journal's order is that of the decisions
	settings settings
	memory   memory
	verifier *pass.Verifier
	prepared bool
	clock    clock.Clock
	recent   *recent
	counts   counts
	link     link
}

// Decision is what a gate does for one tap.
type Decision struct {
	Number uint64        `json:"number"` // counts this gate's decisions since it was opened
	Go     bool          `json:"go"`
	Reason Reason        `json:"reason,omitempty"` // why not
	Kind   journal.Kind  `json:"kind"`
	Fare   *money.Amount `json:"fare,omitempty"` // where every ride costs the same
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took_ns"` // from the call to the decision, the disk included
}

// counts are since the gate was opened.
type counts struct {
	decisions, gone, refused uint64
}

// Open opens the gate that was enrolled in dir. Errors: ErrNotEnrolled, ErrBusy.
func Open(dir string) (*Gate, error) {
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	g := &Gate{Now: time.Now, Log: slog.Default(), dir: dir, unlock: unlock, nudge: make(chan struct{}, 1), recent: newRecent()}
	if err := g.load(); err != nil {
		unlock()
		return nil, err
	}
	return g, nil
}

func (g *Gate) load() (err error) {
	if g.settings, err = readSettings(g.dir); err != nil {
		return err
	}
	if g.memory, err = readMemory(g.dir); err != nil {
		return err
	}
	if g.verifier, err = pass.NewVerifier(g.settings.Config.IssuerKeys...); err != nil {
		return fmt.Errorf("gate: issuer keys: %w", err)
	}
	g.deny, err = denylist.Open(filepath.Join(g.dir, "denylist"))
	g.prepared = err == nil
	if err != nil && g.deny == nil {
		return err
	}
	g.clock.See(g.memory.ClockAt)
	g.clock.See(g.settings.Config.ServerTime.Add(-clock.MayDrift))
	after := max(g.memory.Uploaded, g.settings.Config.NextSeq-1)
	g.journal, err = journal.Open(filepath.Join(g.dir, "journal"), g.settings.JournalKey, after, g.remember)
	return err
}

// remember takes a tap of the journal back into memory.
func (g *Gate) remember(t journal.Tap) {
	if t.Seq > g.memory.ClockSeq {
		g.clock.See(t.At)
	}
	p, err := pass.Parse(t.Presentation)
	if err != nil {
		return // it was good when it was written; the server will say
	}
	g.recent.add(p.ID, p.Pass.ID, t.At, g.passback())
}

// Tap decides on the text of a presentation, as a camera or a scanner read it.
func (g *Gate) Tap(text string) Decision {
	began := time.Now()
	presentation, err := pass.ParseText(text)
	return g.tap(began, presentation, err, nil)
}

func (g *Gate) tap(began time.Time, raw []byte, err error, challenge []byte) Decision {
	now := g.Now()
	g.mu.Lock()
	verifier := g.verifier
	g.mu.Unlock()
	var p pass.Presentation
	if err == nil {
		p, err = verifier.Verify(raw, now, challenge)
	}
	d := g.settle(p, err, raw, now)
	d.Took = time.Since(began)
	g.told.tell(d)
	return d
}

// settle decides, and has the tap on the disk before it says go.
func (g *Gate) settle(p pass.Presentation, err error, raw []byte, now time.Time) Decision {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := known{
		clock: g.clock.Check(now), prepared: g.prepared,
		deny: g.deny, recent: g.recent, passback: g.passback(),
	}
	reason := decide(p, err, k, now)
	if reason == "" {
		reason = g.record(p, raw, now)
	}
	return g.count(reason, now)
}

// record appends a tap and waits until it is durable. While it waits the others
// may come: that is how they share one fsync.
func (g *Gate) record(p pass.Presentation, raw []byte, now time.Time) Reason {
	durable, err := g.journal.Append(journal.Tap{At: now, Kind: g.settings.Config.Kind, Presentation: raw})
	if err != nil {
		g.Log.Error("a tap was not written", "error", err)
		return Disk
	}
	before, had := g.recent.add(p.ID, p.Pass.ID, now, g.passback())
	g.clock.See(now)
	g.mu.Unlock()
	err = <-durable
	g.mu.Lock()
	if err != nil {
		g.recent.forget(p.ID, p.Pass.ID, before, had)
		g.Log.Error("a tap was not written", "error", err)
		return Disk
	}
	select {
	case g.nudge <- struct{}{}:
	default: // somebody did already
	}
	return ""
}

func (g *Gate) count(reason Reason, now time.Time) Decision {
	g.counts.decisions++
	d := Decision{Number: g.counts.decisions, Go: reason == "", Reason: reason, Kind: g.settings.Config.Kind, At: now}
	if d.Go {
		g.counts.gone++
		d.Fare = g.settings.Config.Fare
	} else {
		g.counts.refused++
	}
	return d
}

// passback is for how long a pass that went through does not go through again.
func (g *Gate) passback() time.Duration {
	return time.Duration(g.settings.Config.PassbackSeconds) * time.Second
}

// Close writes what waits, and lets another process open the gate.
func (g *Gate) Close() error {
	defer g.unlock()
	if err := g.journal.Close(); err != nil && !errors.Is(err, journal.ErrClosed) {
		return err
	}
	return nil
}
