package sqlite

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/paycode/paycode/store"
)

// busyPatience is how long a connection waits for another process that holds
// the file, a backup or an audit, before it gives up.
const busyPatience = 10 * time.Second

// pragmas of every connection. synchronous=FULL makes each commit wait for the
// disk. The automatic checkpoint, by the writer, is for a folder that does not keep up.
var pragmas = []string{"synchronous = FULL", "wal_autocheckpoint = 100000", "cache_size = -49152", "temp_store = MEMORY"}

// conn is one connection with its statements, prepared once. It serves one
// goroutine at a time.
type conn struct {
	c     *sqlite.Conn
	stmts map[string]*statement
	args  []any // of one statement of many
	err   error // of a queued statement
}

// statement knows which argument each of its parameters is: SQLite numbers
// them as they appear, so the $3 of a statement may be the first.
type statement struct {
	*sqlite.Stmt
	argument []int
}

func connect(path string, extra ...string) (*conn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenWAL)
	if err != nil {
		return nil, err
	}
	c.SetBusyTimeout(busyPatience)
	n := &conn{c: c, stmts: map[string]*statement{}}
	for _, p := range append(append([]string{}, pragmas...), extra...) {
		if err := n.Rows("PRAGMA "+p, nil, func(func(...any) error) error { return nil }); err != nil {
			c.Close()
			return nil, err
		}
	}
	return n, nil
}

// close also finalizes the statements.
func (c *conn) close() error { return c.c.Close() }

// run executes a statement that answers no rows.
func (c *conn) run(query string) error {
	_, err := c.Exec(query)
	return err
}

func (c *conn) prepare(query string, args []any) (*statement, error) {
	if c.err != nil {
		return nil, c.err // SQLite may have ended the transaction: nothing may be written outside of it
	}
	s, ok := c.stmts[query]
	if !ok {
		var err error
		if s, err = c.compile(query); err != nil {
			return nil, fmt.Errorf("prepare %.60q: %w", query, err)
		}
		c.stmts[query] = s
	}
	for i, n := range s.argument {
		if n > len(args) {
			return nil, fmt.Errorf("%.60q needs $%d, and has %d arguments", query, n, len(args))
		}
		if err := bind(s.Stmt, i+1, args[n-1]); err != nil {
			return nil, fmt.Errorf("$%d of %.60q: %w", n, query, err)
		}
	}
	return s, nil
}

func (c *conn) compile(query string) (*statement, error) {
	p, err := c.c.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: p, argument: make([]int, p.BindParamCount())}
	for i := range s.argument {
		n, err := strconv.Atoi(strings.TrimPrefix(p.BindParamName(i+1), "$"))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("parameter %q", p.BindParamName(i+1))
		}
		s.argument[i] = n
	}
	return s, nil
}

// Exec implements store.Tx.
func (c *conn) Exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query, args)
	if err != nil {
		return 0, err
	}
	defer s.Reset()
	if _, err := s.Step(); err != nil {
		return 0, err
	}
	return int64(c.c.Changes()), nil
}

// Whole implements store.Tx: nothing is far away.
func (c *conn) Whole() {}

// Queue implements store.Tx: the database is in this process, so nothing is
// gained by waiting.
func (c *conn) Queue(query string, args ...any) {
	if c.err == nil {
		_, c.err = c.Exec(query, args...)
	}
}

// QueueOne implements store.Tx.
func (c *conn) QueueOne(query string, args ...any) {
	if c.err != nil {
		return
	}
	var n int64
	if n, c.err = c.Exec(query, args...); c.err == nil && n != 1 {
		c.err = fmt.Errorf("%w: %.40q changed %d rows", store.ErrRace, query, n)
	}
}

// Each implements store.Tx.
func (c *conn) Each(s *store.ForEach, bucket int, rows [][]any) {
	for _, row := range rows {
		c.QueueOne(s.One, c.withBucket(bucket, row)...)
	}
}

// Find implements store.Tx.
func (c *conn) Find(s *store.ForEach, bucket int, keys [][]any, found func(scan func(dest ...any) error) error) {
	for _, key := range keys {
		if c.err == nil {
			c.err = c.Rows(s.One, c.withBucket(bucket, key), found)
		}
	}
}

// withBucket is $1 and the values of a row, until it is called again.
func (c *conn) withBucket(bucket int, row []any) []any {
	c.args = append(append(c.args[:0], bucket), row...)
	return c.args
}

// Flush implements store.Tx.
func (c *conn) Flush() error { return c.err }

// Row implements store.Tx.
func (c *conn) Row(query string, args []any, dest ...any) error {
	s, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	defer s.Reset()
	there, err := s.Step()
	switch {
	case err != nil:
		return err
	case !there:
		return store.ErrNotFound
	}
	return scan(s.Stmt, dest)
}

// Rows implements store.Tx. each must not run the same query again.
func (c *conn) Rows(query string, args []any, each func(scan func(dest ...any) error) error) error {
	s, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	defer s.Reset()
	for {
		there, err := s.Step()
		if err != nil || !there {
			return err
		}
		if err := each(func(dest ...any) error { return scan(s.Stmt, dest) }); err != nil {
			return err
		}
	}
}
