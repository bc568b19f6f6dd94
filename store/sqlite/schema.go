package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/paycode/paycode/store"
)

func schema() store.Schema {
	return store.Schema{
		Migrations: store.Migrations(), Dialect: withoutRowid,
		Exists: `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`,
	}
}

// withoutRowid keeps a table in the tree of its primary key: without it every
// row would be written twice, once under a hidden number.
func withoutRowid(statement string) string {
	if strings.HasPrefix(statement, "CREATE TABLE") {
		return statement + " WITHOUT ROWID"
	}
	return statement
}

// Plan says what the database file at path has and lacks, and changes nothing.
func Plan(path string) (p store.Plan, err error) {
	err = withWriter(path, func(c *conn) error {
		p, err = schema().Plan(c)
		return err
	})
	return p, err
}

// Migrate brings the database file at path up to date, in one transaction: all
// of it or nothing. A server that has the file open waits meanwhile.
func Migrate(path string) error {
	return withWriter(path, func(c *conn) error { return c.migrate(schema()) })
}

func (c *conn) migrate(s store.Schema) error {
	return c.attempt([]*transaction{{do: func(tx store.Tx) error {
		if _, err := s.Migrate(tx, 1); err != nil {
			return err
		}
		return statistics(tx)
	}}})
}

// withWriter opens a file that is there for one task.
func withWriter(path string, do func(*conn) error) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	c, err := connect(path)
	if err == nil {
		err = do(c)
		c.close()
	}
	if err != nil {
		return fmt.Errorf("sqlite: %s: %w", filepath.Base(path), err)
	}
	return nil
}
