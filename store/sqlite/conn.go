package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/paycode/paycode/store"
)

// conn is one connection with its statements, prepared once: preparing again
// costs more than the statement itself.
type conn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt
	err   error // of a queued statement
}

func newConn(c *sql.Conn) *conn { return &conn{c: c, stmts: map[string]*sql.Stmt{}} }

func (c *conn) close() {
	for _, s := range c.stmts {
		s.Close()
	}
	c.c.Close()
}

// transaction runs do between begin and COMMIT. It is not cut off by a caller
// who hangs up: a transaction here lasts milliseconds, and half of one is of no
// use to anybody.
func (c *conn) transaction(begin string, do func(store.Tx) error) (err error) {
	c.err = nil
	if _, err := c.Exec(begin); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			c.Exec("ROLLBACK")
			panic(p)
		}
	}()
	if err = do(c); err == nil {
		err = c.err
	}
	if err == nil {
		if _, err = c.Exec("COMMIT"); err == nil {
			return nil
		}
	}
	if _, undo := c.Exec("ROLLBACK"); undo != nil {
		return fmt.Errorf("%w (and the rollback: %v)", err, undo)
	}
	return err
}

func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	s, err := c.c.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60q: %w", query, err)
	}
	c.stmts[query] = s
	return s, nil
}

// Exec implements store.Tx.
func (c *conn) Exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

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

// Row implements store.Tx.
func (c *conn) Row(query string, args []any, dest ...any) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	err = s.QueryRow(args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

// Rows implements store.Tx.
func (c *conn) Rows(query string, args []any, each func(scan func(dest ...any) error) error) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
