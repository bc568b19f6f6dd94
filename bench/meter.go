package bench

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reading is what the server's metrics say about its process; zero where they
// do not.
type reading struct {
	cpu      time.Duration // used since it started
	resident int64         // bytes of memory
}

func (w *World) meter() (r reading) {
	answer, err := (&http.Client{Timeout: answerWithin}).Get(w.base.String() + "/metrics")
	if err != nil {
		return r
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, text, _ := strings.Cut(lines.Text(), " ")
		value, _ := strconv.ParseFloat(text, 64)
		switch name {
		case "process_cpu_seconds_total":
			r.cpu = time.Duration(value * float64(time.Second))
		case "process_resident_memory_bytes":
			r.resident = int64(value)
		}
	}
	return r
}

// meterEvery is how often memory is looked at while its peak is wanted.
const meterEvery = 200 * time.Millisecond

// peakMemory watches the server's resident memory until stop is called, which
// answers the most that was seen, in bytes.
func (w *World) peakMemory(ctx context.Context) (stop func() int64) {
	ctx, cancel := context.WithCancel(ctx)
	peak := make(chan int64, 1)
	go func() {
		most := w.meter().resident
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(meterEvery):
			}
			most = max(most, w.meter().resident)
		}
		peak <- most
	}()
	return func() int64 { cancel(); return <-peak }
}
