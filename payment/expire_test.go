package payment

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paycode/paycode/ids"
)

// pendings is a store of pending payments, some of whose buckets hang.
type pendings struct {
	Store
	mu     sync.Mutex
	of     map[int]Payment // one in a bucket
	ended  map[int]time.Time
	looked int
	hangs  map[int]bool
}

func (s *pendings) Due(ctx context.Context, bucket int, now time.Time, _ int) (due []ids.Payment, next time.Time, err error) {
	s.mu.Lock()
	s.looked++
	p, there := s.of[bucket]
	hangs := s.hangs[bucket]
	s.mu.Unlock()
	switch {
	case hangs:
		<-ctx.Done()
		return nil, time.Time{}, errors.New("out of reach")
	case !there:
		return nil, time.Time{}, nil
	case p.ExpiresAt.After(now):
		return nil, p.ExpiresAt, nil
	}
	return []ids.Payment{p.ID}, time.Time{}, nil
}

func (s *pendings) Update(_ context.Context, bucket int, _ []Need, decide func(*Rows)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := NewRows()
	if p, there := s.of[bucket]; there {
		rows.Payments[p.ID] = p
	}
	decide(rows)
	for _, id := range rows.Changes.Payments.Keys {
		if rows.Payments[id].Status == Declined {
			s.ended[bucket] = rows.Payments[id].SettledAt
			delete(s.of, bucket)
		}
	}
	return nil
}

// add has another server ask a payer of a bucket now.
func (s *pendings) add(bucket, buckets int) (until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := ids.New[ids.Payment](ids.Maker{Random: rand.Reader, Buckets: buckets}, time.Now(), bucket)
	until = time.Now().Add(ConfirmWithin)
	s.of[bucket] = Payment{ID: id, Status: Pending, ExpiresAt: until}
	return until
}

// expiring runs the loop of a server in a bubble.
func expiring(t *testing.T, buckets int) *pendings {
	s := &pendings{of: map[int]Payment{}, ended: map[int]time.Time{}, hangs: map[int]bool{}}
	p := New(Config{
		Store: s, Clock: RealClock(time.Now), Zone: time.UTC, Random: rand.Reader, Buckets: buckets, Parallel: 2,
		Log: slog.New(slog.DiscardHandler), Committed: func(int, []Event) {},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); p.ExpireLoop(ctx) }()
	t.Cleanup(func() { cancel(); <-ended; p.Close() })
	return s
}

// TestPendingOfOthersEnds: a payment that a server asked for which then died is
// given up in time.
func TestPendingOfOthersEnds(t *testing.T) {
	for _, buckets := range []int{1, 16, 128} {
		synctest.Test(t, func(t *testing.T) {
			s := expiring(t, buckets)
			time.Sleep(10 * time.Second)
			over := map[int]time.Time{}
			for _, b := range []int{0, buckets / 2, buckets - 1} {
				over[b] = s.add(b, buckets)
			}
			time.Sleep(ConfirmWithin + 3*expireEvery)
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			for b, at := range over {
				if late := s.ended[b].Sub(at); s.ended[b].IsZero() || late < 0 || late > 2*expireEvery {
					t.Errorf("bucket %d of %d: ended %v after its time", b, buckets, late)
				}
			}
		})
	}
}

// TestIdleExpiry: many buckets cost few look-ups.
func TestIdleExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := expiring(t, 128)
		time.Sleep(time.Minute + 2*expireEvery)
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.looked-128 > 3*62 {
			t.Errorf("%d look-ups in a minute", s.looked-128)
		}
	})
}

// TestHangingBucketHoldsUpNoOther.
func TestHangingBucketHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := expiring(t, 2)
		s.mu.Lock()
		s.hangs[0] = true
		s.mu.Unlock()
		time.Sleep(5 * time.Second)
		over := s.add(1, 2)
		time.Sleep(2 * ConfirmWithin)
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if late := s.ended[1].Sub(over); late < 0 || late > 2*expireEvery {
			t.Errorf("ended %v after its time", late)
		}
	})
}
