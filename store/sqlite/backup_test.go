package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/store"
)

func silent(int, int) {}

func backup(t *testing.T, from, file string) (ledger.Report, error) {
	t.Helper()
	return Backup(t.Context(), from, file, silent)
}

func restore(t *testing.T, file, path string) (Restored, error) {
	t.Helper()
	return Restore(t.Context(), Restoring{File: file, Path: path, Profile: paycode.DefaultProfile(), Now: time.Now(), Copied: silent, Burned: func(int64, int64) {}})
}

// change runs statements on a database file.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	c, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, s := range statements {
		if err := c.run(s); err != nil {
			t.Fatal(err)
		}
	}
}

// made is a database that is not open, with a row in it.
func made(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a.db")
	if err := open(t, path, 3).Close(); err != nil {
		t.Fatal(err)
	}
	change(t, path, `INSERT INTO gates (bucket, id, name, line, station, created_at) VALUES (0, x'01', 'north', '', '', 7)`)
	return path
}

// names lists a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range all {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// TestBackupIsASnapshot has the server write between any two steps of the copy.
func TestBackupIsASnapshot(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "a.db"), filepath.Join(dir, "copy.db")
	e := open(t, path, 2)
	write := func(round int) {
		err := e.Write(t.Context(), 0, func(tx store.Tx) error {
			for _, name := range []string{"left", "right"} {
				tx.Queue(`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, round)
			}
			if round == 1 {
				tx.Queue(`INSERT INTO gates (bucket, id, name, line, station, created_at)
					WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
					SELECT 0, randomblob(16), hex(zeroblob(1900)), '', '', 0 FROM n`)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	steps, last := 0, 0
	_, err := Backup(t.Context(), path, file, func(pages, of int) {
		if pages <= last || pages > of {
			t.Errorf("%d of %d pages after %d: it began again", pages, of, last)
		}
		steps, last = steps+1, pages
		write(steps + 1)
	})
	if err != nil || steps < 3 {
		t.Fatalf("%d steps, %v", steps, err)
	}
	c, err := connect(file)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var left, right, rows int
	for name, into := range map[string]*int{"left": &left, "right": &right} {
		if err := c.Row(selectValue, []any{name}, into); err != nil {
			t.Fatal(err)
		}
	}
	err = c.Row(`SELECT COUNT(*) FROM gates`, nil, &rows)
	if left != 1 || right != 1 || rows != 3000 || err != nil {
		t.Errorf("left %d, right %d, %d rows, %v: want what there was before the copy began", left, right, rows, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

const selectValue = `SELECT value FROM settings WHERE name = $1`

func TestBackupAndRestoreLeaveOneFileEach(t *testing.T) {
	path, dir := made(t), t.TempDir()
	file, again := filepath.Join(dir, "copy.db"), filepath.Join(dir, "again.db")
	if _, err := backup(t, path, file); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, file, again); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "again.db copy.db" {
		t.Errorf("left behind: %s", got)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("the backup was changed: %v", err)
	}
	e := open(t, again, 1)
	var name string
	err = e.Read(t.Context(), func(tx store.Tx) error { return tx.Row(`SELECT name FROM gates WHERE bucket = 0`, nil, &name) })
	if name != "north" || e.Buckets() != 3 || err != nil {
		t.Errorf("%q, %d buckets, %v", name, e.Buckets(), err)
	}
}

func TestNothingIsReplaced(t *testing.T) {
	path := made(t)
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		dir := t.TempDir()
		target := filepath.Join(dir, "b.db")
		if err := os.WriteFile(target+suffix, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup(t, path, target); !errors.Is(err, ErrTaken) {
			t.Errorf("backup beside b.db%s: %v", suffix, err)
		}
		if _, err := restore(t, path, target); !errors.Is(err, ErrTaken) {
			t.Errorf("restore beside b.db%s: %v", suffix, err)
		}
		if got := names(t, dir); got != "b.db"+suffix {
			t.Errorf("left behind: %s", got)
		}
	}
}

// TestWhatIsNoGoodIsNotKept spoils databases in every way that a check must find.
func TestWhatIsNoGoodIsNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		want  error
	}{
		"no database":     {func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("no", 4096)), 0o600) }, ErrForeign},
		"an empty file":   {func(path string) error { return os.WriteFile(path, nil, 0o600) }, ErrForeign},
		"somebody else's": {func(path string) error { change(t, path, `DROP TABLE settings`); return nil }, ErrForeign},
		"another release": {func(path string) error {
			change(t, path, `UPDATE settings SET value = 9999 WHERE name = 'version'`)
			return nil
		}, store.ErrNewer},
		"unbalanced books": {func(path string) error { change(t, path, strayPosting); return nil }, ErrUnbalanced},
		"half of a file":   {func(path string) error { return os.Truncate(path, 8192) }, ErrDamaged},
		"a spoiled index":  {spoilIndex(t), ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path, dir := made(t), t.TempDir()
			if err := c.spoil(path); err != nil {
				t.Fatal(err)
			}
			if _, err := backup(t, path, filepath.Join(dir, "b.db")); !errors.Is(err, c.want) {
				t.Errorf("backup: %v, want %v", err, c.want)
			}
			if _, err := restore(t, path, filepath.Join(dir, "b.db")); !errors.Is(err, c.want) {
				t.Errorf("restore: %v, want %v", err, c.want)
			}
			if got := names(t, dir); got != "" {
				t.Errorf("left behind: %s", got)
			}
		})
	}
}

const strayPosting = `INSERT INTO transfers (bucket, txn_id, leg, currency, kind, owner, amount, other_kind, other_owner, other_amount, created_at)
	VALUES (0, zeroblob(16), 0, 'CNY', 1, zeroblob(16), 5, 1, zeroblob(16), 0, 0)`

// spoilIndex has an index say something else than its table.
func spoilIndex(t *testing.T) func(string) error {
	return func(path string) error {
		change(t, path, `INSERT INTO webhooks (bucket, id, merchant_id, url, secret, events, created_at) VALUES (0, x'02', x'03', '', x'', '', 0)`,
			`PRAGMA writable_schema = 1`,
			`UPDATE sqlite_schema SET sql = 'CREATE INDEX webhooks_of_merchant ON webhooks (bucket, url)' WHERE name = 'webhooks_of_merchant'`)
		return nil
	}
}

func TestBackupStopsWhenAsked(t *testing.T) {
	path, dir := made(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backup(ctx, path, filepath.Join(dir, "b.db"), silent); !errors.Is(err, context.Canceled) {
		t.Errorf("backup: %v", err)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// TestABackupOfAnOlderSchemaIsAuditedAsItWillBe: a backup is made before a
// migration, by the program that will run it, and stays as it was.
func TestABackupOfAnOlderSchemaIsAuditedAsItWillBe(t *testing.T) {
	path := made(t)
	for _, c := range []struct {
		next store.Schema
		want error
	}{
		{nextSchema(`ALTER TABLE gates ADD COLUMN level BIGINT`), nil},
		{nextSchema(strayPosting), ErrUnbalanced},
	} {
		if _, err := check(path, c.next); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
		if p, err := Plan(path); err != nil || p.Version != schema().Newest() {
			t.Errorf("version %d, %v: something stayed", p.Version, err)
		}
	}
}
