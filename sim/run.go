package sim

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/paycode/paycode/sim/auditor"
)

// Options of a run.
type Options struct {
	Seed       uint64
	Operations int           // in all worlds together, at least 1
	PerWorld   int           // operations in each world; 0 for DefaultPerWorld
	Parallel   int           // worlds at once; 0 for as many as there are processors
	Done       *atomic.Int64 // counts operations while it runs; may be nil
}

// DefaultPerWorld is how many operations a world has: enough for its purses,
// orders and devices to have a history, few enough for many different worlds.
const DefaultPerWorld = 2000

// Result is what a run has come to.
type Result struct {
	Operations int // requests made while people lived; those that settle what is in doubt come on top
	Worlds     int
	Committed  int      // transactions
	Deaths     int      // of servers
	Failure    *Failure // of the first world that failed, by its number; nil for none
}

// Failure is a world in which a rule was broken.
type Failure struct {
	Seed       uint64 // of this world alone
	Operations int    // after which it was seen
	Budget     int    // of operations, with which it fails
	Before     int    // operations of the worlds before it, by their number
	Violation  *auditor.Violation
}

// Error implements error.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, after %d operations: %v", f.Seed, f.Operations, f.Violation)
}

// seedOfWorld is the seed of the n-th world of a run. The first world's is the
// run's own, so any world can be run by itself.
func seedOfWorld(seed uint64, n int) uint64 { return seed + uint64(n)*0x9e3779b97f4a7c15 }

// Run lives through as many worlds as it takes for the operations, several at
// once, and stops at the first violation. The result does not depend on how
// many run at once. An error means that a world could not be made.
func Run(ctx context.Context, o Options) (Result, error) {
	per := o.PerWorld
	if per <= 0 {
		per = DefaultPerWorld
	}
	n := (o.Operations + per - 1) / per
	r := runner{options: o, results: make([]Result, n)}
	r.stop.Store(int64(n))
	var all sync.WaitGroup
	workers := o.Parallel
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	for range min(workers, n) {
		all.Go(func() {
			for i := r.next.Add(1) - 1; i < r.stop.Load() && ctx.Err() == nil; i = r.next.Add(1) - 1 {
				r.world(int(i), min(per, o.Operations-int(i)*per))
			}
		})
	}
	all.Wait()
	return r.sum(), r.err
}

// runner is a run on its way.
type runner struct {
	options Options
	next    atomic.Int64 // world
	stop    atomic.Int64 // worlds from this one on need not be run
	results []Result
	mu      sync.Mutex
	err     error
}

func (r *runner) world(i, budget int) {
	w, err := newWorld(seedOfWorld(r.options.Seed, i), budget, nil)
	if err != nil {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
		r.stop.Store(0)
		return
	}
	v := w.run()
	if r.options.Done != nil {
		r.options.Done.Add(int64(min(w.operations, budget)))
	}
	r.results[i] = Result{Operations: min(w.operations, budget), Worlds: 1, Committed: w.committed, Deaths: w.deaths}
	if v == nil {
		return
	}
	r.results[i].Failure = &Failure{Seed: w.seed, Operations: w.operations, Budget: budget, Violation: v}
	for stop := r.stop.Load(); int64(i+1) < stop && !r.stop.CompareAndSwap(stop, int64(i+1)); stop = r.stop.Load() {
	}
}

// sum adds the worlds up, to the first that failed.
func (r *runner) sum() (s Result) {
	for _, one := range r.results {
		if one.Failure != nil {
			one.Failure.Before = s.Operations
		}
		s.Operations += one.Operations
		s.Worlds += one.Worlds
		s.Committed += one.Committed
		s.Deaths += one.Deaths
		if s.Failure = one.Failure; s.Failure != nil {
			return s
		}
	}
	return s
}
