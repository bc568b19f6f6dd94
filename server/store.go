package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/store/sqlite"
)

// ErrDatabase is for a database URL that names no engine of this program.
var ErrDatabase = errors.New("server: the database must be given as sqlite:FILE or as postgres://USER@HOST/DATABASE")

// Database says where everything is kept. All but URL may be left out.
type Database struct {
	// URL is "sqlite:FILE", or that of a PostgreSQL as libpq understands it:
	// "postgres://user:password@host1,host2/database?target_session_attrs=read-write".
	URL string
	// Replica is a standby of that PostgreSQL which gives reports, statements
	// and lists, a little behind, while it can be reached.
	Replica string
	// Buckets is N of a database that is made now; one that is there keeps its own.
	Buckets int
	// Conns is how many connections to PostgreSQL transactions may use at once.
	Conns int
}

// Open opens the database, and makes the schema of an empty one.
// ErrDatabase, store.ErrOutdated, store.ErrNewer.
func (d Database) Open(ctx context.Context) (*store.DB, error) {
	engine, err := d.engine(ctx)
	switch {
	case errors.Is(err, ErrDatabase):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("server: %w", err)
	}
	return store.New(engine), nil
}

func (d Database) engine(ctx context.Context) (store.Engine, error) {
	if path, ok := sqliteFile(d.URL); ok {
		return sqlite.Open(ctx, path, sqlite.Options{Buckets: d.Buckets})
	}
	if isPostgres(d.URL) {
		return postgres.Open(ctx, d.URL, postgres.Options{Buckets: d.Buckets, MaxConns: d.Conns, ReplicaURL: d.Replica})
	}
	return nil, ErrDatabase
}

// OpenStore opens the database of a URL: see Database.
func OpenStore(ctx context.Context, url string) (*store.DB, error) {
	return Database{URL: url}.Open(ctx)
}
