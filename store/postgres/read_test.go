package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
)

// counted is how many gates a kind of reading finds.
func counted(t *testing.T, read func(context.Context, func(store.Tx) error) error) (n int) {
	t.Helper()
	err := read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM gates WHERE bucket = $1`, []any{0}, &n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestReplicaGivesReports, and nothing else, while it can be reached. The other
// database stands for a standby that is behind: it has nothing.
func TestReplicaGivesReports(t *testing.T) {
	replica := server.NewDatabase(t)
	open(t, replica, postgres.Options{}).Close()
	e := open(t, kinds()[0].database(t, kinds()[0], 1), postgres.Options{ReplicaURL: replica})
	if _, err := addGate(t, e, "g"); err != nil {
		t.Fatal(err)
	}
	if read, reported := counted(t, e.Read), counted(t, e.Report); read != 1 || reported != 0 {
		t.Errorf("%d read, %d reported; want 1 and, of the replica, 0", read, reported)
	}
	missing := errors.New("mine")
	if err := e.Report(t.Context(), func(store.Tx) error { return missing }); !errors.Is(err, missing) {
		t.Errorf("an error of the caller's came back as %v", err)
	}
	name := replica[strings.LastIndex(replica, "/")+1 : strings.Index(replica, "?")]
	if err := server.Exec(t.Context(), "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n := counted(t, e.Report); n != 1 {
			t.Errorf("%d reported with the replica away, want 1 of the primary", n)
		}
	}
}

// TestReadIsOneSnapshot that changes nothing.
func TestReadIsOneSnapshot(t *testing.T) {
	e := open(t, kinds()[0].database(t, kinds()[0], 1), postgres.Options{})
	for name, read := range map[string]func(context.Context, func(store.Tx) error) error{"read": e.Read, "report": e.Report} {
		before := counted(t, read)
		err := read(t.Context(), func(tx store.Tx) error {
			for range 2 {
				var n int
				if err := tx.Row(`SELECT COUNT(*) FROM gates WHERE bucket = $1`, []any{0}, &n); err != nil || n != before {
					t.Errorf("%s: %d rows, %v; want %d", name, n, err, before)
				}
				if _, err := addGate(t, e, name); err != nil {
					t.Error(err)
				}
			}
			_, err := tx.Exec(`DELETE FROM gates WHERE bucket = $1`, 0)
			return err
		})
		if err == nil {
			t.Errorf("%s: it could delete", name)
		}
	}
}
