package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/bench"
	"github.com/paycode/paycode/bench/report"
)

// benchCmd measures.
type benchCmd struct {
	Run   benchRunCmd   `cmd:"" default:"withargs" help:"Measure how many payments a second a server makes durable."`
	Codes benchCodesCmd `cmd:"" help:"Compare making and matching codes with pquerna/otp, in turn."`
}

// benchRunCmd measures a server.
type benchRunCmd struct {
	Database    string        `aliases:"db" placeholder:"URL" help:"Where the server that is measured keeps everything, sqlite:FILE or postgres://…; a new temporary file when left out."`
	Postgres    bool          `name:"postgres-temporary" help:"Keep it in a private PostgreSQL that is started here and removed afterwards."`
	Server      string        `placeholder:"URL" help:"Measure this server, instead of one that is started here."`
	OperatorKey string        `placeholder:"op_…" help:"An operator's key of it; better by PAYCODE_OPERATOR_KEY."`
	Devices     int           `help:"Payers who pay, each with an enrolled device; as many as the run can need when left out."`
	Merchants   int           `default:"1000" help:"Merchants."`
	Fill        int           `help:"Put so many payers with a device each into the store first, those who pay among them."`
	Clients     []int         `placeholder:"N,…" help:"Numbers of connections that are tried; one is taken as it is."`
	Duration    time.Duration `help:"How long to charge in all phases; about two minutes when left out."`
	Phases      []string      `default:"ramp,steady,half,skew,refunds,tills,overload" enum:"ramp,steady,half,skew,refunds,tills,overload" help:"Which phases: ${enum}. Half load needs steady."`
	Quick       bool          `help:"Short phases: figures that say whether something is broken, not how fast it is."`
	Compare     []string      `placeholder:"WITH,…" help:"Take turns with pgbench, or a nearly empty store with one that --fill has filled: pgbench, fill."`
	Scale       int           `help:"Scale of pgbench's own tables; 50, or with --quick 10, when left out."`
	Report      string        `placeholder:"FILE.html" type:"path" help:"Write a page with curves there."`
	JSON        bool          `name:"json" help:"Print figures for programs to read."`
}

// Validate is called by kong.
func (c *benchRunCmd) Validate() error {
	for _, with := range c.Compare {
		if with != "pgbench" && with != "fill" {
			return fmt.Errorf("--compare %s: there is pgbench and fill", with)
		}
	}
	switch {
	case c.Server != "" && (c.Database != "" || c.Postgres || c.Fill > 0 || len(c.Compare) > 0):
		return errors.New("--server is measured as it is: no --database, --fill or --compare")
	case c.Database != "" && c.Postgres:
		return errors.New("--database or --postgres-temporary")
	case c.compares("fill") && c.Fill == 0:
		return errors.New("--compare fill needs --fill")
	case c.compares("pgbench") && c.Database != "" && !isPostgres(c.Database):
		return errors.New("--compare pgbench needs a PostgreSQL: --database postgres://… or --postgres-temporary")
	}
	return nil
}

func (c *benchRunCmd) compares(with string) bool { return slices.Contains(c.Compare, with) }

// plan is the phases, as long as was asked for.
func (c *benchRunCmd) plan() bench.Plan {
	p := bench.Full()
	if c.Quick {
		p = bench.Quick()
	}
	if c.Duration > 0 {
		p = p.Scaled(c.Duration)
	}
	if len(c.Clients) > 0 {
		p.Clients = c.Clients
	}
	return p.Only(c.Phases)
}

// mostPerSecond is how many payments a second there are codes for, unless
// --devices says otherwise.
const mostPerSecond = 18_000

// benching is a run under way.
type benching struct {
	*benchRunCmd
	s      *streams
	plan   bench.Plan
	places places
	report report.Report
}

// Run builds a world, loads the server, prints the figures and audits the books.
func (c *benchRunCmd) Run(ctx context.Context, s *streams) error {
	b := &benching{benchRunCmd: c, s: s, plan: c.plan()}
	b.report.When, b.report.Conditions = time.Now(), bench.Machine()
	if b.Scale == 0 {
		b.Scale = 50
		if b.Quick {
			b.Scale = 10
		}
	}
	if b.Devices == 0 {
		b.Devices = bench.PayersFor(mostPerSecond, b.plan.Takes()+b.comparing())
	}
	err := b.places.open(ctx, c)
	if err == nil {
		err = b.measure(ctx)
	}
	if err = errors.Join(err, b.places.close()); err != nil {
		return err
	}
	if err := b.print(); err != nil {
		return err
	}
	if b.report.Books != "" {
		return errors.New("the books do not hold what was paid")
	}
	return nil
}

// measure is everything for which a server runs.
func (b *benching) measure(ctx context.Context) error {
	// The tills are elsewhere in real life: what they take of this machine is kept
	// small, and few threads wake each other less.
	threads := runtime.GOMAXPROCS(max(1, runtime.NumCPU()/4))
	defer runtime.GOMAXPROCS(threads)
	stage, err := b.stage(ctx, b.places.database, b.Fill)
	if err != nil {
		return err
	}
	defer b.stop(stage)
	b.say(stage)
	if b.report.Measured, err = stage.world.Measure(ctx, b.plan, b.watch); err != nil {
		return err
	}
	if b.compares("pgbench") {
		if err := b.comparePgbench(ctx, stage); err != nil {
			return err
		}
	}
	if b.compares("fill") {
		if err := b.compareFill(ctx, stage); err != nil {
			return err
		}
	}
	return b.check(ctx, stage)
}

// say adds the conditions that are the run's own.
func (b *benching) say(st *stage) {
	b.report.Conditions = append(b.report.Conditions, b.places.about...)
	add := func(name, format string, args ...any) {
		b.report.Conditions = append(b.report.Conditions, bench.Condition{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	if b.Fill > 0 {
		add("store", "%d payers with a device each", b.Fill)
	}
	add("load", "%d payers who pay, %d merchants, client and server on this machine", st.world.Payers(), st.world.Merchants())
	if b.Server != "" {
		b.report.Conditions[len(b.report.Conditions)-1].Value = fmt.Sprintf("%d payers who pay, %d merchants, server %s", st.world.Payers(), st.world.Merchants(), b.Server)
	}
}

// check holds the books against what the tills were told.
func (b *benching) check(ctx context.Context, st *stage) error {
	began := time.Now()
	after, err := bench.Audit(ctx, st.url, st.operatorKey)
	if err != nil {
		return err
	}
	b.report.Audited, b.report.AuditTook = b.report.Audited+after.Postings, b.report.AuditTook+time.Since(began)
	paid := st.world.Paid()
	b.report.Paid.Add(&paid)
	if err := bench.Check(st.before, after, paid); err != nil {
		b.report.Books = err.Error()
	}
	return nil
}

// watch shows how a phase goes on.
func (b *benching) watch(name string, d time.Duration, answered *atomic.Int64) (stop func()) {
	return watchTime(b.s, name, d, answered)
}
