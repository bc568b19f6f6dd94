package main

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/paycode/paycode/store/postgres/pgtest"
)

// privatePostgres is a PostgreSQL of the run's own, as durable as can be, and as
// docs/operate.md would have it. Both sides of every comparison use it.
type privatePostgres struct{ server *pgtest.Server }

// mostBuffers is more than what is measured touches.
const mostBuffers = 4 << 10 // MB

// launch starts it and answers the URL of its database.
func (p *privatePostgres) launch() (database string, err error) {
	var machine unix.Sysinfo_t
	if err := unix.Sysinfo(&machine); err != nil {
		return "", err
	}
	quarter := uint64(machine.Totalram) * uint64(machine.Unit) / 4 >> 20
	p.server, err = pgtest.Launch("fsync=on", "synchronous_commit=on", "full_page_writes=on",
		fmt.Sprintf("shared_buffers=%dMB", min(quarter, mostBuffers)),
		"max_wal_size=16GB", "wal_compression=lz4", "checkpoint_timeout=30min", "max_connections=200")
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
