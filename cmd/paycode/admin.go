package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/store"
)

// adminCmd prepares and checks a server's database and master keys.
type adminCmd struct {
	Init  initCmd  `cmd:"" help:"Make schema and master key file if absent, and print the first operator key."`
	Audit auditCmd `cmd:"" help:"Recompute every balance; exit 1 and the differences when the books do not balance."`
	Key   keyCmd   `cmd:"" help:"Make operator keys; add, retire and seal master keys."`

	Migrate migrateCmd `cmd:"" help:"Bring the schema up to date; --dry-run prints the statements."`
	Backup  backupCmd  `cmd:"" help:"Copy an SQLite database that may be in use to a new file, and audit the copy."`
	Restore restoreCmd `cmd:"" help:"Make a new SQLite database of a backup, audit it, and burn every code of before."`
	Reclear reclearCmd `cmd:"" help:"Clear the taps of gates once more, from a day on: where nothing was missing, the books stay as they are."`
	Burn    burnCmd    `cmd:"" help:"Burn every code shown until now: after a database was brought back to an older state."`
	Ready   readyCmd   `cmd:"" help:"Exit 0 when a server is ready, for health checks."`

	Prefixes prefixesCmd `cmd:"" help:"List the first digits by which tills know other systems' codes, and what that means for the chosen ones."`
}

// initCmd prepares a new server.
type initCmd struct {
	databaseFlag
	Buckets int `placeholder:"N" help:"Parts of a database that is made now, fixed for ever; when left out, 1 for SQLite and 4 for PostgreSQL; one for each two processors of the database is best, 128 for a cluster."`
	keyFlags
}

// Run makes what is absent. The key alone goes to standard output, so that a
// script can take it from there.
func (c *initCmd) Run(ctx context.Context, s *streams) error {
	file, err := c.keyFlags.file()
	if err != nil {
		return err
	}
	switch _, err := file.Generate(rand.Reader); {
	case err == nil:
		fmt.Fprintf(s.err, "master key file %s made: keep a copy where the database's copies are not\n", file.Path)
	case errors.Is(err, issuing.ErrKeyFileExists):
		if _, err := file.Load(); err != nil {
			return err
		}
	default:
		return err
	}
	db, err := server.Database{URL: c.DB, Buckets: c.Buckets}.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	keys := accessOf(db)
	have, err := keys.Keys(ctx, access.ForOperator())
	if err != nil {
		return err
	}
	if len(have) > 0 {
		return errors.New("there is an operator key already, which cannot be shown again; paycode admin key operator makes another one")
	}
	return printKey(ctx, s, keys)
}

func accessOf(db *store.DB) *access.Service {
	return access.New(access.Config{Store: db, Now: time.Now, Random: rand.Reader, Buckets: db.Buckets()})
}

func printKey(ctx context.Context, s *streams, keys *access.Service) error {
	text, _, err := keys.CreateKey(ctx, access.ForOperator())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, text)
	return err
}

// auditCmd checks the books.
type auditCmd struct{ databaseFlag }

// Run prints the report.
func (c *auditCmd) Run(ctx context.Context, s *streams) error {
	db, err := server.OpenStore(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	report, err := db.Audit(ctx)
	if err != nil {
		return err
	}
	for _, d := range report.Differences {
		fmt.Fprintln(s.out, d)
	}
	if !report.Balanced {
		fmt.Fprintf(s.err, "the books do not balance: %d differences in %d postings\n", len(report.Differences), report.Postings)
		return errSilent
	}
	fmt.Fprintf(s.out, "balanced: %d postings\n", report.Postings)
	return nil
}
