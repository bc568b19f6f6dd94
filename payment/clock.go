package payment

import (
	"context"
	"time"
)

// Clock is how a Processor sees time pass: everything that it waits for and all
// concurrent work that it starts goes through it. So a simulation can run the
// real Processor one step at a time, in an order that it chooses.
type Clock interface {
	// Now is the time, in whole microseconds, because that is what a store
	// keeps. It returns at once: it is asked while a lock is held.
	Now() time.Time
	// Wait returns nil when done is closed or when atMost is over, and the
	// error of ctx when that ends first. A nil channel is never closed, and
	// atMost 0 is never over.
	Wait(ctx context.Context, done <-chan struct{}, atMost time.Duration) error
	// Go runs f at the same time as its caller, who does not wait for it.
	Go(f func())
}

// RealClock lets real time pass, and has now say what time it is.
func RealClock(now func() time.Time) Clock { return realClock{now} }

type realClock struct{ now func() time.Time }

func (c realClock) Now() time.Time { return c.now() }

func (realClock) Go(f func()) { go f() }

func (realClock) Wait(ctx context.Context, done <-chan struct{}, atMost time.Duration) error {
	var over <-chan time.Time
	if atMost > 0 {
		t := time.NewTimer(atMost)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-done:
		return nil
	case <-over:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-done: // both: what is done counts
		return nil
	default:
		return ctx.Err()
	}
}
