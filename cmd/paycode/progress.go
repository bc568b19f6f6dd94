package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// watch shows a count on its way to the end, to people. stop ends it.
func watch(s *streams, what string, end int64, count *atomic.Int64) (stop func()) {
	return follow(s, what, end, count.Load)
}

// watchTime shows the time on its way to the end, and how many were answered
// unless count is nil.
func watchTime(s *streams, what string, d time.Duration, count *atomic.Int64) (stop func()) {
	began := time.Now()
	words := func() string {
		if count == nil {
			return fmt.Sprintf("%s: %.0f s", what, time.Since(began).Seconds())
		}
		return fmt.Sprintf("%s: %d answered", what, count.Load())
	}
	return follow(s, what, d.Milliseconds(), func() int64 { return min(time.Since(began), d).Milliseconds() }, words)
}

const (
	// refresh is how often a bar is drawn: seldom, as that takes time from what is measured.
	refresh = 250 * time.Millisecond
	// reportEvery is how often a line is written where nobody watches a bar.
	reportEvery = 10 * time.Second
)

func follow(s *streams, what string, end int64, at func() int64, say ...func() string) (stop func()) {
	words := func() string { return fmt.Sprintf("%s: %d of %d", what, at(), end) }
	if len(say) > 0 {
		words = say[0]
	}
	if !isTerminal(s.err) {
		return every(reportEvery, func() { fmt.Fprintln(s.err, words()) })
	}
	bar := progressbar.NewOptions64(end, progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(0))
	stop = every(refresh, func() {
		if len(say) > 0 {
			bar.Describe(words())
		}
		bar.Set64(at())
	})
	return func() { stop(); bar.Finish() }
}

// every does something again and again, and once more when it is stopped.
func every(pause time.Duration, do func()) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				do()
				return
			case <-time.After(pause):
				do()
			}
		}
	}()
	return func() { close(ended); <-done }
}
