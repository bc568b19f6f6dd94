package outbox

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// shelf is a store of one bucket in memory that counts how often it is asked.
type shelf struct {
	mu      sync.Mutex
	waiting []ids.Event
	rolled  []ids.Event
	asked   int
	err     error
}

func (s *shelf) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		k := len(s.waiting) + len(s.rolled) + 1
		s.waiting = append(s.waiting, ids.Event{14: byte(k >> 8), 15: byte(k)})
	}
}

// WaitingEvents implements Store.
func (s *shelf) WaitingEvents(_ context.Context, _ int, after ids.Event, limit int) (all []payment.Event, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	for _, id := range s.waiting {
		if slices.Compare(id[:], after[:]) > 0 && len(all) < limit {
			all = append(all, payment.Event{ID: id})
		}
	}
	return all, s.err
}

// RollUp implements Store.
func (s *shelf) RollUp(_ context.Context, _ int, events []ids.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rolled = append(s.rolled, events...)
	s.waiting = slices.DeleteFunc(s.waiting, func(id ids.Event) bool { return slices.Contains(events, id) })
	return nil
}

// takesAll is a receiver that wants nothing.
type takesAll struct{}

// Take implements Receiver.
func (takesAll) Take(_ context.Context, _ int, events []payment.Event) (taken []ids.Event, err error) {
	for _, e := range events {
		taken = append(taken, e.ID)
	}
	return taken, nil
}

// run starts a relay on a shelf inside a bubble, and stops it at its end.
func run(t *testing.T, s *shelf) (r *Relay, published *int) {
	published = new(int)
	r = New(Config{
		Store: s, Receiver: takesAll{}, Buckets: 1, Log: slog.New(slog.DiscardHandler),
		Publish: func(payment.Event) { *published++ },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return r, published
}

func TestNudgedEventsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r, published := run(t, s)
		for range 10 {
			s.add(1)
			r.Nudge(0)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * gather)
		synctest.Wait()
		if *published != 10 || len(s.rolled) != 10 || s.asked > 2 {
			t.Errorf("%d published, %d rolled up, asked %d times", *published, len(s.rolled), s.asked)
		}
	})
}

func TestUnannouncedEventsAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		s.add(2*batch + 1)
		_, published := run(t, s)
		time.Sleep(lookEvery + time.Millisecond)
		synctest.Wait()
		if *published != 2*batch+1 || len(s.waiting) != 0 {
			t.Errorf("%d published, %d left", *published, len(s.waiting))
		}
	})
}

func TestStoreOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{err: errors.New("out of reach")}
		r, published := run(t, s)
		r.Nudge(0)
		time.Sleep(2 * gather)
		synctest.Wait()
		if *published != 0 {
			t.Errorf("%d published", *published)
		}
		s.mu.Lock()
		s.err = nil
		s.mu.Unlock()
		s.add(3)
		time.Sleep(lookEvery)
		synctest.Wait()
		if *published != 3 || len(s.waiting) != 0 {
			t.Errorf("%d published, %d left", *published, len(s.waiting))
		}
	})
}
