package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// engine is the store's engine as one server sees it: every call lets others go
// first, and may fail or kill the server before or after it was carried out.
// The transaction itself happens at one moment, as with every engine whose
// transactions are serializable.
type engine struct {
	*life
	inner store.Engine
}

// errDisk is a failure that says of itself that nothing was written.
var errDisk = errors.New("sim: the disk is full")

// errRace undoes a transaction that is to be run again.
var errRace = errors.New("sim: lost a race")

// Write implements store.Engine.
func (e *engine) Write(ctx context.Context, bucket int, do func(store.Tx) error) error {
	w := e.world
	if err := e.reach(ctx, bucket); err != nil {
		return err
	}
	switch {
	case w.chance(w.weather.dieBefore):
		e.die("before a transaction")
	case w.chance(w.weather.refuse):
		e.say("the disk is full")
		return errDisk
	case w.chance(w.weather.runAgain):
		if err := e.lose(ctx, bucket, do); !errors.Is(err, errRace) {
			return err
		}
	}
	err := e.inner.Write(ctx, bucket, do)
	w.committed++
	if err != nil {
		return err
	}
	w.glance()
	return e.answered(ctx)
}

// lose carries a transaction out and undoes it, as one that lost a race.
func (e *engine) lose(ctx context.Context, bucket int, do func(store.Tx) error) error {
	w := e.world
	err := e.inner.Write(ctx, bucket, func(tx store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return errRace
	})
	if !errors.Is(err, errRace) {
		return err
	}
	e.say("a transaction lost a race")
	if w.chance(w.weather.dieDeciding) {
		e.die("in a transaction")
	}
	w.loop.pause(w.upTo(5 * time.Millisecond))
	return err
}

// reach is the way to the database and the wait for a turn.
func (e *engine) reach(ctx context.Context, bucket int) error {
	w := e.world
	took := w.upTo(2 * time.Millisecond)
	switch {
	case w.chance(w.weather.slow):
		took = w.upTo(300 * time.Millisecond)
	case w.chance(w.weather.stuck):
		took = w.upTo(10 * time.Second)
	}
	if took > 100*time.Millisecond {
		e.say("the store takes %v", took.Round(time.Millisecond))
	}
	if err := w.loop.wait(ctx, nil, took+1); err != nil {
		return fmt.Errorf("%w: %v", payment.ErrUnavailable, err)
	}
	if w.chance(w.weather.failBefore) || w.loop.passed < w.away[bucket] {
		e.say("the store is not reached")
		return fmt.Errorf("%w: simulated", payment.ErrUnavailable)
	}
	return nil
}

// answered is the way back, after which a server knows that it was committed.
func (e *engine) answered(ctx context.Context) error {
	w := e.world
	switch {
	case w.chance(w.weather.dieAfter):
		e.die("after a commit")
	case w.chance(w.weather.failAfter):
		e.say("the connection broke during a commit, which was made")
		return fmt.Errorf("%w: simulated", payment.ErrUnknownOutcome)
	case w.chance(w.weather.stuck):
		if err := w.loop.wait(ctx, nil, w.upTo(10*time.Second)+1); err != nil {
			e.say("nobody waits for the answer to a commit any more")
			return fmt.Errorf("%w: %v", payment.ErrUnknownOutcome, err)
		}
		return nil
	}
	w.loop.pause(w.upTo(time.Millisecond))
	return nil
}

// Read implements store.Engine.
func (e *engine) Read(ctx context.Context, do func(store.Tx) error) error {
	w := e.world
	if err := w.loop.wait(ctx, nil, w.upTo(time.Millisecond)+1); err != nil {
		return fmt.Errorf("%w: %v", payment.ErrUnavailable, err)
	}
	if w.chance(w.weather.failBefore) {
		return fmt.Errorf("%w: simulated", payment.ErrUnavailable)
	}
	err := e.inner.Read(ctx, do)
	w.loop.pause(w.upTo(time.Millisecond))
	return err
}

// Report implements store.Engine: there is no replica.
func (e *engine) Report(ctx context.Context, do func(store.Tx) error) error { return e.Read(ctx, do) }

// ForUpdate implements store.Engine.
func (e *engine) ForUpdate() string { return e.inner.ForUpdate() }

// Buckets implements store.Engine.
func (e *engine) Buckets() int { return e.inner.Buckets() }

// Close implements store.Engine. The database outlives its servers.
func (e *engine) Close() error { return nil }
