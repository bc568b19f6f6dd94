package sim

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
)

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// loop runs coroutines, one at a time, in an order drawn from its random source,
// and lets time pass when none of them can go on.
type loop struct {
	random   *rand.Rand
	began    time.Time
	passed   time.Duration // since began
	running  *coroutine
	waiting  []*coroutine
	dead     []*coroutine // of servers that died: never resumed, freed at the end
	idle     []*coroutine // that have ended, for whoever begins: their stacks have grown
	ready    []*coroutine // scratch of step
	over     bool
	panicked error // what a coroutine panicked with: a fault of the product or of ours
}

// coroutine is one thread of somebody's doings.
type coroutine struct {
	on    *life  // the server's life that it belongs to, nil for everybody else
	run   func() // nil when it has ended
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool

	// What it waits for.
	done, gone <-chan struct{}
	wake       time.Duration
}

// unwound ends a coroutine whose world is over.
type unwound struct{}

func (l *loop) now() time.Time { return l.began.Add(l.passed) }

// begin starts a coroutine, which runs when it is drawn.
func (l *loop) begin(on *life, f func()) {
	if l.over {
		return
	}
	var c *coroutine
	if n := len(l.idle); n > 0 {
		c, l.idle = l.idle[n-1], l.idle[:n-1]
	} else {
		c = l.coroutine()
	}
	c.on, c.run, c.done, c.gone, c.wake = on, f, nil, nil, 0
	l.waiting = append(l.waiting, c)
}

// coroutine makes one that runs what it is given, again and again.
func (l *loop) coroutine() *coroutine {
	c := &coroutine{}
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		for more := true; more; more = !l.over && yield(struct{}{}) {
			l.guarded(c)
		}
	})
	return c
}

func (l *loop) guarded(c *coroutine) {
	defer func() { c.run = nil }()
	defer l.caught()
	c.run()
}

// caught notes a panic, which is a violation like any other.
func (l *loop) caught() {
	p := recover()
	if _, ended := p.(unwound); p != nil && !ended && !l.over {
		l.panicked = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// wait parks the running coroutine as payment.Clock.Wait says. Others may run
// meanwhile even when there is nothing to wait for.
//
// A context with a deadline is not listened to: deadlines are of real time,
// which does not pass here.
func (l *loop) wait(ctx context.Context, done <-chan struct{}, atMost time.Duration) error {
	c := l.running
	c.done, c.gone, c.wake = done, nil, never
	if atMost > 0 {
		c.wake = l.passed + atMost
	}
	if _, timed := ctx.Deadline(); !timed {
		c.gone = ctx.Done()
	}
	if !c.yield(struct{}{}) {
		panic(unwound{})
	}
	if !closed(done) && l.passed < c.wake && closed(c.gone) {
		return ctx.Err()
	}
	return nil
}

// pause waits for a time; at 0 it only lets others go first.
func (l *loop) pause(d time.Duration) {
	c := l.running
	c.done, c.gone, c.wake = nil, nil, l.passed+d
	if !c.yield(struct{}{}) {
		panic(unwound{})
	}
}

// park never goes on.
func (l *loop) park() { l.pause(never - l.passed) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// step resumes one coroutine that can go on, or lets time pass until one can.
// It reports false when nothing will ever happen again.
func (l *loop) step() bool {
	soonest := never
	l.ready = l.ready[:0]
	kept := l.waiting[:0]
	for _, c := range l.waiting {
		if c.on != nil && c.on.dead {
			l.dead = append(l.dead, c)
			continue
		}
		kept = append(kept, c)
		if c.wake <= l.passed || closed(c.done) || closed(c.gone) {
			l.ready = append(l.ready, c)
		} else {
			soonest = min(soonest, c.wake)
		}
	}
	clear(l.waiting[len(kept):])
	l.waiting = kept
	switch {
	case len(l.ready) > 0:
		l.resume(l.ready[l.random.IntN(len(l.ready))])
	case soonest < never:
		l.passed = soonest
	default:
		return false
	}
	return true
}

func (l *loop) resume(c *coroutine) {
	l.running = c
	c.next()
	l.running = nil
	if c.run != nil {
		return
	}
	i, last := slices.Index(l.waiting, c), len(l.waiting)-1
	l.waiting[i], l.waiting[last] = l.waiting[last], nil
	l.waiting = l.waiting[:last]
	l.idle = append(l.idle, c)
}

// end frees what is still parked. Deferred calls run, but nothing can come of
// them: the world has been judged already.
func (l *loop) end() {
	l.over = true
	for _, c := range slices.Concat(l.waiting, l.dead, l.idle) {
		l.running = c
		c.stop()
	}
}
