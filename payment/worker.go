package payment

import "context"

// batch is jobs of one lane that are run together. The rest belongs to lanes.mu.
type batch struct {
	lane    int
	jobs    []job
	ctx     context.Context
	cancel  context.CancelFunc
	looks   int // how often it was looked at while it ran
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
	if l.starting || l.running >= l.places || l.choose(l.running) < 0 {
		return false
	}
	l.running++
	l.starting = true
	return true
}

// choose is the next lane to run beside other batches, -1 when there is none.
func (l *lanes) choose(others int) int {
	if l.waiting == 0 {
		return -1 // which spares a look at all of them
	}
	return pick(l.loads, l.probing < l.maxProbes(), others == 0, l.clock.Now())
}

// work runs batches until nothing waits that may be run.
func (l *lanes) work() {
	for stay, first := true, true; stay; first = false {
		b, more, watch := l.next(first)
		if more {
			l.clock.Go(l.work)
		}
		if watch {
			l.clock.Go(l.watch)
		}
		if b == nil {
			return
		}
		stay = l.finish(b, l.run(b.ctx, b.lane, b.jobs))
	}
}

// next takes the batch that is to be run, nil and the place is given back when
// there is none. more says that another worker is wanted beside, and watch that
// nobody watches yet.
func (l *lanes) next(first bool) (b *batch, more, watch bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first {
		l.starting = false
	}
	lane := l.choose(l.running - 1)
	if lane < 0 {
		l.running--
		return nil, false, false
	}
	b = &batch{lane: lane, jobs: l.take(lane)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	l.batches = append(l.batches, b)
	watch, l.watched = !l.watched, true
	return b, l.mayStart(), watch
}

// watch sees to it that a batch which takes long holds up nobody else, for as
// long as there are any.
func (l *lanes) watch() {
	for more := true; more; {
		l.clock.Wait(context.Background(), l.idle, lookEvery) // ends by one of the two
		var start bool
		if start, more = l.look(); start {
			l.clock.Go(l.work)
		}
	}
}

// look finds batches that have become slow or stuck since the last look. It
// counts looks and not time, which may be set.
func (l *lanes) look() (start, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.batches {
		switch b.looks++; b.looks {
		case int(slowAfter/lookEvery) + 1: // the first look may have been at once
			l.slowed(b)
		case int(stuckAfter / lookEvery):
			l.stuck(b)
		case int(attempt / lookEvery):
			b.cancel()
		}
	}
	l.watched = len(l.batches) > 0
	return l.mayStart(), l.watched
}

// slowed gives the place of a batch back, as long as not too many have done so.
func (l *lanes) slowed(b *batch) {
	b.slow = true
	l.loads[b.lane].slow++
	if l.slow < l.maxSlow() {
		b.yielded = true
		l.slow++
		l.running--
	}
}

// stuck suspects the lane. When too many suspects run already, this one is cut
// off: it is tried again when there is room.
func (l *lanes) stuck(b *batch) {
	if l.suspect(b.lane); l.probing > l.maxProbes() {
		b.cancel()
	}
}
