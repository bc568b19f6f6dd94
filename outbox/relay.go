// Package outbox tells the world what has been committed. A payment's
// transaction leaves an event in the outbox of its bucket; the Relay reads it
// there, publishes it to whoever listens in this process, hands it to those who
// must hear of it for certain (webhooks), and has the store roll its credit up
// into the account that it belongs to and delete it, both in one transaction.
//
// Whoever is handed an event may see it twice: a crash between the hand-over
// and the deletion, or another server on the same database, repeats it. Money
// is never counted twice, because only the rows that a deletion really took
// away are rolled up.
//
// Publishing promises less: of several servers on one database the one that
// relays an event publishes it, and a page that is connected to another one
// learns of it when it next reads its history.
package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Store keeps the events that were committed and not yet relayed.
type Store interface {
	// WaitingEvents lists events of a bucket after one of them (the zero Event: from
	// the first on), in the order of their ids, at most limit. Events of several
	// servers may appear before others that were already listed.
	WaitingEvents(ctx context.Context, bucket int, after ids.Event, limit int) ([]payment.Event, error)
	// RollUp deletes events of a bucket and adds the credits of exactly those
	// that it deleted to their accounts, in one transaction, durable on return.
	// An event that is gone already is left out.
	RollUp(ctx context.Context, bucket int, events []ids.Event) error
}

// Receiver must hear of every event.
type Receiver interface {
	// Take keeps what it needs of the events of one bucket and answers those
	// that it is done with. Those are deleted; the others are handed over again
	// later, and the error says why. It may be handed an event twice.
	Take(ctx context.Context, bucket int, events []payment.Event) (taken []ids.Event, err error)
}

// Config is what a Relay works with. All fields are needed.
type Config struct {
	Store    Store
	Publish  func(payment.Event) // to listeners in this process; must not block
	Receiver Receiver
	Buckets  int // of the store
	Log      *slog.Logger
}

const (
	// batch is the largest number of events that are relayed at a time.
	batch = 512
	// gather is how long events are collected after the first. A person does
	// not notice it, and the deletion of many costs the disk no more than of one.
	gather = 20 * time.Millisecond
	// lookEvery finds what nobody announced: left over by a crash, by another
	// server, or by a receiver that could not take it.
	lookEvery = time.Second
)

// Relay relays the events of one database. Several servers may each run one.
type Relay struct {
	Config
	lanes []*lane
}

// lane is what the relay knows about one bucket.
type lane struct {
	nudged chan struct{}
	mu     sync.Mutex         // held during a pass
	told   map[ids.Event]bool // published already, and still waiting for their receiver
}

// New is a relay that does nothing until it is run.
func New(c Config) *Relay {
	r := &Relay{Config: c}
	for range c.Buckets {
		r.lanes = append(r.lanes, &lane{nudged: make(chan struct{}, 1)})
	}
	return r
}

// Nudge says that events of a bucket were committed. It does not block.
func (r *Relay) Nudge(bucket int) {
	select {
	case r.lanes[bucket].nudged <- struct{}{}:
	default: // it looks soon anyway
	}
}

// Run relays until ctx ends. What then waits stays in the store.
func (r *Relay) Run(ctx context.Context) {
	var all sync.WaitGroup
	for bucket := range r.lanes {
		all.Go(func() { r.follow(ctx, bucket) })
	}
	all.Wait()
}

func (r *Relay) follow(ctx context.Context, bucket int) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.lanes[bucket].nudged:
			select {
			case <-ctx.Done():
				return
			case <-time.After(gather):
			}
		}
		if err := r.pass(ctx, bucket); err != nil && ctx.Err() == nil {
			r.Log.Error("events could not be relayed", "bucket", bucket, "err", err)
		}
	}
}

// Drain relays everything that waits now, once, and answers the first error.
func (r *Relay) Drain(ctx context.Context) error {
	for bucket := range r.lanes {
		if err := r.pass(ctx, bucket); err != nil {
			return err
		}
	}
	return nil
}

// pass relays what waits in a bucket. Events that a receiver cannot take stay
// where they are and hold nothing else up: the pass goes on behind them, and
// the next one begins with them.
func (r *Relay) pass(ctx context.Context, bucket int) (failed error) {
	l := r.lanes[bucket]
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := map[ids.Event]bool{}
	defer func() { l.told = kept }()
	var after ids.Event
	for {
		events, err := r.Store.WaitingEvents(ctx, bucket, after, batch)
		if err != nil || len(events) == 0 {
			return first(failed, err)
		}
		for _, e := range events {
			if kept[e.ID] = true; !l.told[e.ID] {
				r.Publish(e)
			}
		}
		if err := r.relay(ctx, bucket, events, kept); err != nil {
			failed = first(failed, err)
		}
		if len(events) < batch {
			return failed
		}
		after = events[len(events)-1].ID
	}
}

// relay hands events over and strikes those out of kept that are done with.
func (r *Relay) relay(ctx context.Context, bucket int, events []payment.Event, kept map[ids.Event]bool) error {
	taken, failed := r.Receiver.Take(ctx, bucket, events)
	if len(taken) == 0 {
		return failed
	}
	if err := r.Store.RollUp(ctx, bucket, taken); err != nil {
		return first(failed, err)
	}
	for _, id := range taken {
		delete(kept, id)
	}
	return failed
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
