package sqlite

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/store"
)

// maxTogether is how many transactions are committed at once.
const maxTogether = 64

// transaction is one that waits for the writer.
type transaction struct {
	ctx      context.Context
	do       func(store.Tx) error
	err      error
	panicked any
	done     chan struct{}
}

// Write implements store.Engine. SQLite has one writer, so a transaction never
// loses a race and bucket does not matter. It is not cut off by a caller who
// hangs up once it has begun: half of one is of no use to anybody.
func (e *Engine) Write(ctx context.Context, _ int, do func(store.Tx) error) error {
	t := &transaction{ctx: ctx, do: do, done: make(chan struct{})}
	select {
	case e.work <- t:
	case <-e.gone:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-t.done:
	case <-e.idle:
		select {
		case <-t.done:
		default:
			return ErrClosed // it came in behind the last one
		}
	}
	if t.panicked != nil {
		panic(t.panicked)
	}
	return t.err
}

// write is the writer: it takes what waits and commits it together.
func (e *Engine) write(c *conn) {
	defer close(e.idle)
	defer func() { e.closed = c.close() }()
	for {
		select {
		case t := <-e.work:
			c.together(e.withWaiting(t))
		case <-e.gone:
			for len(e.work) > 0 {
				c.together(e.withWaiting(<-e.work))
			}
			return
		}
	}
}

func (e *Engine) withWaiting(first *transaction) []*transaction {
	all := []*transaction{first}
	for len(all) < maxTogether && len(e.work) > 0 {
		all = append(all, <-e.work)
	}
	return all
}

// together commits transactions as one. When one of them fails, nothing of it
// may stay, so all are undone and each is run by itself.
func (c *conn) together(all []*transaction) {
	if err := c.attempt(all); err != nil && len(all) > 1 {
		for _, t := range all {
			t.err, t.panicked = unwrapPanic(c.attempt([]*transaction{t}))
		}
	} else {
		for _, t := range all {
			t.err, t.panicked = unwrapPanic(err)
		}
	}
	for _, t := range all {
		close(t.done)
	}
}

// panicked carries a panic to the goroutine whose transaction it was.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprint("panic: ", p.value) }

func unwrapPanic(err error) (error, any) {
	if p, ok := err.(panicked); ok {
		return nil, p.value
	}
	return err, nil
}

// attempt runs transactions between BEGIN and COMMIT, all or nothing.
func (c *conn) attempt(all []*transaction) (err error) {
	c.err = nil
	if err := c.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, t := range all {
		if err = c.one(t); err != nil {
			break
		}
	}
	if err == nil {
		if err = c.run("COMMIT"); err == nil {
			return nil
		}
	}
	if !c.c.AutocommitEnabled() { // some failures have undone everything themselves
		if undo := c.run("ROLLBACK"); undo != nil {
			return fmt.Errorf("%w (and the rollback: %v)", err, undo)
		}
	}
	return err
}

func (c *conn) one(t *transaction) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked{p}
		}
	}()
	if err := t.ctx.Err(); err != nil {
		return err // whoever asked has gone, and nothing was begun
	}
	if err := t.do(c); err != nil {
		return err
	}
	return c.err
}
