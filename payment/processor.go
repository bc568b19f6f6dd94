package payment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// Config is what a Processor works with. All fields are needed.
type Config struct {
	Store    Store
	Seeds    Seeds
	Presence Presence
	Profile  paycode.Profile
	Zone     *time.Location // in which the issuer's day begins at midnight
	Clock    Clock
	Random   io.Reader // a CSPRNG
	Buckets  int       // of the store
	Parallel int       // batches at once, at least 1
	Log      *slog.Logger
	// Committed is called with events of a bucket after they were committed, so
	// that whoever sends them need not ask for them. It must not block.
	Committed func(bucket int, events []Event)
}

// Processor carries commands out: one queue for the claims of orders, and one
// for each bucket of payers.
type Processor struct {
	Config
	ids     ids.Maker
	guesses recentGuesses
	claims  *queue[*claiming]
	buckets []*queue[*deciding]
	closed  sync.Once
}

// patience is how long a store may take for one batch.
const patience = 30 * time.Second

// claiming is a claim on its way, with its answer.
type claiming struct {
	want Claim
	got  Claimed
	err  error
}

// deciding is a command on its way, with its answer.
type deciding struct {
	command Command
	effects Effects
	err     error
}

// New starts a processor; Close stops it.
func New(c Config) *Processor {
	p := &Processor{Config: c, ids: ids.Maker{Random: c.Random, Buckets: c.Buckets}}
	p.claims = newQueue(p.claimAll)
	for bucket := range c.Buckets {
		p.buckets = append(p.buckets, newQueue(func(batch []*deciding) { p.decideAll(bucket, batch) }))
	}
	return p
}

// Close decides what waits already, refuses what comes later, and returns when
// all is written.
func (p *Processor) Close() {
	p.closed.Do(func() {
		p.claims.close()
		for _, q := range p.buckets {
			q.close()
		}
	})
}

// claimAll runs one batch of claims.
func (p *Processor) claimAll(batch []*claiming) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	claims := make([]Claim, len(batch))
	for i, c := range batch {
		claims[i] = c.want
	}
	got, err := p.Store.Claim(ctx, claims)
	for i, c := range batch {
		if c.err = err; err == nil {
			c.got, c.err = got[i], got[i].Err
		}
	}
}

// claim finds or makes the claim of an order.
func (p *Processor) claim(ctx context.Context, want Claim) (Claimed, error) {
	c := &claiming{want: want}
	if p.claims.full() {
		return Claimed{}, ErrOverloaded
	}
	if err := p.claims.do(ctx, c); err != nil {
		if errors.Is(err, errStopped) {
			err = ErrOverloaded // nothing was begun: another server may do it
		}
		return Claimed{}, err
	}
	return c.got, c.err
}

// decideAll loads, decides and saves one batch of commands of a bucket.
func (p *Processor) decideAll(bucket int, batch []*deciding) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	needs := make([]Need, len(batch))
	for i, d := range batch {
		needs[i] = d.command.need()
	}
	var events []Event
	err := p.Store.Update(ctx, bucket, needs, func(rows *Rows) {
		for i, d := range batch {
			d.effects, d.err = p.decide(rows, needs[i], d.command)
		}
		events = rows.Changes.Events
	})
	if err != nil {
		for _, d := range batch {
			d.effects, d.err = Effects{}, fmt.Errorf("payment: not known to be written: %w", err)
		}
		return
	}
	p.countGuesses(ctx, batch)
	if len(events) > 0 {
		p.Committed(bucket, events)
	}
}

// decide asks Decide, and has the batch's next command see the outcome.
func (p *Processor) decide(rows *Rows, n Need, c Command) (Effects, error) {
	s := rows.state(n)
	s.Now, s.Zone, s.Profile = p.Clock.Now(), p.Zone, p.Profile
	if s.Device != nil && n.Code.Form != 0 && n.Code.Form != paycode.FormOnline {
		var err error
		if s.Seeds, err = p.seedsOf(*s.Device, s.Now); err != nil {
			return Effects{}, err
		}
	}
	s.Reachable = s.Payer != nil && p.Presence.Reachable(s.Payer.ID, rows.Pages[s.Payer.ID])
	if charge, ok := c.(Charge); ok {
		charge.Merchant.RefusedUntil = p.guesses.refusedUntil(charge.Merchant)
		c = charge
	}
	e := Decide(s, c)
	if e.Guessed {
		p.guesses.add(e.Payment.Merchant, s.Now)
	}
	rows.apply(e)
	return e, nil
}

// seedsOf derives the seeds whose codes of a device are good at now.
func (p *Processor) seedsOf(d Device, now time.Time) (seeds []paycode.Seed, err error) {
	for _, ref := range d.Seeds(now) {
		seed, err := p.Seeds.Seed(ref.KeyID, paycode.DeviceID(d.ID), ref.Generation)
		if err != nil && d.Status == DeviceIsRevoked {
			continue // a master key may be retired while only revoked devices have seeds of it
		}
		if err != nil {
			return nil, fmt.Errorf("payment: seed: %w", err)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}

// countGuesses counts wrong codes against their merchants before anyone is
// told that they were wrong.
func (p *Processor) countGuesses(ctx context.Context, batch []*deciding) {
	guesses := map[ids.Merchant]int64{}
	for _, d := range batch {
		if d.err == nil && d.effects.Guessed {
			guesses[d.effects.Payment.Merchant]++
		}
	}
	for merchant, n := range guesses {
		refused, err := p.Store.CountWrong(ctx, merchant, n, p.Clock.Now())
		switch {
		case err != nil:
			p.Log.Error("wrong codes were not counted", "merchant", merchant, "codes", n, "err", err)
		case refused:
			p.Log.Warn("merchant refused for sending too many wrong codes", "merchant", merchant, "for", WrongWindow)
		}
	}
}

// run has a command decided and written; ErrOverloaded when too much waits.
func (p *Processor) run(ctx context.Context, c Command) (Effects, error) {
	if p.buckets[c.bucket(p.Buckets)].full() {
		return Effects{}, ErrOverloaded
	}
	return p.goOn(ctx, c)
}

// goOn is run for what has begun already, with a claim: it waits for a place.
func (p *Processor) goOn(ctx context.Context, c Command) (Effects, error) {
	d := &deciding{command: c}
	if err := p.buckets[c.bucket(p.Buckets)].do(ctx, d); err != nil {
		return Effects{}, err
	}
	if d.err != nil {
		return Effects{}, d.err
	}
	return d.effects, d.effects.Err
}

// event draws the identifier of an event of a bucket.
func (p *Processor) event(bucket int) ids.Event {
	return ids.New[ids.Event](p.ids, p.Clock.Now(), bucket)
}
