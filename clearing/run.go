package clearing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// lookEvery is how often a bucket of few is looked through, and leastPause keeps
	// the look-ups of many buckets to two in a second.
	lookEvery  = 5 * time.Second
	leastPause = 500 * time.Millisecond
	// patience is how long whoever took a tap may be busy with it before it is anybody's.
	patience = 10 * time.Second
	together = 500 // taps or rides that are read at once
)

// Run finds, until ctx ends, what was left by a crash or could not be done at the
// time, and rides that have waited long enough for their other half.
func (s *Service) Run(ctx context.Context) {
	s.Sweep(ctx)
	turn := time.NewTicker(max(lookEvery/time.Duration(s.Buckets), leastPause))
	defer turn.Stop()
	for next := 0; ; next = (next + 1) % s.Buckets {
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
		if next == 0 {
			s.sweepDenyList(ctx)
		}
		s.sweepBucket(ctx, next)
	}
}

// Sweep looks once through everything for what was left or is due. What fails is
// logged and left for the next time.
func (s *Service) Sweep(ctx context.Context) {
	s.sweepDenyList(ctx)
	for bucket := range s.Buckets {
		s.sweepBucket(ctx, bucket)
	}
}

func (s *Service) sweepDenyList(ctx context.Context) {
	if err := s.Store.DenyExpired(ctx, s.Clock.Now().Add(-slowClock), s.Clock.Now().Add(-forgetAfter), together); err != nil && ctx.Err() == nil {
		s.Log.Error("expired passes could not be taken off the deny list", "err", err)
	}
}

func (s *Service) sweepBucket(ctx context.Context, bucket int) {
	if err := s.sweep(ctx, bucket); err != nil && ctx.Err() == nil {
		s.Log.Error("taps and rides could not be looked through", "bucket", bucket, "err", err)
	}
}

// sweep clears and settles what waits in a bucket.
func (s *Service) sweep(ctx context.Context, bucket int) error {
	now := s.Clock.Now()
	waiting, err := s.Store.Uncleared(ctx, bucket, now.Add(-patience), together)
	if err == nil {
		_, err = s.clearFiled(ctx, waiting)
	}
	if err != nil {
		return err
	}
	rides, err := s.Store.Waiting(ctx, bucket, now.Add(-patience), now, together)
	if err != nil {
		return err
	}
	for _, r := range rides {
		if _, err := s.settle(ctx, r.Owner, nil, s.Terms.around(r.Began, r.Began)); err != nil {
			s.Log.Error("a ride could not be settled yet", "ride", r.ID, "err", err)
		}
	}
	return nil
}

// clearFiled clears taps, those of a gate side by side, and answers how many could not be.
func (s *Service) clearFiled(ctx context.Context, taps []Filed) (failed int, err error) {
	for len(taps) > 0 {
		gate, n := taps[0].Gate, 1
		for n < len(taps) && taps[n].Gate == gate {
			n++
		}
		g, err := s.Gates.Gate(ctx, gate)
		if err != nil {
			return failed, err
		}
		_, left := s.clearAll(ctx, g, taps[:n])
		failed, taps = failed+left, taps[n:]
	}
	return failed, nil
}

// ErrLeft is for taps that could not be cleared.
var ErrLeft = errors.New("clearing: some taps could not be cleared, the log says why")

// Reclear clears all good taps made at or after a time once more, and the rides
// that they make. Where nothing was missing it changes nothing: the books are the
// same. progress is told how many of how many are done. ErrLeft.
func (s *Service) Reclear(ctx context.Context, from time.Time, progress func(done, of int64)) error {
	of, err := s.Store.CountTaps(ctx, from)
	if err != nil {
		return fmt.Errorf("clearing: %w", err)
	}
	done, failed := int64(0), 0
	for bucket := range s.Buckets {
		var last Filed
		for {
			taps, err := s.Store.TapsSince(ctx, bucket, from, last, together)
			if err != nil {
				return fmt.Errorf("clearing: %w", err)
			}
			if len(taps) == 0 {
				break
			}
			last = taps[len(taps)-1]
			left, err := s.clearFiled(ctx, taps)
			if err != nil {
				return fmt.Errorf("clearing: %w", err)
			}
			failed, done = failed+left, done+int64(len(taps))
			progress(done, max(of, done))
		}
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d", ErrLeft, failed, done)
	}
	return nil
}
