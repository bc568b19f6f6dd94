package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/store/sqlite"
)

// periodFlag says which codes there were at a time.
type periodFlag struct {
	Period time.Duration `default:"60s" help:"Length of a window, as the server has it."`
}

func (f periodFlag) profile() (paycode.Profile, error) {
	p := paycode.DefaultProfile()
	p.PeriodSeconds = int(f.Period / time.Second)
	return p, p.Validate()
}

// backupCmd copies a database.
type backupCmd struct {
	databaseFlag
	File string `arg:"" type:"path" help:"A new file; whatever is there is not replaced."`
}

// Run copies, checks and says what the copy holds.
func (c *backupCmd) Run(ctx context.Context, s *streams) error {
	copied, stop := watchCopy(s)
	report, err := server.BackupStore(ctx, c.DB, c.File, copied)
	stop()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "balanced: %d postings\n", report.Postings)
	return nil
}

// whole is how many parts progress is counted in where the number of things is learnt on the way.
const whole = 100

// watchCopy shows how far a copy is, to people.
func watchCopy(s *streams) (copied func(pages, of int), stop func()) {
	var done atomic.Int64
	stop = follow(s, "copying", whole, done.Load, func() string {
		if done.Load() < whole {
			return fmt.Sprintf("copying: %d %%", done.Load())
		}
		return "copied, checking"
	})
	return func(pages, of int) { done.Store(int64(pages) * whole / int64(max(of, 1))) }, stop
}

// restoreCmd makes a database of a backup.
type restoreCmd struct {
	databaseFlag
	periodFlag
	File string `arg:"" type:"existingfile" help:"A backup; it stays as it is."`
}

// Run restores, and says what to think of.
func (c *restoreCmd) Run(ctx context.Context, s *streams) error {
	profile, err := c.profile()
	if err != nil {
		return err
	}
	copied, stop := watchCopy(s)
	done, err := server.RestoreStore(ctx, c.DB, sqlite.Restoring{
		File: c.File, Profile: profile, Now: time.Now(), Copied: copied, Burned: func(int64, int64) {},
	})
	stop()
	if err != nil {
		return err
	}
	newest := "none"
	if !done.Newest.IsZero() {
		newest = done.Newest.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(s.out, "balanced: %d postings\nnewest payment: %s\n", done.Report.Postings, newest)
	sayBurned(s, done.Again)
	fmt.Fprintln(s.err, "what was acknowledged after the backup is gone from the books: see docs/operate.md, After a restore")
	return nil
}

func sayBurned(s *streams, again time.Time) {
	fmt.Fprintf(s.err, "every code shown until now is burned: devices pay again from %s\n", again.Local().Format(time.TimeOnly))
}

// burnCmd makes a database safe that was brought back to an older state.
type burnCmd struct {
	databaseFlag
	periodFlag
}

// Run burns.
func (c *burnCmd) Run(ctx context.Context, s *streams) error {
	profile, err := c.profile()
	if err != nil {
		return err
	}
	db, err := server.OpenStore(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	var burned, all atomic.Int64
	stop := follow(s, "burning", whole, func() int64 { return burned.Load() * whole / max(all.Load(), 1) },
		func() string { return fmt.Sprintf("burning: %d of %d devices", burned.Load(), all.Load()) })
	again, err := db.BurnAll(ctx, profile, time.Now(), func(devices, of int64) {
		all.Store(of)
		burned.Store(devices)
	})
	stop()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d devices\n", burned.Load())
	sayBurned(s, again)
	return nil
}
