package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/paycode/paycode/bench/codes"
)

// benchCodesCmd compares codes alone, without server and store.
type benchCodesCmd struct {
	Rounds int           `default:"31" help:"How often each takes its turn."`
	Slice  time.Duration `default:"40ms" help:"How long a turn is."`
	JSON   bool          `name:"json" help:"Print figures for programs to read."`
}

// Run prints our costs beside theirs.
func (c *benchCodesCmd) Run(ctx context.Context, s *streams) error {
	var done atomic.Int64
	stop := watch(s, "comparing codes", codes.Pairs, &done)
	rows, err := codes.Compare(ctx, c.Rounds, c.Slice, func(n int) { done.Store(int64(n)) })
	stop()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, rows)
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "codes\tours ns\tallocations\tpquerna ns\tallocations\tof theirs\n")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.2f\n", r.What, r.Ours.Nanoseconds, r.Ours.Allocations, r.Theirs.Nanoseconds, r.Theirs.Allocations, r.Ratio)
	}
	return t.Flush()
}
