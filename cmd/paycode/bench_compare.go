package main

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/bench"
	"github.com/paycode/paycode/bench/pgbench"
	"github.com/paycode/paycode/bench/report"
)

// turns is how long comparisons take: rounds, and the time of each entry in each.
type turns struct {
	rounds int
	slice  time.Duration
	probe  time.Duration // of each number of pgbench's clients that is tried
	tried  []int         // those numbers
}

func (b *benching) turns() turns {
	switch {
	case b.Duration > 0 && b.Duration < time.Minute:
		return turns{1, time.Second, time.Second, []int{16}}
	case b.Quick:
		return turns{2, 2 * time.Second, time.Second, []int{16, 64}}
	}
	return turns{5, 5 * time.Second, 2 * time.Second, []int{8, 16, 32, 64}}
}

// comparing is for how long our server charges in all comparisons.
func (b *benching) comparing() time.Duration {
	t := b.turns()
	return time.Duration(len(b.Compare)*t.rounds) * t.slice
}

// ours has the world's payers charge for one turn.
func (b *benching) ours(name string, st *stage) bench.Entry {
	return bench.Entry{Name: name, Round: func(ctx context.Context) (bench.Result, error) {
		d := b.turns().slice
		l := bench.Load{Clients: b.report.Measured.Best, Duration: d, Rest: b.plan.Rest}
		return b.turn(ctx, name, d, func() (bench.Result, error) { return st.world.Run(ctx, l) })
	}}
}

// turn shows that somebody's turn is under way.
func (b *benching) turn(ctx context.Context, name string, d time.Duration, do func() (bench.Result, error)) (bench.Result, error) {
	if err := ctx.Err(); err != nil {
		return bench.Result{}, err
	}
	defer watchTime(b.s, name, d, nil)()
	return do()
}

// atItsBest has a script of pgbench run for a turn, with as many clients as do the most.
func (b *benching) atItsBest(ctx context.Context, t *pgbench.Target, s pgbench.Script) (bench.Entry, error) {
	of := b.turns()
	done := watchTime(b.s, s.Name+": trying how many clients do best", time.Duration(len(of.tried))*of.probe, nil)
	n, err := t.Best(ctx, s, of.tried, of.probe)
	done()
	name := fmt.Sprintf("%s, %d clients", s.Name, n)
	return bench.Entry{Name: name, Round: func(ctx context.Context) (bench.Result, error) {
		return b.turn(ctx, name, of.slice, func() (bench.Result, error) { return t.Round(ctx, s, n, of.slice) })
	}}, err
}

// comparePgbench takes turns with what the same PostgreSQL does for others.
func (b *benching) comparePgbench(ctx context.Context, st *stage) (err error) {
	done := watchTime(b.s, "filling pgbench's tables", 0, nil)
	target, err := pgbench.Open(ctx, b.places.database, b.Scale)
	done()
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, target.Close) }()
	entries := []bench.Entry{b.ours(fmt.Sprintf("paycode, HTTP, %d connections", b.report.Measured.Best), st)}
	for _, s := range pgbench.Scripts() {
		entry, err := b.atItsBest(ctx, target, s)
		if err != nil {
			return err
		}
		entries = append(entries, entry)
	}
	return b.contest(ctx, "On the same PostgreSQL", fmt.Sprintf("pgbench scale %d, --protocol prepared", b.Scale), entries)
}

// compareFill takes turns between the store that was filled and one that holds
// those who pay and nobody else. Both servers are there all the time.
func (b *benching) compareFill(ctx context.Context, many *stage) (err error) {
	database, err := b.places.another(ctx, "paycode_bench_few")
	if err != nil {
		return err
	}
	few, err := b.stage(ctx, database, many.world.Payers())
	if err != nil {
		return err
	}
	defer b.stop(few)
	entries := []bench.Entry{
		b.ours(fmt.Sprintf("%d devices in the store", b.Fill), many),
		b.ours(fmt.Sprintf("%d devices in the store", few.world.Payers()), few),
	}
	if err := b.contest(ctx, "Few and many devices", fmt.Sprintf("%d devices pay in both", few.world.Payers()), entries); err != nil {
		return err
	}
	return b.check(ctx, few)
}

func (b *benching) contest(ctx context.Context, name, about string, entries []bench.Entry) error {
	t := b.turns()
	rates, err := bench.Alternate(ctx, t.rounds, entries...)
	about = fmt.Sprintf("Everyone in turn, medians of the rounds: %d of %v; %s", t.rounds, t.slice, about)
	b.report.Contests = append(b.report.Contests, report.Contest{Name: name, About: about, Turns: rates})
	return err
}

func joinClose(err error, closing func() error) error {
	if closed := closing(); err == nil {
		return closed
	}
	return err
}
