package clearing

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

// atOnce is how many riders are cleared side by side.
const atOnce = 16

// clearAll brings good taps of a gate to their riders, a few riders at a time,
// and answers the numbers of those that are copies, and how many could not be cleared.
func (s *Service) clearAll(ctx context.Context, g access.Gate, taps []Filed) (copies map[uint64]bool, failed int) {
	c := &clearingUp{copies: map[uint64]bool{}, left: byRider(taps), done: make(chan struct{})}
	if len(c.left) == 0 {
		return c.copies, 0
	}
	c.working = min(atOnce, len(c.left))
	for range c.working {
		s.Clock.Go(func() { s.work(ctx, g, c) })
	}
	s.Clock.Wait(context.WithoutCancel(ctx), c.done, 0) // each ends with ctx
	if len(c.cleared) > 0 {
		slices.Sort(c.cleared)
		if err := s.Store.MarkCleared(ctx, g.ID, c.cleared); err != nil {
			s.Log.Error("taps could not be marked as cleared yet", "gate", g.ID, "err", err)
		}
	}
	return c.copies, c.failed
}

// clearingUp is taps of a gate that are being cleared by several at once.
type clearingUp struct {
	done chan struct{} // closed by the last who works

	mu      sync.Mutex
	left    [][]Filed // of each rider
	working int
	cleared []uint64
	copies  map[uint64]bool
	failed  int
}

// byRider parts taps by whose they are, in a fixed order.
func byRider(taps []Filed) (all [][]Filed) {
	riders := map[ids.Device]int{}
	for _, f := range taps {
		i, known := riders[f.Owner.Device]
		if !known {
			i = len(all)
			riders[f.Owner.Device], all = i, append(all, nil)
		}
		all[i] = append(all[i], f)
	}
	return all
}

// next takes the taps of another rider; nil when there are none left.
func (c *clearingUp) next() (taps []Filed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.left) > 0 {
		taps, c.left = c.left[0], c.left[1:]
		return taps
	}
	if c.working--; c.working == 0 {
		close(c.done)
	}
	return nil
}

func (s *Service) work(ctx context.Context, g access.Gate, c *clearingUp) {
	for taps := c.next(); taps != nil; taps = c.next() {
		copied, err := s.clear(ctx, g, taps)
		c.mu.Lock()
		if err != nil {
			s.Log.Error("taps could not be cleared yet", "gate", g.ID, "device", taps[0].Owner.Device, "taps", len(taps), "err", err)
			c.failed += len(taps)
			taps = nil
		}
		for _, f := range taps {
			c.cleared = append(c.cleared, f.Seq)
			if slices.Contains(copied, f.PresentationID) {
				c.copies[f.Seq] = true
				s.Log.Warn("a copy of a presentation was let in", "gate", g.ID, "seq", f.Seq, "device", f.Owner.Device)
			}
		}
		c.mu.Unlock()
	}
}

// clear brings taps of one rider to his rows and has his rides charged.
func (s *Service) clear(ctx context.Context, g access.Gate, taps []Filed) (copies [][32]byte, err error) {
	add := make([]Boarding, len(taps))
	first, last := taps[0].At, taps[0].At
	for i, f := range taps {
		if add[i], err = boarding(f, g); err != nil {
			return nil, fmt.Errorf("clearing: tap %d of %v: %w", f.Seq, g.ID, err)
		}
		if f.At.Before(first) {
			first = f.At
		}
		if f.At.After(last) {
			last = f.At
		}
	}
	return s.settle(ctx, taps[0].Owner, add, s.Terms.around(first, last))
}
