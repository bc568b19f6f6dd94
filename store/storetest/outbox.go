package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/outbox"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// OpenEngine opens an empty database of the engine under test, for tests that
// also look at its tables or spoil them.
type OpenEngine func(t testing.TB, buckets int) store.Engine

// office is a town with the doors to the tables open.
type office struct {
	*town
	engine store.Engine
}

func newOffice(t testing.TB, open OpenEngine, buckets int) *office {
	o := &office{engine: open(t, buckets)}
	o.town = newTown(t, func(testing.TB, int) *store.DB { return store.New(o.engine) }, buckets)
	return o
}

// eachBuckets runs tests on one bucket and on many.
func eachBuckets(t *testing.T, open OpenEngine, tests map[string]func(*office)) {
	for name, test := range tests {
		for _, buckets := range []int{1, 16} {
			t.Run(fmt.Sprintf("%s, %d buckets", name, buckets), func(t *testing.T) {
				t.Parallel()
				test(newOffice(t, open, buckets))
			})
		}
	}
}

// sql runs a statement in a bucket, which is its $1.
func (o *office) sql(bucket int, query string, args ...any) (changed int64) {
	o.Helper()
	o.must(o.engine.Write(o.Context(), bucket, func(tx store.Tx) (err error) {
		changed, err = tx.Exec(query, append([]any{bucket}, args...)...)
		return err
	}))
	return changed
}

// sum answers the only number of a query, summed over all buckets.
func (o *office) sum(query string, args ...any) (sum int64) {
	o.Helper()
	o.must(o.engine.Read(o.Context(), func(tx store.Tx) error {
		for b := range o.engine.Buckets() {
			var n int64
			if err := tx.Row(query, append([]any{b}, args...), &n); err != nil {
				return err
			}
			sum += n
		}
		return nil
	}))
	return sum
}

// rolled is the balance of an account's rows.
func (o *office) rolled(a ledger.Account) int64 {
	o.Helper()
	return o.sum(`SELECT CAST(COALESCE(SUM(balance), 0) AS BIGINT) FROM accounts WHERE bucket = $1 AND kind = $2 AND owner = $3`, int(a.Kind), a.Owner[:])
}

func (o *office) waiting() int64 {
	o.Helper()
	return o.sum(`SELECT COUNT(*) FROM outbox WHERE bucket = $1`)
}

func (o *office) wantBalanced() {
	o.Helper()
	if r, err := o.db.Audit(o.Context()); err != nil || !r.Balanced {
		o.Errorf("audit: %v, %v", r.Differences, err)
	}
}

// receiver takes every event but those of a merchant that it refuses.
type receiver struct {
	mu     sync.Mutex
	refuse ids.Merchant
	handed map[ids.Event]int
}

var errRefused = errors.New("refused")

// Take implements outbox.Receiver.
func (r *receiver) Take(_ context.Context, _ int, events []payment.Event) (taken []ids.Event, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if r.handed[e.ID]++; !r.refuse.IsZero() && e.Merchant == r.refuse {
			err = errRefused
			continue
		}
		taken = append(taken, e.ID)
	}
	return taken, err
}

// relay is one server's relay, with what it published and handed over.
type relay struct {
	*outbox.Relay
	receiver
	mu        sync.Mutex
	published map[payment.EventKind]int
}

func (o *office) relay(s outbox.Store) *relay {
	r := &relay{receiver: receiver{handed: map[ids.Event]int{}}, published: map[payment.EventKind]int{}}
	r.Relay = outbox.New(outbox.Config{
		Store: s, Receiver: &r.receiver, Buckets: o.engine.Buckets(), Now: o.clock, Log: slog.New(slog.DiscardHandler),
		Publish: func(e payment.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.published[e.Kind]++
		},
	})
	return r
}

// relayTo is a relay that hands events to r alone.
func (o *office) relayTo(r outbox.Receiver) *outbox.Relay {
	return outbox.New(outbox.Config{
		Store: o.db, Receiver: r, Buckets: o.engine.Buckets(), Now: o.clock, Log: slog.New(slog.DiscardHandler), Publish: func(payment.Event) {},
	})
}

// Outbox runs the part of the suite about events and the roll-up of credits.
func Outbox(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"credits are rolled up once":          rolledUp,
		"more events than a batch":            manyEvents,
		"two servers relay":                   twoRelays,
		"a crash before the roll-up":          crashedRelay,
		"one merchant's events are refused":   refusedEvents,
		"an event commits behind a later one": lateEvent,
	})
}

func rolledUp(o *office) {
	p, m, other := o.person(1000), o.merchant(), o.merchant()
	o.wantPaid(o.charge(m, o.order(), o.text(p, 0), 300))
	o.wantPaid(o.charge(m, o.order(), o.text(p, 1), 200))
	canceled := o.charge(other, o.order(), o.text(p, 2), 50)
	_, err := o.pay.Cancel(o.Context(), canceled.ID, other)
	o.must(err)
	o.wantDeclined(o.charge(m, o.order(), o.text(p, 0), 1), payment.CodeUsed)
	rated := o.rated(60)
	kept := o.charge(rated, o.order(), o.text(p, 3), 250) // 1.5, which is 2
	o.wantPaid(kept)
	_, _, err = o.pay.Refund(o.Context(), kept.ID, rated, "r", 100, "") // 0.8 of 2, which is 1
	o.must(err)
	undone := o.charge(rated, o.order(), o.text(p, 4), 100)
	_, err = o.pay.Cancel(o.Context(), undone.ID, rated)
	o.must(err)
	o.wantBalanced()
	r := o.relay(o.db)
	o.must(r.Drain(o.Context()))
	for account, want := range map[ledger.Account]int64{ledger.Merchant(m): 500, ledger.Merchant(other): 0, ledger.Merchant(rated): 149, ledger.Fees(): 1, ledger.Cash(): -1000} {
		if got := o.rolled(account); got != want {
			o.Errorf("%v = %d, want %d", account, got, want)
		}
	}
	if n := o.waiting(); n != 0 {
		o.Errorf("%d events are left", n)
	}
	want := map[payment.EventKind]int{payment.EventToppedUp: 1, payment.EventSucceeded: 5, payment.EventRefunded: 1, payment.EventCanceled: 2, payment.EventDeclined: 1}
	for kind, n := range want {
		if r.published[kind] != n {
			o.Errorf("%s was published %d times, want %d", kind, r.published[kind], n)
		}
	}
	o.wantBalanced()
}

// topUps makes n events, each with a credit of -1 to the operator's cash.
func (o *office) topUps(p person, n int) {
	o.Helper()
	reference := o.order()
	race(n, func(i int) {
		err := insist(func() error {
			_, _, err := o.pay.TopUp(o.Context(), p.payer, fmt.Sprintf("%s-%d", reference, i), 1, false)
			return err
		})
		if err != nil {
			o.Error(err)
		}
	})
}

func manyEvents(o *office) {
	const n = 1300
	p := o.person(0)
	o.topUps(p, n)
	r := o.relay(o.db)
	o.must(r.Drain(o.Context()))
	if got := o.rolled(ledger.Cash()); got != -n || o.waiting() != 0 || r.published[payment.EventToppedUp] != n {
		o.Errorf("rolled up %d, %d left, %d published", got, o.waiting(), r.published[payment.EventToppedUp])
	}
	o.wantBalanced()
}

func twoRelays(o *office) {
	const n, rounds = 40, 5
	people := [4]person{o.person(0), o.person(0), o.person(0), o.person(0)}
	relays := [2]*relay{o.relay(o.db), o.relay(o.db)}
	race(len(people)+len(relays), func(i int) {
		for range rounds {
			if i < len(people) {
				o.topUps(people[i], n)
			} else if err := relays[i-len(people)].Drain(o.Context()); err != nil {
				o.Error(err)
			}
		}
	})
	o.must(relays[0].Drain(o.Context()))
	if got, want := o.rolled(ledger.Cash()), int64(-n*rounds*len(people)); got != want || o.waiting() != 0 {
		o.Errorf("rolled up %d, want %d; %d left", got, want, o.waiting())
	}
	o.wantBalanced()
}

// failing loses the first roll-up, before or after it is written.
type failing struct {
	outbox.Store
	after, failed bool
}

var errCrash = errors.New("crash")

// RollUp implements outbox.Store.
func (f *failing) RollUp(ctx context.Context, bucket int, events []ids.Event) error {
	if f.failed {
		return f.Store.RollUp(ctx, bucket, events)
	}
	f.failed = true
	if f.after {
		if err := f.Store.RollUp(ctx, bucket, events); err != nil {
			return err
		}
	}
	return errCrash
}

// crashedRelay: a relay that goes on hands over nothing twice, one that has lost
// its memory hands over again what was not rolled up; the credits count once.
func crashedRelay(o *office) {
	for _, after := range []bool{false, true} {
		for _, died := range []bool{false, true} {
			p := o.person(0)
			before := o.rolled(ledger.Cash())
			o.topUps(p, 10)
			r := o.relay(&failing{Store: o.db, after: after})
			if err := r.Drain(o.Context()); !errors.Is(err, errCrash) {
				o.Errorf("written %v: %v", after, err)
			}
			next, want := r, 10
			if died {
				next = o.relay(o.db)
				if after {
					want = 0
				}
			}
			o.must(next.Drain(o.Context()))
			for e, n := range next.handed {
				if n != 1 {
					o.Errorf("written %v, died %v: %v was handed over %d times", after, died, e, n)
				}
			}
			if got := o.rolled(ledger.Cash()) - before; got != -10 || next.published[payment.EventToppedUp] != want || len(next.handed) != want {
				o.Errorf("written %v, died %v: rolled up %d, published %d, handed over %d", after, died, got, next.published[payment.EventToppedUp], len(next.handed))
			}
		}
	}
	o.wantBalanced()
}

func refusedEvents(o *office) {
	p, m, refused := o.person(1000), o.merchant(), o.merchant()
	r := o.relay(o.db)
	r.refuse = refused
	o.wantPaid(o.charge(refused, o.order(), o.text(p, 0), 10))
	o.wantPaid(o.charge(m, o.order(), o.text(p, 1), 20))
	for range 3 {
		if err := r.Drain(o.Context()); !errors.Is(err, errRefused) {
			o.Errorf("Drain: %v", err)
		}
	}
	if got, other := o.rolled(ledger.Merchant(m)), o.rolled(ledger.Merchant(refused)); got != 20 || other != 0 || o.waiting() != 1 {
		o.Errorf("rolled up %d and %d, %d left", got, other, o.waiting())
	}
	o.wantBalanced()
	r.refuse = ids.Merchant{}
	o.must(r.Drain(o.Context()))
	if got := o.rolled(ledger.Merchant(refused)); got != 10 || o.waiting() != 0 || r.published[payment.EventSucceeded] != 2 {
		o.Errorf("rolled up %d, %d left, %d published", got, o.waiting(), r.published[payment.EventSucceeded])
	}
}

// lateEvent: another server drew its event's id earlier, and commits later.
func lateEvent(o *office) {
	p, now := o.person(0), o.clock()
	r := o.relay(o.db)
	o.topUps(p, 3)
	o.must(r.Drain(o.Context()))
	o.at(now.Add(-5 * time.Second))
	o.topUps(p, 2)
	o.must(r.Drain(o.Context()))
	if got := o.rolled(ledger.Cash()); got != -5 || o.waiting() != 0 {
		o.Errorf("rolled up %d, %d left", got, o.waiting())
	}
}
