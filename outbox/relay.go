// Package outbox tells the world what has been committed. A payment's
// transaction leaves an event in the outbox of its bucket; the server that
// committed it has it in hand as well, so its Relay publishes it to whoever
// listens, hands it to those who must hear of it for certain (webhooks), and has
// the store roll its credit up into the account that it belongs to and delete
// it, both in one transaction.
//
// Of several servers on one database each relays what it has committed itself.
// What a server that died left behind is overdue after some seconds, and anybody's:
// each Relay looks through the buckets in turn, and through all of them when it
// starts or hears that another server is gone.
//
// Whoever is handed an event may see it twice: a crash between the hand-over
// and the deletion repeats it, and two servers may find the same overdue one.
// Money is never counted twice, because only the rows that a deletion really
// took away are rolled up.
//
// Publishing promises less: a page learns of what it missed when it next reads
// its history.
package outbox

import (
	"context"
	"log/slog"
	"math/rand/v2"
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

// Receivers are one Receiver: they take an event when all of them have.
type Receivers []Receiver

// Take implements Receiver.
func (all Receivers) Take(ctx context.Context, bucket int, events []payment.Event) (taken []ids.Event, failed error) {
	took := map[ids.Event]int{}
	for _, r := range all {
		theirs, err := r.Take(ctx, bucket, events)
		failed = first(failed, err)
		for _, id := range theirs {
			took[id]++
		}
	}
	for _, e := range events {
		if took[e.ID] == len(all) {
			taken = append(taken, e.ID)
		}
	}
	return taken, failed
}

// Config is what a Relay works with. All fields are needed but Pass.
type Config struct {
	Store    Store
	Publish  func(payment.Event) // to listeners in this process; must not block
	Receiver Receiver
	Buckets  int              // of the store
	Now      func() time.Time // the clock
	Log      *slog.Logger
	// Pass leaves events of a bucket for the listeners of other servers; nil
	// where there are none. It is tried once and must not take long.
	Pass func(ctx context.Context, bucket int, events []payment.Event)
}

const (
	// batch is the largest number of events that are relayed at a time.
	batch = 512
	// gather is how long events are collected after the first. A person does
	// not notice it, and the deletion of many costs the disk no more than of one.
	gather = 100 * time.Millisecond
	// rollEvery is how long credits are collected before they are added to their
	// accounts: a merchant's of two seconds are one change of one row, however
	// many payers he has.
	rollEvery = 2 * time.Second
	// rest is the pause after a roll-up that failed, most likely because the store
	// is out of reach.
	rest = time.Second
	// overdue is the age at which an event is taken for left behind: by a crash,
	// by another server, by a receiver that could not take it, or by a lane that
	// was full.
	overdue = 3 * time.Second
	// lookEvery is how often a bucket of few is looked through for those, and
	// leastPause keeps the look-ups of many buckets to two in a second.
	lookEvery  = 2 * time.Second
	leastPause = 500 * time.Millisecond
)

// Relay relays the events of one database. Several servers may each run one.
type Relay struct {
	Config
	lanes []*lane
}

// New is a relay that does nothing until it is run.
func New(c Config) *Relay {
	r := &Relay{Config: c}
	for range c.Buckets {
		r.lanes = append(r.lanes, &lane{nudged: make(chan struct{}, 1), told: map[ids.Event]bool{}, done: map[ids.Event]bool{}})
	}
	return r
}

// Hand gives the relay events of a bucket that were committed. It does not block.
func (r *Relay) Hand(bucket int, events []payment.Event) { r.lanes[bucket].hand(events) }

// Nudge has a bucket's outbox looked through: events were committed by somebody
// who does not have them in hand. It does not block.
func (r *Relay) Nudge(bucket int) { r.lanes[bucket].nudge(everything) }

// Lost has all buckets looked through for what another server left behind. It
// does not block.
func (r *Relay) Lost() {
	for _, l := range r.lanes {
		l.nudge(leftBehind)
	}
}

// Run relays until ctx ends. What then waits stays in the store.
func (r *Relay) Run(ctx context.Context) {
	var all sync.WaitGroup
	for bucket := range r.lanes {
		all.Go(func() { r.follow(ctx, bucket) })
	}
	all.Go(func() { r.goRound(ctx) })
	r.Lost() // what an earlier run left
	all.Wait()
}

// goRound has the buckets looked through one after the other.
func (r *Relay) goRound(ctx context.Context) {
	turn := time.NewTicker(max(lookEvery/time.Duration(r.Buckets), leastPause))
	defer turn.Stop()
	for next := rand.IntN(r.Buckets); ; next++ {
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
			r.lanes[next%r.Buckets].nudge(leftBehind)
		}
	}
}

func (r *Relay) follow(ctx context.Context, bucket int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.due(bucket):
		case <-r.lanes[bucket].nudged:
			select {
			case <-ctx.Done():
				return
			case <-time.After(gather):
			}
		}
		if err := r.pass(ctx, bucket, nothing); err != nil && ctx.Err() == nil {
			r.Log.Error("events could not be relayed", "bucket", bucket, "err", err)
		}
	}
}

// due is when what was taken has to be rolled up, nil when nothing was.
func (r *Relay) due(bucket int) <-chan time.Time {
	l := r.lanes[bucket]
	l.passing.Lock()
	defer l.passing.Unlock()
	if len(l.taken) == 0 {
		return nil
	}
	return time.After(l.rollAt.Sub(r.Now()))
}

// Drain relays everything that waits now, once, and answers the first error.
func (r *Relay) Drain(ctx context.Context) error {
	for bucket := range r.lanes {
		if err := r.pass(ctx, bucket, everything); err != nil {
			return err
		}
	}
	return nil
}

// rollUp adds the credits of what was taken to their accounts, and deletes it,
// when it is time, or now.
func (r *Relay) rollUp(ctx context.Context, bucket int, now bool) error {
	l := r.lanes[bucket]
	if len(l.taken) == 0 || !now && !l.ripe(r.Now()) {
		return nil
	}
	if err := r.Store.RollUp(ctx, bucket, l.taken); err != nil {
		l.rollAt = r.Now().Add(rest)
		return err
	}
	l.rolled()
	return nil
}

// pass relays what a lane has in hand, and then looks through the outbox as far
// as the lane was asked to, or further.
func (r *Relay) pass(ctx context.Context, bucket int, further look) (failed error) {
	l := r.lanes[bucket]
	l.passing.Lock()
	defer l.passing.Unlock()
	defer func(now bool) { failed = first(failed, r.rollUp(ctx, bucket, now)) }(further == everything)
	for {
		events, wanted := l.take(batch)
		if len(events) > 0 {
			failed = first(failed, r.relay(ctx, bucket, events))
			further = max(further, wanted)
			continue
		}
		switch max(further, wanted) {
		case everything:
			return first(failed, r.lookThrough(ctx, bucket, time.Time{}))
		case leftBehind:
			return first(failed, r.lookThrough(ctx, bucket, r.Now().Add(-overdue)))
		default:
			return failed
		}
	}
}

// lookThrough relays what waits in the outbox of a bucket and happened before a
// time, the zero time for all. Events that a receiver cannot take stay where they are and hold nothing
// else up: it goes on behind them, and the next look begins with them.
func (r *Relay) lookThrough(ctx context.Context, bucket int, before time.Time) (failed error) {
	var after ids.Event
	seen := map[ids.Event]bool{}
	for {
		events, err := r.Store.WaitingEvents(ctx, bucket, after, batch)
		if err != nil {
			return first(failed, err)
		}
		ripe := happenedBefore(events, before)
		for _, e := range ripe {
			seen[e.ID] = true
		}
		failed = first(failed, r.relay(ctx, bucket, ripe))
		if len(ripe) < batch {
			r.lanes[bucket].forget(seen, before)
			return failed
		}
		after = events[len(events)-1].ID
	}
}

// happenedBefore are the first of some events, which have the order of their times.
func happenedBefore(events []payment.Event, t time.Time) []payment.Event {
	for i, e := range events {
		if !t.IsZero() && !e.ID.Time().Before(t) {
			return events[:i]
		}
	}
	return events
}

// relay publishes events that nobody was told of yet and hands them over. Those
// that are taken stay where they are until they are rolled up together: when a
// server dies before that, they are handed over once more.
func (r *Relay) relay(ctx context.Context, bucket int, events []payment.Event) error {
	l := r.lanes[bucket]
	if events = l.untaken(events); len(events) == 0 {
		return nil
	}
	if untold := l.tell(events); len(untold) > 0 {
		for _, e := range untold {
			r.Publish(e)
		}
		if r.Pass != nil {
			r.Pass(ctx, bucket, untold)
		}
	}
	taken, failed := r.Receiver.Take(ctx, bucket, events)
	l.finish(taken, r.Now())
	return failed
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
