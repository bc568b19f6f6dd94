package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/paycode/paycode/bench"
)

// benchCmd measures a server.
type benchCmd struct {
	DB          string        `name:"db" placeholder:"sqlite:FILE" help:"Where the server that is measured keeps everything; a new temporary file when left out."`
	Server      string        `placeholder:"URL" help:"Measure this server, instead of one that is started here."`
	OperatorKey string        `placeholder:"op_…" help:"An operator's key of it; better by PAYCODE_OPERATOR_KEY."`
	Payers      int           `help:"Payers, each with an enrolled device; as many as the run can need when left out."`
	Merchants   int           `default:"10" help:"Merchants."`
	Clients     int           `default:"64" help:"Connections, each with one charge under way."`
	Duration    time.Duration `default:"20s" help:"How long to charge."`
	Payments    int           `help:"Charge so often instead."`
	JSON        bool          `name:"json" help:"Print figures for programs to read."`
}

// mostPerSecond is how many payments a second there are codes for, unless
// --payers says otherwise.
const mostPerSecond = 8000

// report is what is printed. Latencies are in milliseconds.
type report struct {
	PerSecond     float64 `json:"payments_per_second"`
	Payments      int64   `json:"payments"`
	Declined      int64   `json:"declined"`
	Errors        int64   `json:"errors"`
	FirstError    string  `json:"first_error,omitempty"`
	RanOut        bool    `json:"ran_out_of_codes,omitempty"`
	Seconds       float64 `json:"seconds"`
	P50           float64 `json:"p50_ms"`
	P95           float64 `json:"p95_ms"`
	P99           float64 `json:"p99_ms"`
	P999          float64 `json:"p999_ms"`
	Max           float64 `json:"max_ms"`
	Clients       int     `json:"clients"`
	Payers        int     `json:"payers"`
	Merchants     int     `json:"merchants"`
	CPUs          int     `json:"cpus"`
	ServerSeconds float64 `json:"server_cpu_seconds"`
	ClientSeconds float64 `json:"client_cpu_seconds"`
	Postings      int64   `json:"postings"`
	Balanced      bool    `json:"balanced"`
	Expected      int64   `json:"postings_expected"`
}

// Run builds a world, loads the server, prints the figures and audits the books.
func (c *benchCmd) Run(ctx context.Context, s *streams) error {
	if c.Payments > 0 {
		c.Duration = 0
	}
	if c.Payers == 0 {
		c.Payers = max(c.Clients, c.payersNeeded())
	}
	server, key := c.Server, c.OperatorKey
	if server == "" {
		child, err := startServer(ctx, c.DB)
		if err != nil {
			return err
		}
		defer child.stop()
		server, key = child.url, child.operatorKey
	}
	r, err := c.measure(ctx, s, server, key)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(s.out, r)
	} else {
		err = r.print(s)
	}
	if err == nil && (!r.Balanced || r.Postings != r.Expected) {
		return errors.New("the books do not hold what was paid")
	}
	return err
}

func (c *benchCmd) payersNeeded() int {
	if c.Payments > 0 {
		return bench.PayersFor(c.Payments, time.Second)
	}
	return bench.PayersFor(mostPerSecond, c.Duration)
}

func (c *benchCmd) measure(ctx context.Context, s *streams, server, key string) (r report, err error) {
	var built, answered atomic.Int64
	stop := watch(s, "enrolling payers", int64(c.Payers), &built)
	w, err := bench.Build(ctx, server, key, bench.Sizes{Payers: c.Payers, Merchants: c.Merchants}, &built)
	stop()
	if err != nil {
		return r, err
	}
	before, err := bench.Audit(ctx, server, key)
	if err != nil {
		return r, err
	}
	serverCPU, ownCPU := bench.ServerCPU(server), bench.OwnCPU()
	if c.Payments > 0 {
		stop = watch(s, "charging", int64(c.Payments), &answered)
	} else {
		stop = watchTime(s, c.Duration, &answered)
	}
	// The tills are elsewhere in real life: what they take of this machine is kept
	// small, and few threads wake each other less.
	threads := runtime.GOMAXPROCS(max(1, runtime.NumCPU()/4))
	result, err := w.Run(ctx, bench.Load{Clients: c.Clients, Duration: c.Duration, Payments: c.Payments, Answered: &answered})
	runtime.GOMAXPROCS(threads)
	stop()
	if err != nil {
		return r, err
	}
	serverCPU, ownCPU = bench.ServerCPU(server)-serverCPU, bench.OwnCPU()-ownCPU
	books, err := bench.Audit(ctx, server, key)
	return report{
		PerSecond: result.PerSecond(), Payments: result.Payments, Declined: result.Declined, Errors: result.Errors,
		FirstError: result.FirstError, RanOut: result.RanOut, Seconds: result.Elapsed.Seconds(),
		P50: ms(result.P50), P95: ms(result.P95), P99: ms(result.P99), P999: ms(result.P999), Max: ms(result.Max),
		Clients: c.Clients, Payers: c.Payers, Merchants: c.Merchants, CPUs: runtime.NumCPU(),
		ServerSeconds: serverCPU.Seconds(), ClientSeconds: ownCPU.Seconds(),
		// Two for each payment: out of the payer's account and into the merchant's.
		Postings: books.Postings - before.Postings, Expected: 2 * result.Payments, Balanced: books.Balanced,
	}, err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r report) print(s *streams) error {
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "payments a second\t%.0f\n", r.PerSecond)
	fmt.Fprintf(t, "payments\t%d in %.1f s, %d declined, %d errors\n", r.Payments, r.Seconds, r.Declined, r.Errors)
	fmt.Fprintf(t, "latency\tp50 %.1f ms, p95 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, longest %.1f ms\n", r.P50, r.P95, r.P99, r.P999, r.Max)
	fmt.Fprintf(t, "load\t%d clients, %d payers, %d merchants, on this machine with %d processors\n", r.Clients, r.Payers, r.Merchants, r.CPUs)
	fmt.Fprintf(t, "processor time\tserver %.1f s, load generator %.1f s\n", r.ServerSeconds, r.ClientSeconds)
	if r.RanOut {
		fmt.Fprintf(t, "cut short\tno payer had a code left: raise --payers\n")
	}
	if r.FirstError != "" {
		fmt.Fprintf(t, "the first that failed\t%s\n", r.FirstError)
	}
	books := "balance, and hold every payment that was answered, once"
	if !r.Balanced || r.Postings != r.Expected {
		books = fmt.Sprintf("DO NOT AGREE: balanced %t, %d postings, expected %d", r.Balanced, r.Postings, r.Expected)
	}
	fmt.Fprintf(t, "the books\t%s\n", books)
	return t.Flush()
}

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

// temporary is a directory of the run's own.
func temporary() (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "paycode-bench-"); err != nil {
		return "", nil, err
	}
	return filepath.Clean(dir), func() { os.RemoveAll(dir) }, nil
}
