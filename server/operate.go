package server

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/store/sqlite"
)

// ErrNotCopied is for a database that has tools of its own for backups.
var ErrNotCopied = errors.New("server: only sqlite:FILE is copied here; for PostgreSQL use pg_basebackup or pgBackRest with archived WAL, as docs/operate.md shows")

// sqliteFile is the path in a URL that names an SQLite database.
func sqliteFile(url string) (path string, ok bool) {
	path, ok = strings.CutPrefix(url, "sqlite:")
	return path, ok && path != ""
}

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// PlanStore says what the schema of a database has and lacks, and changes nothing. store.ErrNewer.
func PlanStore(ctx context.Context, url string) (store.Plan, error) {
	if path, ok := sqliteFile(url); ok {
		return sqlite.Plan(path)
	}
	if isPostgres(url) {
		return postgres.Plan(ctx, url)
	}
	return store.Plan{}, ErrDatabase
}

// MigrateStore runs what the schema of a database lacks. store.ErrNewer.
func MigrateStore(ctx context.Context, url string) error {
	if path, ok := sqliteFile(url); ok {
		return sqlite.Migrate(path)
	}
	if isPostgres(url) {
		return postgres.Migrate(ctx, url)
	}
	return ErrDatabase
}

// MigrateIfThere is MigrateStore for a database that may be yet to be made.
func MigrateIfThere(ctx context.Context, url string) error {
	err := MigrateStore(ctx, url)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// BackupStore copies a database that may be in use to a new file: see sqlite.Backup. ErrNotCopied.
func BackupStore(ctx context.Context, url, file string, copied func(pages, of int)) (ledger.Report, error) {
	path, ok := sqliteFile(url)
	if !ok {
		return ledger.Report{}, ErrNotCopied
	}
	return sqlite.Backup(ctx, path, file, copied)
}

// RestoreStore makes the database of a URL: see sqlite.Restore; its Path is taken from there. ErrNotCopied.
func RestoreStore(ctx context.Context, url string, r sqlite.Restoring) (sqlite.Restored, error) {
	path, ok := sqliteFile(url)
	if !ok {
		return sqlite.Restored{}, ErrNotCopied
	}
	r.Path = path
	return sqlite.Restore(ctx, r)
}
