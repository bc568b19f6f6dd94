package payment

import (
	"context"
	"errors"
	"sync"
)

// ErrOverloaded is answered when too much waits already; nothing was done.
var ErrOverloaded = errors.New("payment: too many requests wait, try again")

// errStopped is answered for what arrives after Close.
var errStopped = errors.New("payment: the processor has stopped")

// Bounds of a queue. A batch is as large as what arrived while the last one
// was committed; there is no timer, so one request alone never waits.
const (
	maxWaiting = 4096
	maxBatch   = 512
)

// queue runs jobs in batches, one batch at a time.
type queue[J any] struct {
	jobs chan job[J]
	run  func([]J)
	stop sync.Once
	gone chan struct{} // closed when no more jobs are taken
	idle chan struct{} // closed when the last batch has ended
}

// job is one J and who waits for it.
type job[J any] struct {
	j    J
	done chan struct{}
}

func newQueue[J any](run func([]J)) *queue[J] {
	q := &queue[J]{jobs: make(chan job[J], maxWaiting), run: run, gone: make(chan struct{}), idle: make(chan struct{})}
	go q.loop()
	return q
}

// full reports whether as many jobs wait as may. Who begins something asks
// first; who goes on with something waits for a place.
func (q *queue[J]) full() bool { return len(q.jobs) == cap(q.jobs) }

// do has j run in the next batch and returns when it is decided. A caller who
// gives up leaves j in the queue: it is decided all the same, so that what
// becomes of it never depends on who still listens.
func (q *queue[J]) do(ctx context.Context, j J) error {
	w := job[J]{j, make(chan struct{})}
	select {
	case <-q.gone:
		return errStopped
	default:
	}
	select {
	case q.jobs <- w:
	case <-q.idle:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-w.done:
		return nil
	case <-q.idle:
		select {
		case <-w.done:
			return nil
		default:
			return errStopped // it came in behind the last batch
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets what waits be decided, and no more.
func (q *queue[J]) close() {
	q.stop.Do(func() { close(q.gone) })
	<-q.idle
}

func (q *queue[J]) loop() {
	defer close(q.idle)
	for {
		select {
		case first := <-q.jobs:
			q.batch(first)
		case <-q.gone:
			for {
				select {
				case first := <-q.jobs:
					q.batch(first)
				default:
					return
				}
			}
		}
	}
}

// batch takes everything that waits behind first, and runs it.
func (q *queue[J]) batch(first job[J]) {
	all := []job[J]{first}
	for len(all) < maxBatch {
		select {
		case next := <-q.jobs:
			all = append(all, next)
			continue
		default:
		}
		break
	}
	js := make([]J, len(all))
	for i, w := range all {
		js[i] = w.j
	}
	q.run(js)
	for _, w := range all {
		close(w.done)
	}
}
