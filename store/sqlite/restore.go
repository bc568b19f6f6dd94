package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/store"
)

// Restoring is what is asked of Restore.
type Restoring struct {
	File, Path string          // from a backup, to a new database
	Profile    paycode.Profile // the server's: its period says which codes there were
	Now        time.Time
	Copied     func(pages, of int)
	Burned     func(devices, of int64)
}

// Restored is what came of it.
type Restored struct {
	Report ledger.Report
	Newest time.Time // when the newest payment in it was made; zero without any
	Again  time.Time // when devices pay again
}

// Restore makes a database of a backup, which stays as it is. The copy is
// checked and audited, brought up to date, made safe with BurnAll, because it
// knows nothing of the codes that were used since the backup, and audited
// again; then it gets its name. Errors as for Backup, and store.ErrPeriod.
func Restore(ctx context.Context, r Restoring) (done Restored, err error) {
	from, err := plain(r.File, sqlite.OpenReadOnly)
	if err != nil {
		return done, fmt.Errorf("sqlite: open %s: %w", r.File, err)
	}
	defer from.close()
	err = making(r.Path, func(temp string) error {
		if err := from.copyTo(ctx, temp, r.Copied); err != nil {
			return err
		}
		before, err := check(temp, schema())
		if err != nil {
			return err
		}
		if done, err = r.makeSafe(ctx, temp); err != nil {
			return err
		}
		if done.Report, err = check(temp, schema()); err == nil && done.Report.Postings != before.Postings {
			err = fmt.Errorf("%w: %d postings, %d before", ErrDamaged, done.Report.Postings, before.Postings)
		}
		return err
	})
	return done, err
}

func (r Restoring) makeSafe(ctx context.Context, temp string) (done Restored, err error) {
	if err := Migrate(temp); err != nil {
		return done, err
	}
	e, err := Open(ctx, temp, Options{})
	if err != nil {
		return done, err
	}
	db := store.New(e)
	if done.Again, err = db.BurnAll(ctx, r.Profile, r.Now, r.Burned); err == nil {
		done.Newest, err = db.NewestPayment(ctx)
	}
	if closing := db.Close(); err == nil {
		err = closing
	}
	return done, err
}
