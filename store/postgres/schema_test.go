package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
)

// TestManyServersStartAtOnce on an empty database: one of them makes the
// schema, and the number of buckets is that one's.
func TestManyServersStartAtOnce(t *testing.T) {
	url := server.NewDatabase(t)
	var wg sync.WaitGroup
	buckets := make([]int, 8)
	for i := range buckets {
		wg.Go(func() {
			e, err := postgres.Open(t.Context(), url, postgres.Options{Buckets: 2 + i, MaxConns: 2})
			if err != nil {
				t.Error(err)
				return
			}
			buckets[i] = e.Buckets()
			e.Close()
		})
	}
	wg.Wait()
	for _, n := range buckets {
		if n != buckets[0] || n < 2 || n > 9 {
			t.Fatalf("buckets %v", buckets)
		}
	}
	e := open(t, url, postgres.Options{Buckets: 100})
	var rows int
	err := e.Read(t.Context(), func(tx store.Tx) error { return tx.Row(`SELECT COUNT(*) FROM buckets`, nil, &rows) })
	if err != nil || e.Buckets() != buckets[0] || rows != buckets[0] {
		t.Errorf("opened again: %d buckets in %d rows, %v; want %d", e.Buckets(), rows, err, buckets[0])
	}
}

// newest is the version of the schema that this release makes.
var newest = store.Schema{Migrations: store.Migrations()}.Newest()

// TestInterruptedSchemaGoesOn: every statement may be run again.
func TestInterruptedSchemaGoesOn(t *testing.T) {
	url := server.NewDatabase(t)
	open(t, url, postgres.Options{Buckets: 3}).Close()
	script(t, url, `UPDATE settings SET value = 0 WHERE name = 'version'; DROP TABLE orders; DELETE FROM buckets WHERE bucket = 1`)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	p, err := postgres.Plan(t.Context(), url)
	if err != nil || p.Version != newest || len(p.Missing) != 0 {
		t.Errorf("plan %d, %d missing, %v", p.Version, len(p.Missing), err)
	}
	script(t, url, `DO $$ BEGIN ASSERT (SELECT COUNT(*) FROM buckets) = 3; ASSERT (SELECT COUNT(*) FROM orders) = 0; END $$`)
}

// TestLastMigrationsGoOn: a crash behind the statements of a migration has them run once more.
func TestLastMigrationsGoOn(t *testing.T) {
	url := server.NewDatabase(t)
	open(t, url, postgres.Options{}).Close()
	for version := range newest {
		script(t, url, fmt.Sprintf(`UPDATE settings SET value = %d WHERE name = 'version'`, version))
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Errorf("from version %d: %v", version, err)
		}
	}
}

func TestSchemaOfAnotherRelease(t *testing.T) {
	url := server.NewDatabase(t)
	if p, err := postgres.Plan(t.Context(), url); err != nil || p.Version != 0 || len(p.Missing) == 0 {
		t.Errorf("plan of an empty database: %d, %v", p.Version, err)
	}
	open(t, url, postgres.Options{}).Close()
	script(t, url, fmt.Sprintf(`UPDATE settings SET value = %d WHERE name = 'version'`, newest+1))
	if _, err := postgres.Open(t.Context(), url, postgres.Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opened a newer one: %v", err)
	}
}

// TestRoomOnPages: what every payment updates has room for it on the same page.
func TestRoomOnPages(t *testing.T) {
	for _, k := range kinds()[:2] {
		url := k.database(t, k, 1)
		script(t, url, `DO $$ BEGIN ASSERT (SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND
			relname SIMILAR TO '(accounts|devices)(_[0-9]+)?' AND 'fillfactor=80' = ANY (reloptions)) = `+fmt.Sprint(2*max(k.partitions, 1))+`; END $$`)
	}
}

// TestNoPasswordInErrors: errors are logged.
func TestNoPasswordInErrors(t *testing.T) {
	const secret = "sup3r%40secr3t"
	for _, url := range []string{
		"postgres://u:" + secret + "@127.0.0.1:1/db?sslmode=disable",
		"postgres://u:" + secret + "@127.0.0.1:1/db?sslmode=nonsense",
		"postgres://u:" + secret + "@127.0.0.1:port/db",
		"postgres://u:" + secret + "@[::1/db",
		"postgres://u:" + secret + "%zz@127.0.0.1:1/db",
		"postgres://127.0.0.1:1/db?user=u&password=" + secret,
		strings.Replace(server.URL("postgres"), "paycode:", "paycode:"+secret, 1),
	} {
		for _, o := range []postgres.Options{{}, {ReplicaURL: url}} {
			primary := url
			if o.ReplicaURL != "" {
				primary = kinds()[0].database(t, kinds()[0], 1)
			}
			e, err := postgres.Open(t.Context(), primary, o)
			if err == nil {
				e.Close() // a replica may be away
			}
			if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, "sup3r") || strings.Contains(text, "secr3t") {
				t.Errorf("%s", text)
			}
		}
	}
}
