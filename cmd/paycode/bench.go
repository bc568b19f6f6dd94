package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/bench"
)

// benchCmd measures a server.
type benchCmd struct {
	DB          string        `name:"db" placeholder:"sqlite:FILE" help:"Where the server that is measured keeps everything; a new temporary file when left out."`
	Server      string        `placeholder:"URL" help:"Measure this server, instead of one that is started here."`
	OperatorKey string        `placeholder:"op_…" help:"An operator's key of it; better by PAYCODE_OPERATOR_KEY."`
	Payers      int           `help:"Payers, each with an enrolled device; as many as the run can need when left out."`
	Merchants   int           `default:"10" help:"Merchants."`
	Clients     int           `default:"96" help:"Connections, each with one charge under way."`
	Duration    time.Duration `default:"20s" help:"How long to charge."`
	Payments    int           `help:"Charge so often instead."`
	JSON        bool          `name:"json" help:"Print figures for programs to read."`
}

// mostPerSecond is how many payments a second there are codes for, unless
// --payers says otherwise.
const mostPerSecond = 8000

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

// temporary is a directory of the run's own.
func temporary() (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "paycode-bench-"); err != nil {
		return "", nil, err
	}
	return filepath.Clean(dir), func() { os.RemoveAll(dir) }, nil
}
