package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/server"
)

// reclearCmd clears taps once more.
type reclearCmd struct {
	databaseFlag
	transitFlags
	From string `required:"" placeholder:"DATE" help:"Taps of this day and later, such as 2026-11-21."`
	Zone string `default:"UTC" help:"Time zone in which a day begins at midnight, as the server has it."`
}

// Run clears, and says how many taps it was through.
func (c *reclearCmd) Run(ctx context.Context, s *streams) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	from, err := time.ParseInLocation(time.DateOnly, c.From, zone)
	if err != nil {
		return fmt.Errorf("--from must be a day, such as 2026-11-21")
	}
	transit, err := c.transit()
	if err != nil {
		return err
	}
	var done, of atomic.Int64
	stop := follow(s, "clearing", whole, func() int64 { return done.Load() * whole / max(of.Load(), 1) },
		func() string { return fmt.Sprintf("cleared: %d of %d taps", done.Load(), of.Load()) })
	err = server.Reclear(ctx, server.Reclearing{
		Database: server.Database{URL: c.DB}, Transit: transit, Zone: zone, From: from,
		Log:      slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Progress: func(n, all int64) { done.Store(n); of.Store(all) },
	})
	stop()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "cleared: %d taps\n", done.Load())
	return nil
}
