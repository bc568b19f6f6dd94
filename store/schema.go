package store

import (
	"errors"
	"fmt"
)

// ErrOutdated is answered for a database whose schema is of an earlier version
// than this program's. Nothing that holds money is changed in passing: somebody
// says when, and has a backup.
var ErrOutdated = errors.New("store: the database has an older schema: paycode admin migrate brings it up to date")

// ErrNewer is answered for a database whose schema is of a later version than
// this program knows.
var ErrNewer = errors.New("store: the database has a newer schema than this program knows")

// Schema is what an engine's databases should have.
type Schema struct {
	// Migrations lead to it, first to last: Migrations(), but for tests.
	Migrations []Migration
	// Dialect puts a statement of a migration in the engine's words.
	Dialect func(string) string
	// Exists is a query that counts the tables named $1.
	Exists string
}

// Plan is what a database has of a schema, and what it lacks.
type Plan struct {
	Version int         // of the last migration that was run; 0 for an empty database
	Missing []Migration // first to last, in the engine's words
}

const (
	createSettings = `CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BIGINT NOT NULL)`
	insertSettings = `INSERT INTO settings (name, value) VALUES ('buckets', $1), ('version', 0) ON CONFLICT (name) DO NOTHING`
	// Whoever comes second waits here, where an engine has several writers, and sees what the first has done.
	lockVersion   = `UPDATE settings SET value = value WHERE name = 'version'`
	updateVersion = `UPDATE settings SET value = $1 WHERE name = 'version'`
	selectSetting = `SELECT value FROM settings WHERE name = $1`
	insertBucket  = `INSERT INTO buckets (bucket) VALUES ($1) ON CONFLICT (bucket) DO NOTHING`
)

// Plan looks at a database and changes nothing. ErrNewer.
func (s Schema) Plan(tx Tx) (p Plan, err error) {
	var there int
	if err := tx.Row(s.Exists, []any{"settings"}, &there); err != nil {
		return p, err
	}
	if there > 0 {
		if err := tx.Row(selectSetting, []any{"version"}, &p.Version); err != nil {
			return p, err
		}
	}
	for _, m := range s.Migrations {
		if m.Version > p.Version {
			p.Missing = append(p.Missing, s.translated(m))
		}
	}
	if p.Version > s.Newest() {
		return p, fmt.Errorf("%w: %d, and %d", ErrNewer, p.Version, s.Newest())
	}
	return p, nil
}

// Newest is the version of the last migration.
func (s Schema) Newest() (version int) {
	for _, m := range s.Migrations {
		version = max(version, m.Version)
	}
	return version
}

func (s Schema) translated(m Migration) Migration {
	own := make([]string, len(m.Statements))
	for i, statement := range m.Statements {
		own[i] = s.Dialect(statement)
	}
	m.Statements = own
	return m
}

// Open answers the number of buckets that the database was made with. An empty
// one gets the schema and that many. ErrOutdated, ErrNewer.
func (s Schema) Open(tx Tx, buckets int) (int, error) {
	p, err := s.Plan(tx)
	switch {
	case err != nil:
		return 0, err
	case p.Version == 0:
		return s.Migrate(tx, buckets)
	case len(p.Missing) > 0:
		return 0, fmt.Errorf("%w (it has version %d, and lacks %d)", ErrOutdated, p.Version, len(p.Missing))
	}
	return bucketsOf(tx)
}

// Migrate runs what a database lacks and answers its number of buckets; buckets
// counts only for an empty one. ErrNewer.
func (s Schema) Migrate(tx Tx, buckets int) (int, error) {
	if _, err := tx.Exec(createSettings); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(insertSettings, buckets); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(lockVersion); err != nil {
		return 0, err
	}
	p, err := s.Plan(tx)
	if err != nil {
		return 0, err
	}
	for _, m := range p.Missing {
		if err := m.run(tx); err != nil {
			return 0, fmt.Errorf("migration %s: %w", m.Name, err)
		}
	}
	if buckets, err = bucketsOf(tx); err != nil {
		return 0, err
	}
	for bucket := range buckets {
		tx.Queue(insertBucket, bucket)
	}
	return buckets, tx.Flush()
}

func (m Migration) run(tx Tx) error {
	for _, statement := range m.Statements {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	_, err := tx.Exec(updateVersion, m.Version)
	return err
}

func bucketsOf(tx Tx) (n int, err error) {
	err = tx.Row(selectSetting, []any{"buckets"}, &n)
	return n, err
}
