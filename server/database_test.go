package server_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/store/postgres/pgtest"
)

// TestDatabaseURLs: PostgreSQL in both spellings, and of several hosts the one
// that takes transactions.
func TestDatabaseURLs(t *testing.T) {
	url := pgtest.Start(t, pgtest.NotDurable()...).NewDatabase(t)
	several := strings.Replace(url, "@", "@127.0.0.1:1,", 1) + "&target_session_attrs=read-write"
	for _, d := range []server.Database{
		{URL: url, Buckets: 4}, {URL: strings.Replace(url, "postgres:", "postgresql:", 1)}, {URL: several, Replica: url, Conns: 2},
	} {
		db, err := d.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r, err := db.Audit(t.Context()); err != nil || !r.Balanced || db.Buckets() != 4 {
			t.Errorf("%d buckets, %v, %v", db.Buckets(), r, err)
		}
		db.Close()
	}
	for _, url := range []string{"", "sqlite:", "mysql://x", "postgres:x"} {
		if _, err := server.OpenStore(t.Context(), url); !errors.Is(err, server.ErrDatabase) {
			t.Errorf("%q: %v", url, err)
		}
	}
}
