package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/paycode/paycode/store"
)

func open(t *testing.T, path string, buckets int) *Engine {
	t.Helper()
	e, err := Open(t.Context(), path, Options{Buckets: buckets})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestBucketsAreFixedByTheFirstOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?%.db")
	e := open(t, path, 16)
	if e.Buckets() != 16 {
		t.Fatalf("buckets = %d", e.Buckets())
	}
	e.Close()
	if e := open(t, path, 4); e.Buckets() != 16 {
		t.Errorf("buckets after opening again = %d, want 16", e.Buckets())
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	insert := `INSERT INTO settings (name, value) VALUES ($1, 1)`
	failed := errors.New("no")
	for _, do := range []func(store.Tx) error{
		func(tx store.Tx) error { tx.Exec(insert, "a"); return failed },
		func(tx store.Tx) error { tx.Queue(insert, "b"); tx.Queue(insert, "b"); return nil },
	} {
		if err := e.Write(t.Context(), 0, do); err == nil {
			t.Error("no error")
		}
	}
	var n int
	err := e.Read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM settings WHERE name IN ('a', 'b')`, nil, &n)
	})
	if err != nil || n != 0 {
		t.Errorf("%d rows of failed transactions, %v", n, err)
	}
}

// TestRefusalsLeaveOthersAlone has good and refused transactions wait together:
// they are committed together, and the refused ones leave nothing.
func TestRefusalsLeaveOthersAlone(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	refused := errors.New("no")
	gone, cancel := context.WithCancel(t.Context())
	block := make(chan struct{})
	begun := make(chan struct{})
	go e.Write(t.Context(), 0, func(store.Tx) error { close(begun); <-block; return nil })
	<-begun
	var wg sync.WaitGroup
	var runs atomic.Int64
	for i := range 40 {
		wg.Go(func() {
			ctx := t.Context()
			if i%4 == 3 {
				ctx = gone
			}
			err := e.Write(ctx, 0, func(tx store.Tx) error {
				runs.Add(1)
				tx.Queue(`INSERT INTO settings (name, value) VALUES ($1, 1)`, fmt.Sprint("row", i))
				switch i % 4 {
				case 1:
					return refused
				case 2: // a queued statement fails, and what comes behind it must not be written
					tx.Queue(`INSERT INTO settings (name, value) VALUES ('buckets', 1)`)
					_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, 1)`, fmt.Sprint("behind", i))
					return err
				}
				return nil
			})
			if (err == nil) != (i%4 == 0) {
				t.Errorf("transaction %d: %v", i, err)
			}
		})
	}
	for len(e.work) < 40 {
		runtime.Gosched()
	}
	cancel()
	close(block)
	wg.Wait()
	if runs.Load() != 30 {
		t.Errorf("%d runs of 30 transactions: some were run again", runs.Load())
	}
	var kept int
	err := e.Read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM settings WHERE name NOT IN ('buckets', 'version')`, nil, &kept)
	})
	if err != nil || kept != 10 {
		t.Errorf("%d rows kept, want 10, %v", kept, err)
	}
}

// TestLostRaceIsRunAgain: a transaction that finds that a row is there already
// gets another chance to look first, and not for ever.
func TestLostRaceIsRunAgain(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	for _, c := range []struct {
		lost int // runs that insert a row that is there
		want error
	}{{1, nil}, {3, nil}, {1000, store.ErrRace}} {
		runs := 0
		err := e.Write(t.Context(), 0, func(tx store.Tx) error {
			if runs++; runs <= c.lost {
				tx.QueueOne(`INSERT INTO settings (name, value) VALUES ('buckets', 1) ON CONFLICT DO NOTHING`)
			}
			return nil
		})
		if !errors.Is(err, c.want) || err != nil && c.want == nil || runs > attempts {
			t.Errorf("%d races lost: %d runs, %v", c.lost, runs, err)
		}
	}
}

// TestUndoneTogetherAnsweredAnew: a transaction that ends everything, as SQLite
// does when the disk fails, has the others run again, and what counts is what
// they came to then.
func TestUndoneTogetherAnsweredAnew(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	begun, block := make(chan struct{}), make(chan struct{})
	go e.Write(t.Context(), 0, func(store.Tx) error { close(begun); <-block; return nil })
	<-begun
	var wg sync.WaitGroup
	runs := 0
	wg.Go(func() {
		err := e.Write(t.Context(), 0, func(tx store.Tx) error {
			if runs++; runs == 1 {
				return errors.New("refused because of another one")
			}
			_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ('second', 1)`)
			return err
		})
		if err != nil {
			t.Errorf("refused at first, written at last: %v", err)
		}
	})
	for len(e.work) < 1 {
		runtime.Gosched()
	}
	wg.Go(func() {
		err := e.Write(t.Context(), 0, func(tx store.Tx) error {
			_, err := tx.Exec(`INSERT OR ROLLBACK INTO settings (name, value) VALUES ('buckets', 1)`)
			return err
		})
		if err == nil {
			t.Error("the one that ended everything was answered without an error")
		}
	})
	for len(e.work) < 2 {
		runtime.Gosched()
	}
	close(block)
	wg.Wait()
	var kept int
	err := e.Read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM settings WHERE name = 'second'`, nil, &kept)
	})
	if err != nil || kept != 1 || runs != 2 {
		t.Errorf("%d rows after %d runs, %v", kept, runs, err)
	}
}

func TestPanicIsItsOwnersAlone(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	defer func() {
		if recover() != "ouch" {
			t.Error("the panic did not come back")
		}
		if err := e.Write(t.Context(), 0, func(store.Tx) error { return nil }); err != nil {
			t.Errorf("the next transaction: %v", err)
		}
	}()
	e.Write(t.Context(), 0, func(store.Tx) error { panic("ouch") })
}

func TestReadChangesNothing(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	err := e.Read(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(`DELETE FROM settings`)
		return err
	})
	if err == nil {
		t.Error("a reader could delete")
	}
}

func TestGoneCallerBeginsNothing(t *testing.T) {
	e := open(t, filepath.Join(t.TempDir(), "a.db"), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Write(ctx, 0, func(store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}
