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

// rolled is how long it takes until events that were handed over are gone.
const rolled = rollEvery + 3*gather

// shelf is a store of one bucket in memory that counts how often it is asked.
type shelf struct {
	mu      sync.Mutex
	waiting []ids.Event
	made    int
	asked   int
	rollUps int // tried, also when they failed
	err     error
}

// add has n events happen now.
func (s *shelf) add(n int) (events []payment.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.made++
		id := ids.New[ids.Event](ids.Maker{Random: zeros{}, Buckets: 1}, time.Now(), 0)
		id[14], id[15] = byte(s.made>>8), byte(s.made)
		s.waiting = append(s.waiting, id)
		events = append(events, payment.Event{ID: id})
	}
	return events
}

// read says how often the outbox was read, and rolled up.
func (s *shelf) read() (asked, rollUps int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.rollUps
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

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
	s.rollUps++
	if s.err != nil {
		return s.err
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(id ids.Event) bool { return slices.Contains(events, id) })
	return nil
}

// takes is a receiver that refuses some events and counts what it took.
type takes struct {
	mu     sync.Mutex
	refuse map[ids.Event]bool
	handed map[ids.Event]int
}

var errRefused = errors.New("refused")

// Take implements Receiver.
func (r *takes) Take(_ context.Context, _ int, events []payment.Event) (taken []ids.Event, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if r.handed[e.ID]++; r.refuse[e.ID] {
			err = errRefused
			continue
		}
		taken = append(taken, e.ID)
	}
	return taken, err
}

func (r *takes) set(refuse bool, id ids.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse[id] = refuse
}

func (r *takes) times(id ids.Event) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.handed[id]
}

// site is a relay on a shelf, and what it did.
type site struct {
	*shelf
	*Relay
	receiver  *takes
	published map[ids.Event]int
	passed    int
}

// run starts a relay inside a bubble, and stops it at its end.
func run(t *testing.T) *site {
	s := &site{shelf: &shelf{}, receiver: &takes{refuse: map[ids.Event]bool{}, handed: map[ids.Event]int{}}, published: map[ids.Event]int{}}
	s.Relay = New(Config{
		Store: s.shelf, Receiver: s.receiver, Buckets: 1, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Publish: func(e payment.Event) { s.mu.Lock(); defer s.mu.Unlock(); s.published[e.ID]++ },
		Pass: func(_ context.Context, _ int, events []payment.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.passed += len(events)
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

func (s *site) remembered() int {
	s.lanes[0].passing.Lock()
	defer s.lanes[0].passing.Unlock()
	return len(s.lanes[0].told)
}

func (s *site) want(t *testing.T, published, passed, waiting int) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.published) != published || s.passed != passed || len(s.waiting) != waiting {
		t.Errorf("%d published, %d passed on, %d left; want %d, %d, %d", len(s.published), s.passed, len(s.waiting), published, passed, waiting)
	}
	for id, n := range s.published {
		if n != 1 {
			t.Errorf("%v was published %d times", id, n)
		}
	}
}

// TestHandedEventsAreGathered: what this server has committed is relayed within
// moments, many at a time, and without reading it.
func TestHandedEventsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		time.Sleep(2 * gather)
		synctest.Wait()
		asked, _ := s.read()
		for range 10 {
			s.Hand(0, s.add(1))
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * gather)
		s.want(t, 10, 10, 10)
		if again, _ := s.read(); again != asked {
			t.Errorf("the outbox was read %d times", again-asked)
		}
		time.Sleep(rolled)
		s.want(t, 10, 10, 0)
		if _, rollUps := s.read(); rollUps != 1 {
			t.Errorf("it was rolled up %d times", rollUps)
		}
	})
}

// TestEventsOfOthersAreLeftAlone until they are overdue.
func TestEventsOfOthersAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.add(2*batch + 1)
		time.Sleep(overdue - time.Millisecond)
		s.want(t, 0, 0, 2*batch+1)
		time.Sleep(lookEvery + gather + 2*time.Millisecond + rolled)
		s.want(t, 2*batch+1, 2*batch+1, 0)
	})
}

func TestAfterANudgeAllIsRelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.add(3)
		s.Nudge(0)
		time.Sleep(rolled)
		s.want(t, 3, 3, 0)
	})
}

func TestWhatAServerLeftIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		time.Sleep(lookEvery + gather)
		synctest.Wait()
		s.add(2)
		time.Sleep(overdue / 2)
		s.add(1)
		time.Sleep(overdue/2 + time.Millisecond)
		s.Lost()
		time.Sleep(gather + time.Millisecond)
		s.want(t, 2, 2, 3)
		time.Sleep(rolled)
		s.want(t, 2, 2, 1)
	})
}

// TestMoreThanInHand: memory is bounded, and what had no room is not lost.
func TestMoreThanInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.Hand(0, s.add(inHand+100))
		time.Sleep(2 * gather)
		s.want(t, inHand, inHand, 100)
		time.Sleep(overdue + lookEvery + rolled)
		s.want(t, inHand+100, inHand+100, 0)
	})
}

func TestRefusedEventsComeAgainAndAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		events := s.add(3)
		s.receiver.set(true, events[1].ID)
		s.Hand(0, events)
		time.Sleep(2*overdue + 2*lookEvery)
		s.want(t, 3, 3, 1)
		if n := s.receiver.times(events[1].ID); n < 3 {
			t.Errorf("a refused event was handed over %d times", n)
		}
		s.receiver.set(false, events[1].ID)
		time.Sleep(lookEvery + gather)
		s.want(t, 3, 3, 0)
		if n := s.remembered(); n != 0 {
			t.Errorf("%d events are remembered for nothing", n)
		}
	})
}

// TestTakenElsewhere: what another server is done with is forgotten here.
func TestTakenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		events := s.add(1)
		s.receiver.set(true, events[0].ID)
		s.Hand(0, events)
		time.Sleep(2 * gather)
		synctest.Wait()
		s.mu.Lock()
		s.waiting = nil
		s.mu.Unlock()
		time.Sleep(overdue + lookEvery + gather)
		s.want(t, 1, 1, 0)
		if s.remembered() != 0 {
			t.Error("it is remembered")
		}
	})
}

func TestStoreOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := run(t)
		s.mu.Lock()
		s.err = errors.New("out of reach")
		s.mu.Unlock()
		s.Hand(0, s.add(3))
		time.Sleep(2 * gather)
		s.want(t, 3, 3, 3)
		time.Sleep(time.Minute)
		s.want(t, 3, 3, 3)
		if _, tried := s.read(); tried > 100 {
			t.Errorf("tried to roll up %d times in a minute", tried)
		}
		s.mu.Lock()
		s.err = nil
		s.mu.Unlock()
		time.Sleep(overdue + lookEvery + gather)
		s.want(t, 3, 3, 0)
	})
}

// TestIdle: many buckets cost no more look-ups than a few.
func TestIdle(t *testing.T) {
	for _, buckets := range []int{4, 128} {
		synctest.Test(t, func(t *testing.T) {
			s := &shelf{}
			r := New(Config{Store: s, Receiver: &takes{}, Buckets: buckets, Now: time.Now, Log: slog.New(slog.DiscardHandler), Publish: func(payment.Event) {}})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { defer close(done); r.Run(ctx) }()
			time.Sleep(time.Minute + 2*gather)
			synctest.Wait()
			if asked, _ := s.read(); asked-buckets > 120 {
				t.Errorf("%d buckets: %d look-ups in a minute", buckets, asked)
			}
			cancel()
			<-done
		})
	}
}
