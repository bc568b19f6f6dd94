package payment

import (
	"context"
	"errors"
	"slices"
	"time"
)

// finish answers the jobs of a batch that has run, sends on those that have
// another step to do, and leaves in the lane those that are to be tried again.
// It reports whether the worker still has a place.
func (l *lanes) finish(b *batch, err error) (stay bool) {
	b.cancel()
	l.mu.Lock()
	stay = l.leave(b)
	var pause time.Duration
	var done []job
	if now := l.clock.Now(); err == nil {
		done = l.succeeded(b, now)
	} else {
		again := errors.Is(err, ErrUnknownOutcome) || errors.Is(err, ErrUnavailable)
		done, pause = l.failed(b, err, again && !l.closed, now), l.restAfter(b.lane)
	}
	last := l.closed && l.all == 0
	l.mu.Unlock()

	if pause > 0 {
		l.clock.Go(func() { l.wake(b.lane, pause) })
	}
	for _, j := range done {
		close(j.held().done)
	}
	if last {
		close(l.idle)
	}
	return stay
}

// leave takes a batch off the books, and a place again for its worker if it
// gave its own away.
func (l *lanes) leave(b *batch) (stay bool) {
	l.batches = slices.DeleteFunc(l.batches, func(o *batch) bool { return o == b })
	w := &l.loads[b.lane]
	w.running--
	if w.suspect {
		l.probing--
	}
	if b.slow {
		w.slow--
	}
	if !b.yielded {
		return true
	}
	l.slow--
	if l.running >= l.places {
		return false
	}
	l.running++
	return true
}

// succeeded answers who is done and lets the others go on in their next lane.
func (l *lanes) succeeded(b *batch, now time.Time) (done []job) {
	if t := b.jobs[0].held(); !l.loads[b.lane].suspect && t.tries == 0 {
		took := now.Sub(t.since)
		l.limit = adapt(l.limit, t.inFlight, took)
		l.backlog.saw(took, now)
	}
	l.trust(b.lane)
	l.count(b.lane, -len(b.jobs))
	done = b.jobs[:0]
	for _, j := range b.jobs {
		if next := j.held().next; next != answered {
			l.push(next, j, now)
		} else {
			done = append(done, j)
		}
	}
	return done
}

// failed suspects the lane, puts back what is to be tried again, and gives up
// what has waited for too long, there and in other lanes that are suspect.
func (l *lanes) failed(b *batch, err error, again bool, now time.Time) (done []job) {
	l.suspect(b.lane)
	l.loads[b.lane].failed++
	if !again {
		for _, j := range b.jobs {
			j.fail(err)
		}
		l.count(b.lane, -len(b.jobs))
		done = b.jobs
	} else {
		l.again++
		for _, j := range b.jobs {
			j.held().tries++
		}
		l.queues[b.lane] = append(b.jobs, l.queues[b.lane]...)
	}
	for lane := range l.loads {
		if l.loads[lane].suspect {
			done = append(done, l.giveUp(lane, err, now)...)
		}
	}
	return done
}

// giveUp removes from the head of a lane what has waited longer than anybody's patience.
func (l *lanes) giveUp(lane int, err error, now time.Time) []job {
	queue, n := l.queues[lane], 0
	for ; n < len(queue) && now.Sub(queue[n].held().since) >= patience; n++ {
		if queue[n].held().tries > 0 {
			queue[n].fail(err)
		} else {
			queue[n].fail(ErrUnavailable) // it was in no batch
		}
	}
	l.queues[lane] = queue[n:]
	l.waits(lane)
	l.count(lane, -n)
	return queue[:n:n]
}

// restAfter has a lane rest that failed, and says for how long; 0 when it rests already.
func (l *lanes) restAfter(lane int) time.Duration {
	w := &l.loads[lane]
	if w.resting {
		return 0
	}
	w.resting = true
	return rest(w.failed)
}

// wake ends the rest of a lane, or goes when there is nothing more to do.
func (l *lanes) wake(lane int, after time.Duration) {
	l.clock.Wait(context.Background(), l.idle, after) // ends by one of the two
	l.mu.Lock()
	l.loads[lane].resting = false
	start := l.mayStart()
	l.mu.Unlock()
	if start {
		l.clock.Go(l.work)
	}
}
