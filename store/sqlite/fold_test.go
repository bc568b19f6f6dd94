package sqlite

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/paycode/paycode/store"
)

// TestLogBeginsAnew while writers never rest: what is written is many times what the log may
// have, and somebody reads all the time.
func TestLogBeginsAnew(t *testing.T) {
	const long, writers, each, page = 500, 4, 2500, 4096
	path := filepath.Join(t.TempDir(), "a.db")
	e := open(t, path, 1)
	e.folder.long = long
	if err := e.Write(t.Context(), 0, func(tx store.Tx) error {
		_, err := tx.Exec(`CREATE TABLE blobs (id INTEGER PRIMARY KEY, body BLOB)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				err := e.Write(t.Context(), 0, func(tx store.Tx) error {
					_, err := tx.Exec(`INSERT INTO blobs (body) VALUES ($1)`, make([]byte, page))
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		all.Wait()
	}()
	longest := int64(0)
	for written := false; !written; {
		select {
		case <-done:
			written = true
		default:
		}
		var last int
		if err := e.Read(t.Context(), func(tx store.Tx) error { return tx.Row(`SELECT COALESCE(MAX(id), 0) FROM blobs`, nil, &last) }); err != nil {
			t.Fatal(err)
		}
		if log, err := os.Stat(path + "-wal"); err == nil {
			longest = max(longest, log.Size()/page)
		}
	}
	t.Logf("the log had %d pages at most", longest)
	if total := int64(2 * writers * each); longest > total/2 {
		t.Errorf("the log grew to %d pages of %d that were written", longest, total)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		t.Errorf("a log of %d bytes is left", log.Size())
	}
	e = open(t, path, 1)
	count, verdict := 0, ""
	if err := e.Read(t.Context(), func(tx store.Tx) error {
		if err := tx.Row(`PRAGMA integrity_check`, nil, &verdict); err != nil {
			return err
		}
		return tx.Row(`SELECT COUNT(*) FROM blobs`, nil, &count)
	}); err != nil || verdict != "ok" || count != writers*each {
		t.Errorf("%d rows of %d, %s, %v", count, writers*each, verdict, err)
	}
}
