package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/sim"
)

// simCmd lives through simulated worlds.
type simCmd struct {
	Seed     *uint64 `help:"What everything follows from; drawn and printed when left out."`
	Ops      int     `default:"100000" help:"Operations in all worlds together."`
	WorldOps int     `default:"2000" help:"Operations in each world."`
	Worlds   int     `default:"0" help:"Worlds at once; as many as there are processors when 0."`
	Story    bool    `help:"Write down all that happens in the first world, and live through no other."`
}

// simGC has the collector run seldom: a world is small and soon gone.
const simGC = 400

// Run lives until a rule is broken or the operations are used up. A violation is
// told as a story, in its shortest form, and ends with status 1.
func (c *simCmd) Run(ctx context.Context, s *streams) error {
	defer debug.SetGCPercent(debug.SetGCPercent(simGC))
	seed, err := c.seed()
	if err != nil {
		return err
	}
	if c.Story {
		failure, sum, err := sim.Tell(s.out, seed, min(c.Ops, c.WorldOps))
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "seed %d: the story's sum is %x\n", seed, sum[:8])
		if failure != nil {
			return failure
		}
		return nil
	}
	fmt.Fprintf(s.out, "seed %d, %d operations\n", seed, c.Ops)
	var done atomic.Int64
	began := time.Now()
	stop := watch(s, "simulating", int64(c.Ops), &done)
	r, err := sim.Run(ctx, sim.Options{Seed: seed, Operations: c.Ops, PerWorld: c.WorldOps, Parallel: c.Worlds, Done: &done})
	stop()
	if err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Fprintf(s.out, "%d operations in %d worlds: %d transactions, %d servers died; %.1f s, %.0f operations a second\n",
		r.Operations, r.Worlds, r.Committed, r.Deaths, took.Seconds(), float64(r.Operations)/took.Seconds())
	if r.Failure != nil {
		return tellFailure(s, r)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Fprintln(s.out, "no violation")
	return nil
}

func (c *simCmd) seed() (uint64, error) {
	if c.Seed != nil {
		return *c.Seed, nil
	}
	var b [8]byte
	_, err := rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]) >> 1, err // as people can copy it
}

func tellFailure(s *streams, r sim.Result) error {
	fmt.Fprintf(s.out, "a rule is broken after %d operations; looking for the shortest story …\n", r.Operations)
	shortest, err := sim.Shrink(r.Failure)
	if err != nil {
		return err
	}
	if err := sim.Explain(s.out, shortest); err != nil {
		return err
	}
	return errSilent
}
