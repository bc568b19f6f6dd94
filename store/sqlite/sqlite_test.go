package sqlite

import (
	"context"
	"errors"
	"path/filepath"
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
