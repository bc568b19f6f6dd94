// Package bench measures how many payments a second a server makes durable, by
// its public API alone: it enrols devices, and charges with real codes over
// keep-alive connections, each code once.
//
// The load is closed: each of Clients connections sends its next charge when
// the last one is answered, so the latency that is reported is what that many
// tills see that never rest.
package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Load is how a server is to be loaded.
type Load struct {
	Clients  int           // connections, each with one charge under way
	Duration time.Duration // ends the run, unless zero
	Payments int           // ends the run, unless zero
	Answered *atomic.Int64 // counts what was answered, for whoever watches; may be nil
}

// Result is what came of a run.
type Result struct {
	Payments   int64         // that succeeded
	Declined   int64         // that were answered and did not succeed
	Errors     int64         // connections that broke, and answers that were none
	FirstError string        // the first of them, or the first decline
	RanOut     bool          // clients stopped early because no payer had a code left
	Elapsed    time.Duration // from the first request to the last answer
	P50, P95   time.Duration
	P99, P999  time.Duration
	Max        time.Duration
}

// PerSecond is how many payments a second succeeded.
func (r Result) PerSecond() float64 { return float64(r.Payments) / r.Elapsed.Seconds() }

// run is a run under way.
type run struct {
	load    Load
	base    *url.URL
	name    string       // begins every order number
	started atomic.Int64 // payments that were begun
}

// Run loads the server with the world's payers. The error is for a run that did
// not begin; what goes wrong later is counted in the result.
func (w *World) Run(ctx context.Context, l Load) (Result, error) {
	base, err := url.Parse(w.server)
	if err != nil || l.Clients < 1 || len(w.devices) < l.Clients || len(w.keys) == 0 {
		return Result{}, errors.Join(errors.New("bench: fewer payers than clients, or no merchant"), err)
	}
	if l.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Duration)
		defer cancel()
	}
	if l.Answered == nil {
		l.Answered = new(atomic.Int64)
	}
	r := &run{load: l, base: base, name: strconv.FormatInt(time.Now().UnixNano(), 36)}
	workers := make([]*worker, l.Clients)
	for i := range workers {
		workers[i] = &worker{run: r, key: w.keys[i%len(w.keys)], first: fmt.Sprintf("%s-%d-", r.name, i)}
	}
	for i, d := range w.devices { // each device belongs to one worker: nobody waits for a lock
		x := workers[i%len(workers)]
		x.devices = append(x.devices, d)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for _, x := range workers {
		wg.Go(func() { x.work(ctx) })
	}
	wg.Wait()
	return collect(workers, time.Since(began)), nil
}

func collect(workers []*worker, elapsed time.Duration) (sum Result) {
	var all histogram
	for _, x := range workers {
		sum.Payments += x.Payments
		sum.Declined += x.Declined
		sum.Errors += x.Errors
		sum.RanOut = sum.RanOut || x.RanOut
		if sum.FirstError == "" {
			sum.FirstError = x.FirstError
		}
		all.merge(&x.latency)
	}
	sum.Elapsed, sum.Max = elapsed, all.max
	sum.P50, sum.P95, sum.P99, sum.P999 = all.quantile(0.5), all.quantile(0.95), all.quantile(0.99), all.quantile(0.999)
	return sum
}
