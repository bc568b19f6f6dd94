package payment

import (
	"context"
	"time"
)

// batch is jobs of one lane that are run together. Its flags belong to lanes.mu.
type batch struct {
	lane    int
	jobs    []job
	ctx     context.Context
	cancel  context.CancelFunc
	over    chan struct{} // closed when it has run
	ended   bool          // over, and seen to be
	slow    bool
	yielded bool // its place is another's
}

// Bounds that follow from the number of places. A store should be able to run
// three times as many transactions as there are places.
func (l *lanes) maxSlow() int   { return 2 * l.places }
func (l *lanes) maxProbes() int { return l.places }

// mayStart takes a place for a new worker, if there is one and something to do.
// One at a time is started: when it has chosen, it looks for more.
func (l *lanes) mayStart() bool {
	if l.starting || l.running >= l.places || l.choose() < 0 {
		return false
	}
	l.running++
	l.starting = true
	return true
}

func (l *lanes) choose() int {
	return pick(l.loads, l.probing < l.maxProbes(), l.clock.Now())
}

// work runs batches until nothing waits that may be run.
func (l *lanes) work() {
	for stay, first := true, true; stay; first = false {
		b, more := l.next(first)
		if more {
			l.clock.Go(l.work)
		}
		if b == nil {
			return
		}
		l.clock.Go(func() { l.watch(b) })
		stay = l.finish(b, l.run(b.ctx, b.lane, b.jobs))
	}
}

// next takes the batch that is to be run, nil and the place is given back when
// there is none. more says that another worker is wanted beside.
func (l *lanes) next(first bool) (b *batch, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first {
		l.starting = false
	}
	lane := l.choose()
	if lane < 0 {
		l.running--
		return nil, false
	}
	b = &batch{lane: lane, jobs: l.take(lane), over: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b, l.mayStart()
}

// watch sees to it that a batch which takes long holds up nobody else.
func (l *lanes) watch(b *batch) {
	for _, step := range []struct {
		after time.Duration
		then  func(*batch) (start bool)
	}{
		{slowAfter, l.slowed}, {stuckAfter - slowAfter, l.stuck}, {attempt - stuckAfter, l.cutOff},
	} {
		l.clock.Wait(context.Background(), b.over, step.after) // ends by one of the two
		if isClosed(b.over) {
			return
		}
		if step.then(b) {
			l.clock.Go(l.work)
		}
	}
}

// slowed gives the place of a batch back, as long as not too many have done so.
func (l *lanes) slowed(b *batch) (start bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.ended {
		return false
	}
	b.slow = true
	l.loads[b.lane].slow++
	if l.slow < l.maxSlow() {
		b.yielded = true
		l.slow++
		l.running--
	}
	return l.mayStart()
}

// stuck suspects the lane. When too many suspects run already, this one is cut
// off: it is tried again when there is room.
func (l *lanes) stuck(b *batch) (start bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.ended {
		return false
	}
	if l.suspect(b.lane); l.probing > l.maxProbes() {
		b.cancel()
	}
	return false
}

func (l *lanes) cutOff(b *batch) (start bool) { b.cancel(); return false }
