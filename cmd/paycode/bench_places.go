package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/bench"
	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/store/sqlite"
)

// places are where servers that are measured keep everything.
type places struct {
	database string // of the first server; empty for a new SQLite file
	about    []bench.Condition
	private  privatePostgres // zero unless one was started
	made     []string        // names of databases to remove
}

// open finds out where, and starts a private PostgreSQL if one is asked for, or
// nothing else will do.
func (p *places) open(ctx context.Context, c *benchRunCmd) (err error) {
	p.database = c.Database
	if c.Postgres || c.compares("pgbench") && c.Database == "" {
		if p.database, err = p.private.launch(); err != nil {
			return err
		}
	}
	switch {
	case c.Server != "":
		return nil
	case isPostgres(p.database):
		return p.describe(ctx)
	}
	p.about = []bench.Condition{{Name: "database", Value: "SQLite, write-ahead log, synchronous=FULL"}}
	return nil
}

// another is a place for one more server: on the same PostgreSQL, or a new file.
func (p *places) another(ctx context.Context, name string) (string, error) {
	if !isPostgres(p.database) {
		return "", nil
	}
	u, err := url.Parse(p.database)
	if err != nil {
		return "", errors.New("bench: the database's URL makes no sense")
	}
	u.Path = "/" + name
	p.made = append(p.made, name)
	return u.String(), execPostgres(ctx, p.database, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
}

func (p *places) close() (err error) {
	for _, name := range p.made {
		err = errors.Join(err, execPostgres(context.Background(), p.database, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"))
	}
	return errors.Join(err, p.private.close())
}

// settings of PostgreSQL that decide how fast it is, and how durable.
var settings = []string{"fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "wal_compression"}

// describe says which PostgreSQL it is and how it is set.
func (p *places) describe(ctx context.Context) error {
	c, err := pgx.Connect(ctx, p.database)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	var version string
	said := make([]string, len(settings))
	if err := c.QueryRow(ctx, "SELECT split_part(version(), ' on ', 1)").Scan(&version); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	for i, name := range settings {
		if err := c.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&said[i]); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		said[i] = name + "=" + said[i]
	}
	p.about = []bench.Condition{{Name: "database", Value: version}, {Name: "its settings", Value: strings.Join(said, ", ")}}
	return nil
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// openEngine opens a database below everything that knows of payments.
func openEngine(ctx context.Context, database string) (store.Engine, error) {
	if isPostgres(database) {
		return postgres.Open(ctx, database, postgres.Options{})
	}
	return sqlite.Open(ctx, strings.TrimPrefix(database, "sqlite:"), sqlite.Options{})
}

// settle has a database that was filled do now what it would do later, in the
// middle of what is measured.
func settle(ctx context.Context, database string) error {
	if !isPostgres(database) {
		return nil
	}
	return errors.Join(execPostgres(ctx, database, "VACUUM ANALYZE"), execPostgres(ctx, database, "CHECKPOINT"))
}

func execPostgres(ctx context.Context, database, statement string) error {
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("bench: %s: %w", statement, err)
	}
	return nil
}
