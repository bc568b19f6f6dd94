package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"github.com/paycode/paycode/atomicfile"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/store"
)

// Errors of backups.
var (
	// ErrTaken is answered when there is a file already where one should be made.
	ErrTaken = errors.New("sqlite: there is such a file already, and it is not replaced")
	// ErrForeign is answered for a file that is no database of paycode.
	ErrForeign = errors.New("sqlite: the file holds no paycode database")
	// ErrDamaged is answered for a database whose pages contradict each other.
	ErrDamaged = errors.New("sqlite: the database is damaged")
	// ErrUnbalanced is answered for a copy whose books do not balance.
	ErrUnbalanced = errors.New("sqlite: the books do not balance")
)

// pagesAtOnce are copied between two looks at whether to go on.
const pagesAtOnce = 1024

// Backup copies the database at path to a new file, while a server writes to
// it: the copy is one snapshot. It is there under its name only once it has been
// read back in full, its books audited, and it is on the disk. copied is told
// how many of how many pages are done. ErrTaken, ErrForeign, ErrDamaged,
// ErrUnbalanced; store.ErrNewer.
func Backup(ctx context.Context, path, file string, copied func(pages, of int)) (report ledger.Report, err error) {
	from, err := plain(path, sqlite.OpenReadWrite)
	if err != nil {
		return report, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	defer from.close()
	err = making(file, func(temp string) error {
		if err := from.copyTo(ctx, temp, copied); err != nil {
			return err
		}
		report, err = check(temp, schema())
		return err
	})
	return report, err
}

// making has a file made under another name beside it, and gives it its own at the end.
func making(file string, do func(temp string) error) error {
	if err := mustBeFree(file); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*") // for its owner alone
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	temp := f.Name()
	f.Close()
	defer func() {
		for _, suffix := range append(besides, "") {
			os.Remove(temp + suffix) // nothing is left of it after a success
		}
	}()
	if err := do(temp); err != nil {
		return err
	}
	err = atomicfile.Publish(temp, file)
	if errors.Is(err, fs.ErrExist) {
		return ErrTaken
	}
	return err
}

// besides are the ends of the names of files that belong to a database.
var besides = []string{"-wal", "-shm", "-journal"}

// mustBeFree also wants nothing beside the file: a log that was left there would
// be taken for the new file's.
func mustBeFree(file string) error {
	for _, suffix := range append(besides, "") {
		if _, err := os.Lstat(file + suffix); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s", ErrTaken, file+suffix)
		}
	}
	return nil
}

// plain opens a file that is there, as it is.
func plain(path string, flag sqlite.OpenFlags) (*conn, error) {
	c, err := sqlite.OpenConn(path, flag)
	if err != nil {
		return nil, err
	}
	c.SetBusyTimeout(busyPatience)
	return &conn{c: c, stmts: map[string]*statement{}}, nil
}

// copyTo copies a snapshot. It holds on to the snapshot, because SQLite begins
// again whenever another connection has written.
func (c *conn) copyTo(ctx context.Context, temp string, copied func(pages, of int)) (err error) {
	to, err := plain(temp, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() {
		if closing := to.close(); err == nil {
			err = closing
		}
	}()
	// The copy is synced as a whole when it is finished.
	for _, p := range []string{"synchronous = OFF", "journal_mode = OFF"} {
		if err := to.pragma(p); err != nil {
			return err
		}
	}
	if err := c.run("BEGIN"); err != nil {
		return err
	}
	defer c.run("ROLLBACK")
	var tables int
	if err := c.Row(`SELECT COUNT(*) FROM sqlite_schema`, nil, &tables); err != nil {
		return meaning(err)
	}
	return copyPages(ctx, to.c, c.c, copied)
}

// meaning says what is wrong with a file that SQLite cannot read.
func meaning(err error) error {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultNotADB:
		return fmt.Errorf("%w: %w", ErrForeign, err)
	case sqlite.ResultCorrupt:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

func copyPages(ctx context.Context, to, from *sqlite.Conn, copied func(pages, of int)) error {
	b, err := sqlite.NewBackup(to, "main", from, "main")
	if err != nil {
		return err
	}
	defer b.Close()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err = b.Step(pagesAtOnce); err != nil {
			return fmt.Errorf("sqlite: copy: %w", err)
		}
		copied(b.PageCount()-b.Remaining(), b.PageCount())
	}
	return nil
}

func (c *conn) pragma(p string) error {
	return c.Rows("PRAGMA "+p, nil, func(func(...any) error) error { return nil })
}

// check reads a whole database that nobody else has open, makes it one file
// without a log, and audits its books. One of an older schema is audited as it
// would be after its migration, of which nothing stays.
func check(path string, s store.Schema) (report ledger.Report, err error) {
	c, err := plain(path, sqlite.OpenReadWrite)
	if err != nil {
		return report, err
	}
	defer func() {
		if closing := c.close(); err == nil {
			err = closing
		}
	}()
	if err := c.pragma("journal_mode = DELETE"); err != nil {
		return report, err
	}
	if err := c.intact(); err != nil {
		return report, err
	}
	if err := c.run("BEGIN"); err != nil {
		return report, err
	}
	defer c.run("ROLLBACK")
	if report, err = c.audit(s); err == nil && !report.Balanced {
		err = fmt.Errorf("%w: %d differences", ErrUnbalanced, len(report.Differences))
	}
	return report, err
}

func (c *conn) intact() error {
	var verdict string
	if err := c.Row(`PRAGMA integrity_check(1)`, nil, &verdict); err != nil {
		return meaning(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, verdict)
	}
	return nil
}

func (c *conn) audit(s store.Schema) (ledger.Report, error) {
	switch p, err := s.Plan(c); {
	case err != nil:
		return ledger.Report{}, err
	case p.Version == 0:
		return ledger.Report{}, ErrForeign
	}
	buckets, err := s.Migrate(c, 1)
	if err != nil {
		return ledger.Report{}, err
	}
	return store.Audit(c, buckets)
}
