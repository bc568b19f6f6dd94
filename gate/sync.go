package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/pass"
)

// How often a gate that has a network asks, and how it waits when it has none.
const (
	denyEvery   = 30 * time.Second
	configEvery = 10 * time.Minute
	firstPause  = time.Second
	longPause   = time.Minute
)

// link is how things stand with the server.
type link struct {
	online   bool
	refused  error // the server's word about the gate's key
	cloned   bool  // the server has taps of this gate that are not in its journal
	configAt time.Time
	denyAt   time.Time
}

// Run keeps in touch with the server until ctx ends. Days without a network, and
// answers that make no sense, are waited out; nothing of it holds up a tap.
func (g *Gate) Run(ctx context.Context) {
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.nudge:
			if pause > 0 { // no network: not at every tap
				if !rest(ctx, pause) {
					return
				}
			}
		case <-time.After(max(pause, firstPause)):
		}
		if err := g.syncDue(ctx, false); err == nil {
			pause = 0
		} else {
			pause = min(max(2*pause, firstPause), longPause)
		}
	}
}

func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Sync takes the configuration and the deny list and uploads all taps, now.
// Errors: ErrAnswer, *client.Problem, client.ErrLost.
func (g *Gate) Sync(ctx context.Context) error { return g.syncDue(ctx, true) }

func (g *Gate) syncDue(ctx context.Context, all bool) error {
	err := g.steps(ctx, all)
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.link.online
	g.link.online = !errors.Is(err, client.ErrLost) && ctx.Err() == nil
	g.link.refused = nil
	if p := (*client.Problem)(nil); errors.As(err, &p) {
		g.link.refused = p
	}
	if err != nil && (was || !errors.Is(err, client.ErrLost)) && ctx.Err() == nil {
		g.Log.Warn("the server was not reached, or said no", "error", err)
	}
	return err
}

func (g *Gate) steps(ctx context.Context, all bool) error {
	g.mu.Lock()
	c, now, l := g.caller(g.settings), time.Now(), g.link
	wrong := g.clock.Check(g.Now()) != nil
	g.mu.Unlock()
	if all || wrong || now.Sub(l.configAt) > configEvery {
		if err := g.updateConfig(ctx, c); err != nil {
			return err
		}
	}
	if all || now.Sub(l.denyAt) > denyEvery {
		if err := g.updateDenyList(ctx, c); err != nil {
			return err
		}
		if err := g.denyListIsNew(); err != nil {
			return err
		}
	}
	return g.upload(ctx, c)
}

func (g *Gate) denyListIsNew() error {
	return g.note(func(m *memory) {
		g.link.denyAt = time.Now()
		m.DenyAt = g.Now()
	})
}

// note changes the memory, on the disk first.
func (g *Gate) note(change func(*memory)) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.memory
	change(&m)
	m.SyncedAt = g.Now()
	if err := g.saveMemory(m); err != nil {
		return err
	}
	g.memory = m
	return nil
}

// updateConfig takes keys, fares and the time from the server.
func (g *Gate) updateConfig(ctx context.Context, c *client.Client) error {
	var got Config
	sent := g.Now()
	if err := c.Call(ctx, "GET", "/v1/gate/config", nil, &got); err != nil {
		return err
	}
	heard := g.Now()
	if err := got.check(); err != nil {
		return err
	}
	if err := g.takeConfig(got); err != nil {
		return err
	}
	last := g.journal.Last()
	if err := g.tellForgotten(got.NextSeq - 1); err != nil {
		return err
	}
	return g.note(func(m *memory) {
		m.Uploaded = min(m.Uploaded, got.NextSeq-1)
		g.link.configAt, g.link.cloned = time.Now(), got.NextSeq > last+1
		if g.clock.Compare(got.ServerTime, sent, heard) && !g.clock.Off() {
			m.ClockAt, m.ClockSeq = heard, last
		}
	})
}

// tellForgotten logs when the server has taps up to a number only, and has answered for more.
func (g *Gate) tellForgotten(has uint64) error {
	uploaded := g.uploaded()
	if uploaded <= has {
		return nil
	}
	taps, err := g.journal.Read(has, 1)
	if err == nil && len(taps) > 0 && taps[0].Seq <= uploaded { // and not only damaged ones, which it never had
		g.Log.Warn("the server has gone back to an older state, and gets taps again", "it_has", has, "from", taps[0].Seq, "to", uploaded)
	}
	return err
}

func (g *Gate) takeConfig(got Config) error {
	verifier, err := pass.NewVerifier(got.IssuerKeys...)
	if err != nil {
		return fmt.Errorf("%w: issuer keys: %w", ErrAnswer, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.settings
	if got.Gate.ID != s.Config.Gate.ID {
		return fmt.Errorf("%w: configuration of %s", ErrAnswer, got.Gate.ID)
	}
	changed := !sameKeys(s.Config.IssuerKeys, got.IssuerKeys)
	s.Config, s.FetchedAt = got, g.Now()
	if err := g.saveSettings(s); err != nil {
		return err
	}
	g.settings = s
	if changed { // otherwise the issuer signatures that were checked stay known
		g.verifier = verifier
	}
	return nil
}

// sameKeys reports whether two lists of issuer keys are the same.
func sameKeys(a, b []pass.PublicKey) bool {
	return slices.EqualFunc(a, b, func(a, b pass.PublicKey) bool { return a.ID == b.ID && bytes.Equal(a.Key, b.Key) })
}
