package webhook

import (
	"slices"
	"sync"
	"time"
)

// agenda is when the next delivery of each bucket is due, as far as this server
// knows: those that it added or tried itself, and what it was told when it asked.
type agenda struct {
	mu   sync.Mutex
	next map[int]time.Time
}

// note has a bucket looked at no later than at.
func (a *agenda) note(bucket int, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.next[bucket]; !ok || at.Before(known) {
		a.next[bucket] = at
	}
}

// due lists the buckets to look at, the longest overdue first.
func (a *agenda) due(now time.Time) (buckets []int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for b, at := range a.next {
		if !at.After(now) {
			buckets = append(buckets, b)
		}
	}
	slices.SortFunc(buckets, func(x, y int) int { return a.next[x].Compare(a.next[y]) })
	return buckets
}

// begin forgets what is known of a bucket, before it is looked at.
func (a *agenda) begin(bucket int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.next, bucket)
}
