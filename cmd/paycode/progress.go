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

// watchTime shows the time on its way to the end, and how many were charged.
func watchTime(s *streams, d time.Duration, count *atomic.Int64) (stop func()) {
	began := time.Now()
	return follow(s, "charging", d.Milliseconds(), func() int64 { return min(time.Since(began), d).Milliseconds() },
		func() string { return fmt.Sprintf("charged %d", count.Load()) })
}

// refresh is how often a bar is drawn: seldom, as that takes time from what is measured.
const refresh = 250 * time.Millisecond

func follow(s *streams, what string, end int64, at func() int64, say ...func() string) (stop func()) {
	if !isTerminal(s.err) {
		return func() {}
	}
	bar := progressbar.NewOptions64(end, progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(0))
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			for _, words := range say {
				bar.Describe(words())
			}
			bar.Set64(at())
			select {
			case <-ended:
				bar.Finish()
				return
			case <-time.After(refresh):
			}
		}
	}()
	return func() { close(ended); <-done }
}
