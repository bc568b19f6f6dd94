package postgres_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/store/postgres/pgtest"
)

// server is the one of this test binary. What is said about durability is
// tested on servers of its own.
var server *pgtest.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = pgtest.Launch(append(pgtest.NotDurable(), "max_connections=300")...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = cmp.Or(code, 1)
	}
	os.Exit(code)
}

// kind is one way in which the tables may be laid out.
type kind struct {
	name       string
	partitions int
	buckets    []int // that payments are tested with: one alone spreads over nothing
	database   func(t testing.TB, k kind, buckets int) (url string)
}

// kinds are those that a test runs on. That of a distributed PostgreSQL needs
// a cluster, which a test cannot make:
//
//	PAYCODE_TEST_CITUS_URL=postgres://user:password@coordinator/database go test ./store/postgres/
//
// Every test makes a schema of its own there, distributes its tables as
// deploy/citus.sql says, and drops it.
func kinds() []kind {
	all := []kind{{"plain", 0, []int{1, 16}, shelved}, {"partitioned", 4, []int{16}, shelved}}
	if os.Getenv(citusURL) != "" {
		all = append(all, kind{"citus", 0, []int{1, 16}, distributed})
	}
	return all
}

const citusURL = "PAYCODE_TEST_CITUS_URL"

// shelf keeps databases that tests have given back, empty. To empty one takes a
// tenth of the time that a new one takes.
type shelf struct {
	mu   sync.Mutex
	free map[layout][]string
}

type layout struct{ partitions, buckets int }

var databases = shelf{free: map[layout][]string{}}

// take answers the URL of an empty database with a schema.
func (s *shelf) take(t testing.TB, l layout) string {
	t.Helper()
	url := s.one(l)
	if url == "" {
		url = made(t, l)
	}
	t.Cleanup(func() { // after the engine is closed
		script(t, url, emptied())
		s.mu.Lock()
		defer s.mu.Unlock()
		s.free[l] = append(s.free[l], url)
	})
	return url
}

func (s *shelf) one(l layout) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.free[l]
	if len(all) == 0 {
		return ""
	}
	s.free[l] = all[:len(all)-1]
	return all[len(all)-1]
}

// made is a new database, which stays until the server is gone.
func made(t testing.TB, l layout) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())[:12]
	if err := server.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	open(t, server.URL(name), postgres.Options{Buckets: l.buckets, Partitions: l.partitions}).Close()
	return server.URL(name)
}

// emptied deletes every row but those that the schema begins with.
func emptied() string {
	var b strings.Builder
	for table := range keys() {
		if table != "buckets" {
			fmt.Fprintf(&b, "DELETE FROM %s; ", table)
		}
	}
	return b.String()
}

func shelved(t testing.TB, k kind, buckets int) string {
	t.Helper()
	return databases.take(t, layout{k.partitions, buckets})
}

// distributed makes a schema in the database of a Citus cluster.
func distributed(t testing.TB, _ kind, buckets int) string {
	t.Helper()
	u, err := url.Parse(os.Getenv(citusURL))
	if err != nil {
		t.Fatal("the URL of the cluster cannot be parsed")
	}
	name := "t_" + strings.ToLower(rand.Text())[:12]
	script(t, u.String(), "CREATE SCHEMA "+name)
	t.Cleanup(func() { script(t, os.Getenv(citusURL), "DROP SCHEMA "+name+" CASCADE") })
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	e, err := postgres.Open(t.Context(), u.String(), postgres.Options{Buckets: buckets})
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
	script(t, u.String(), citusScript(t))
	return u.String()
}

func script(t testing.TB, url, statements string) {
	t.Helper()
	ctx := context.Background() // also at the end of a test
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statements, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
}

func citusScript(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/citus.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// engine opens a fresh database, and holds all that is written to the rules.
func (k kind) engine(t testing.TB, buckets int) store.Engine {
	t.Helper()
	return open(t, k.database(t, k, buckets), postgres.Options{Buckets: buckets, Partitions: k.partitions, Tracer: newWatch(t)})
}

func (k kind) db(t testing.TB, buckets int) *store.DB { return store.New(k.engine(t, buckets)) }

func open(t testing.TB, url string, o postgres.Options) *postgres.Engine {
	t.Helper()
	e, err := postgres.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// audited fails unless the books balance.
func audited(t *testing.T, db *store.DB) {
	t.Helper()
	r, err := db.Audit(t.Context())
	if err != nil || !r.Balanced {
		t.Errorf("audit: %v, %v", r.Differences, err)
	}
}
