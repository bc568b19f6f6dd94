package main

import "github.com/paycode/paycode/store/postgres/pgtest"

// privatePostgres is a PostgreSQL of the run's own, as durable as can be. Both
// sides of every comparison use it.
type privatePostgres struct{ server *pgtest.Server }

// launch starts it and answers the URL of its database.
func (p *privatePostgres) launch() (database string, err error) {
	p.server, err = pgtest.Launch("fsync=on", "synchronous_commit=on", "full_page_writes=on",
		"shared_buffers=1GB", "max_wal_size=16GB", "wal_compression=lz4", "checkpoint_timeout=30min", "max_connections=200")
	if err != nil {
		return "", err
	}
	return p.server.URL("postgres"), nil
}

func (p *privatePostgres) close() error {
	if p.server == nil {
		return nil
	}
	return p.server.Close()
}
