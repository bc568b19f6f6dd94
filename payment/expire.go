package payment

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// expireEvery is how often it is looked whether the time of a pending payment is over.
	expireEvery = time.Second
	// roundWithin is how long it takes to look through all buckets for pending
	// payments that other servers have made: each lasts as long.
	roundWithin = ConfirmWithin
)

// expiry is when the next pending payment of each bucket is to be given up, as
// far as this server knows.
type expiry struct {
	mu   sync.Mutex
	next map[int]time.Time
	busy map[int]bool // buckets that are being looked at: one out of reach holds up no other
}

// note has a bucket looked at no later than at.
func (x *expiry) note(bucket int, at time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.next == nil {
		x.next, x.busy = map[int]time.Time{}, map[int]bool{}
	}
	if known, ok := x.next[bucket]; !ok || at.Before(known) {
		x.next[bucket] = at
	}
}

// begin lists the buckets to look at now, which are then busy.
func (x *expiry) begin(now time.Time) (buckets []int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for b, at := range x.next {
		if !at.After(now) && !x.busy[b] {
			buckets = append(buckets, b)
		}
	}
	slices.SortFunc(buckets, func(a, b int) int { return cmp.Or(x.next[a].Compare(x.next[b]), cmp.Compare(a, b)) })
	for _, b := range buckets {
		delete(x.next, b)
		x.busy[b] = true
	}
	return buckets
}

// end is called when a bucket has been looked at.
func (x *expiry) end(bucket int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.busy, bucket)
}

// ExpireLoop gives up pending payments whose time is over, until ctx ends: its
// own, and those of other servers, which may have died. Two that give up the
// same one do no harm.
func (p *Processor) ExpireLoop(ctx context.Context) {
	for bucket := range p.Buckets {
		p.expiry.note(bucket, p.Clock.Now())
	}
	inTurn := (p.Buckets*int(expireEvery) + int(roundWithin) - 1) / int(roundWithin) // buckets at a time
	for turn := 0; p.Clock.Wait(ctx, nil, expireEvery) == nil; turn += inTurn {
		now := p.Clock.Now()
		for i := range inTurn {
			p.expiry.note((turn+i)%p.Buckets, now)
		}
		for _, bucket := range p.expiry.begin(now) {
			p.Clock.Go(func() {
				defer p.expiry.end(bucket)
				p.expire(ctx, bucket, now)
			})
		}
	}
}

// expire gives up what is due in a bucket, and notes what will be next.
func (p *Processor) expire(ctx context.Context, bucket int, now time.Time) {
	due, next, err := p.Store.Due(ctx, bucket, now, maxBatch)
	if err != nil && ctx.Err() == nil {
		p.Log.Error("pending payments could not be listed", "bucket", bucket, "err", err)
	}
	if !next.IsZero() {
		p.expiry.note(bucket, next)
	}
	for _, id := range due {
		if _, err := p.run(ctx, Expire{ID: id, Event: p.event(bucket)}); err != nil && ctx.Err() == nil {
			p.Log.Error("pending payment could not be ended", "payment", id, "err", err)
		}
	}
	if len(due) == maxBatch {
		p.expiry.note(bucket, now)
	}
}
