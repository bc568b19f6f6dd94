package payment

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// Config is what a Processor works with. All fields but Named are needed.
type Config struct {
	Store    Store
	Seeds    Seeds
	Presence Presence
	Profile  paycode.Profile
	Zone     *time.Location // in which the issuer's day begins at midnight
	Clock    Clock
	Random   io.Reader // a CSPRNG
	Buckets  int       // of the store
	// Parallel is how many batches are written at once, at least 1. The store
	// should be able to run three times as many transactions: those that are
	// slow give their place to others.
	Parallel int
	Log      *slog.Logger
	// Named, if not nil, is called with the names of payers whose commands were
	// written, so that whoever answers need not look them up. It must not block.
	Named func(payer ids.Payer, name string)
	// Committed is called with events of a bucket after they were committed, so
	// that whoever sends them need not ask for them. It must not block.
	Committed func(bucket int, events []Event)
}

// Processor carries commands out, in batches. Jobs wait in lanes: for each
// bucket of merchants one with the claims of orders and one with wrong codes to
// be counted, and for each bucket of payers one with the commands.
type Processor struct {
	Config
	ids     ids.Maker
	guesses recentGuesses
	expiry  expiry
	lanes   *lanes
}

// New starts a processor; Close stops it.
func New(c Config) *Processor {
	c.Store = planted(c.Store)
	p := &Processor{Config: c, ids: ids.Maker{Random: c.Random, Buckets: c.Buckets}}
	p.lanes = newLanes(c.Clock, 3*c.Buckets, c.Parallel, p.runBatch)
	return p
}

// Close decides what waits already, refuses what comes later, and returns when
// all is written.
func (p *Processor) Close() { p.lanes.close() }

// The lanes of a merchant and of a payer's bucket.
func (p *Processor) claimLane(m ids.Merchant) int { return m.Bucket(p.Buckets) }
func (p *Processor) commandLane(bucket int) int   { return p.Buckets + bucket }
func (p *Processor) countLane(m ids.Merchant) int { return 2*p.Buckets + m.Bucket(p.Buckets) }

// runBatch runs one batch of a lane.
func (p *Processor) runBatch(ctx context.Context, lane int, batch []job) (err error) {
	switch bucket := lane % p.Buckets; lane / p.Buckets {
	case 0:
		err = p.claimAll(ctx, batch)
	case 1:
		err = p.decideAll(ctx, bucket, batch)
	default:
		return p.countAll(ctx, batch)
	}
	if err != nil && ctx.Err() != nil { // cut off, so whatever the store says
		err = fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return err
}

// claim finds or makes the claim of an order.
func (p *Processor) claim(ctx context.Context, want Claim) (Claimed, error) {
	c := &claiming{ticket: newTicket(), want: want}
	if err := p.lanes.do(ctx, p.claimLane(want.Merchant), c); err != nil {
		return Claimed{}, err
	}
	return c.got, c.err
}

// run has a command decided and written; ErrOverloaded or ErrUnavailable when
// it was not let in.
func (p *Processor) run(ctx context.Context, c Command) (Effects, error) {
	if err := p.lanes.admit(p.commandLane(c.bucket(p.Buckets))); err != nil {
		return Effects{}, err
	}
	return p.goOn(ctx, c)
}

// goOn is run for what has begun already, with a claim: it is always let in.
func (p *Processor) goOn(ctx context.Context, c Command) (Effects, error) {
	d := &deciding{ticket: newTicket(), command: c, need: c.need()}
	if err := p.lanes.do(ctx, p.commandLane(c.bucket(p.Buckets)), d); err != nil {
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
