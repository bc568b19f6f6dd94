package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/paycode/paycode/store"
)

const (
	// lockSchema lets one server at a time look at the schema and change it,
	// and ends with the connection. No transaction on money waits for it or
	// relies on it.
	lockSchema = `SELECT pg_advisory_lock(hashtext('paycode schema'))`
	// selectCitus counts the extension that makes a PostgreSQL a distributed one.
	selectCitus = `SELECT COUNT(*) FROM pg_extension WHERE extname = 'citus'`
	tableExists = `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1`
	// roomy leaves place on each page for new versions of its rows, so that an
	// update touches no index.
	roomy = ` WITH (fillfactor = 80)`
)

// schema is the store's, in single statements that may be run again: a
// distributed database knows no transaction of several that define tables.
func schema(partitions int) store.Schema {
	all := store.Migrations()
	if partitions > 0 {
		for i := range all {
			all[i].Statements = partitioned(all[i].Statements, partitions)
		}
	}
	return store.Schema{Migrations: all, Exists: tableExists, Dialect: dialect}
}

func dialect(statement string) string {
	s := byBytes(statement)
	for _, words := range []string{"CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "ADD COLUMN "} {
		if !strings.Contains(s, words+"IF NOT EXISTS ") {
			s = strings.Replace(s, words, words+"IF NOT EXISTS ", 1)
		}
	}
	for _, words := range []string{"DROP INDEX ", "DROP COLUMN "} {
		s = strings.Replace(s, words, words+"IF EXISTS ", 1)
	}
	if name, ok := createdTable(s); ok && updatedOften(name) && !strings.Contains(s, "PARTITION BY") {
		s += roomy
	}
	return s
}

// byBytes has texts compared and sorted by their bytes, as Go and SQLite do:
// quicker than any language's order, and the same wherever the database was made.
func byBytes(statement string) string {
	if strings.HasPrefix(statement, "CREATE VIEW ") {
		return strings.Replace(statement, "CREATE VIEW ", "CREATE OR REPLACE VIEW ", 1)
	}
	return strings.ReplaceAll(statement, " TEXT", ` TEXT COLLATE "C"`)
}

// createdTable is the name of the table that a statement makes.
func createdTable(statement string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(statement, "CREATE TABLE ")
	name, _, _ = strings.Cut(strings.TrimPrefix(rest, "IF NOT EXISTS "), " ")
	return name, ok
}

// updatedOften says of which tables every payment updates rows. A part of a
// partitioned table has its name and a number.
func updatedOften(table string) bool {
	name := strings.TrimRight(table, "_0123456789")
	return name == "accounts" || name == "devices"
}

// partitioned cuts every table of buckets into n parts by its bucket.
func partitioned(statements []string, n int) (all []string) {
	for _, s := range statements {
		table, isTable := createdTable(s)
		if !isTable {
			all = append(all, s)
			continue
		}
		all = append(all, s+" PARTITION BY HASH (bucket)")
		for i := range n {
			all = append(all, fmt.Sprintf("CREATE TABLE %s_%d PARTITION OF %s FOR VALUES WITH (MODULUS %d, REMAINDER %d)", table, i, table, n, i))
		}
	}
	return all
}

func isDistributed(t *tx) (bool, error) {
	var n int
	err := t.Row(selectCitus, nil, &n)
	return n > 0, err
}

// locked runs do with the schema locked against other servers.
func locked(ctx context.Context, url string, do func(*tx) error) error {
	return asAdmin(ctx, url, func(t *tx) error {
		if _, err := t.Exec(lockSchema); err != nil {
			return err
		}
		return do(t)
	})
}

// Plan says what the database of a URL has and lacks, and changes nothing.
func Plan(ctx context.Context, url string) (p store.Plan, err error) {
	err = asAdmin(ctx, url, func(t *tx) (err error) {
		p, err = schema(0).Plan(t)
		return err
	})
	return p, said(err)
}

// Migrate brings the database of a URL up to date, statement by statement: what
// was interrupted goes on when it is called again. Servers that are open
// meanwhile go on with their work.
func Migrate(ctx context.Context, url string) error {
	return said(locked(ctx, url, func(t *tx) error {
		_, err := schema(0).Migrate(t, DefaultBuckets)
		return err
	}))
}

func said(err error) error {
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return nil
}
