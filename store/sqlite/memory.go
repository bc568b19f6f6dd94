package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/paycode/paycode/store"
)

// Memory is an engine that keeps everything in memory, and forgets it when it
// is closed: for simulations. It runs a transaction at once, in the caller's
// goroutine, so only one may call it at a time.
type Memory struct {
	c       *conn
	buckets int
}

// OpenMemory makes an empty database with a number of buckets, at least 1.
func OpenMemory(buckets int) (*Memory, error) {
	c, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenMemory)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open in memory: %w", err)
	}
	m := &Memory{c: &conn{c: c, stmts: map[string]*statement{}}}
	err = m.Write(context.Background(), 0, func(tx store.Tx) (err error) {
		m.buckets, err = schema().Open(tx, buckets)
		return err
	})
	if err != nil {
		m.Close()
		return nil, fmt.Errorf("sqlite: open in memory: %w", err)
	}
	return m, nil
}

// Write implements store.Engine.
func (m *Memory) Write(_ context.Context, _ int, do func(store.Tx) error) error {
	err, panicked := unwrapPanic(m.c.attempt([]*transaction{{do: do}}))
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// Read implements store.Engine. Nobody can write meanwhile.
func (m *Memory) Read(_ context.Context, do func(store.Tx) error) error {
	err := do(m.c)
	m.c.err = nil
	return err
}

// Report implements store.Engine.
func (m *Memory) Report(ctx context.Context, do func(store.Tx) error) error { return m.Read(ctx, do) }

// ForUpdate implements store.Engine.
func (m *Memory) ForUpdate() string { return "" }

// Buckets implements store.Engine.
func (m *Memory) Buckets() int { return m.buckets }

// Close forgets everything.
func (m *Memory) Close() error { return m.c.close() }
