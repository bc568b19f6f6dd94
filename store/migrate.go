package store

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrBuckets is answered when a database was made with another number of buckets.
var ErrBuckets = errors.New("store: the database was made with another number of buckets")

// Migration is one numbered step of the schema.
type Migration struct {
	Version    int
	Name       string
	Statements []string // run one by one, in one transaction where the engine can
}

// Migrations lists all steps, first to last.
func Migrations() []Migration {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // only for a malformed pattern
	}
	var all []Migration
	for _, f := range files {
		text, err := migrations.ReadFile(f)
		if err != nil {
			panic(err) // the file is part of the program
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f, "migrations/"), ".sql")
		version, err := strconv.Atoi(name[:4])
		if err != nil {
			panic("store: a migration's name begins with four digits: " + f)
		}
		all = append(all, Migration{version, name, statements(string(text))})
	}
	slices.SortFunc(all, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return all
}

// statements cuts a file where a line ends with a semicolon; our files have none inside a statement.
func statements(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ";\n") {
		if s := strings.TrimSpace(withoutComments(part)); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func withoutComments(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Migrate brings the schema up to date inside tx and answers the number of
// buckets that the database was made with; buckets counts only for a new one.
func Migrate(ctx context.Context, tx Tx, buckets int, dialect func(string) string) (int, error) {
	if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BIGINT NOT NULL)`); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ('buckets', $1), ('version', 0) ON CONFLICT (name) DO NOTHING`, buckets); err != nil {
		return 0, err
	}
	var version int
	if err := tx.Row(`SELECT value FROM settings WHERE name = 'version'`, nil, &version); err != nil {
		return 0, err
	}
	for _, m := range Migrations() {
		if m.Version <= version {
			continue
		}
		for _, s := range m.Statements {
			if _, err := tx.Exec(dialect(s)); err != nil {
				return 0, fmt.Errorf("migration %s: %w", m.Name, err)
			}
		}
		if _, err := tx.Exec(`UPDATE settings SET value = $1 WHERE name = 'version'`, m.Version); err != nil {
			return 0, err
		}
	}
	if err := tx.Row(`SELECT value FROM settings WHERE name = 'buckets'`, nil, &buckets); err != nil {
		return 0, err
	}
	for bucket := range buckets {
		tx.Queue(`INSERT INTO buckets (bucket) VALUES ($1) ON CONFLICT (bucket) DO NOTHING`, bucket)
	}
	return buckets, tx.Flush()
}
