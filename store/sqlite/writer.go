package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// attempts bounds how often a transaction is run that loses races.
const attempts = 12

// Write implements store.Engine. SQLite has one writer, so nobody comes between
// the statements of a transaction; but one that has taken for granted what an
// earlier one made untrue loses its race here as well, and is run again.
// bucket does not matter. It is not cut off by a caller who hangs up once it has
// begun: half of one is of no use to anybody.
func (e *Engine) Write(ctx context.Context, _ int, do func(store.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := e.once(ctx, do)
		if attempt == attempts || !errors.Is(err, store.ErrRace) {
			return err
		}
	}
}

// once runs a transaction in the next batch.
func (e *Engine) once(ctx context.Context, do func(store.Tx) error) error {
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
func (e *Engine) write() {
	defer close(e.idle)
	c := e.writer
	for commits := 1; ; commits++ {
		select {
		case t := <-e.work:
			c.together(e.withWaiting(t))
			if commits%foldEvery == 0 {
				wake(e.folder.due)
			}
		case <-e.folder.anew:
			c.checkpoint()
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

// together commits transactions as one. What one of them is refused with undoes
// that one alone. When the commit fails, or SQLite has ended the transaction
// itself, nothing of any may stay, and each is run again by itself.
func (c *conn) together(all []*transaction) {
	all = c.dismissed(all)
	if err := c.attempt(all); err != nil {
		for _, t := range all {
			if len(all) > 1 {
				err = c.attempt([]*transaction{t})
			}
			t.err = err // not what it was refused with before, beside others that are undone
		}
	}
	for _, t := range all {
		t.err, t.panicked = unwrapPanic(later(t.err))
		close(t.done)
	}
}

// dismissed answers those who have gone before anything was begun, and returns the others.
func (c *conn) dismissed(all []*transaction) []*transaction {
	return slices.DeleteFunc(all, func(t *transaction) bool {
		if t.err = t.ctx.Err(); t.err == nil {
			return false
		}
		close(t.done)
		return true
	})
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

// attempt runs transactions between BEGIN and COMMIT and leaves in each what it
// was refused with. An error means that nothing of any was kept.
func (c *conn) attempt(all []*transaction) error {
	if len(all) == 0 {
		return nil
	}
	if err := c.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	run := c.one
	if len(all) == 1 {
		run = c.alone
	}
	for _, t := range all {
		if err := run(t); err != nil {
			return c.undone(err)
		}
	}
	if err := c.run("COMMIT"); err != nil {
		return c.undone(atCommit(err))
	}
	return nil
}

// undone rolls back after err, unless SQLite has done so itself.
func (c *conn) undone(err error) error {
	if c.c.AutocommitEnabled() {
		return err
	}
	if undo := c.run("ROLLBACK"); undo != nil {
		return fmt.Errorf("%w (and the rollback: %v)", err, undo)
	}
	return err
}

// alone runs the only transaction: what it is refused with undoes everything.
func (c *conn) alone(t *transaction) error { return c.guarded(t.do) }

// one runs a transaction between savepoints, so that a refusal undoes it alone.
// An error means that the transaction around it is lost.
func (c *conn) one(t *transaction) error {
	if err := c.run("SAVEPOINT one"); err != nil {
		return err
	}
	if t.err = c.guarded(t.do); t.err == nil {
		return c.run("RELEASE one")
	}
	if c.c.AutocommitEnabled() {
		return t.err
	}
	if err := c.run("ROLLBACK TO one"); err != nil {
		return err
	}
	return c.run("RELEASE one")
}

// guarded runs do with its queued statements, and turns a panic into an error.
func (c *conn) guarded(do func(store.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked{p}
		}
		c.err = nil
	}()
	if err := do(c); err != nil {
		return err
	}
	return c.err
}
