package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// ErrPeriod is answered when devices have paid in windows that cannot have been:
// the period given is not the one that codes were made with, or the clock is wrong.
var ErrPeriod = errors.New("store: devices have paid in windows that this period and this clock do not have")

const (
	countOutOfTime = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN burn_base > $2 OR burn_base > 0 AND (burn_base + $3) * $4 < created_at THEN 1 ELSE 0 END), 0)
		FROM devices WHERE bucket = $1`
	selectOwners = `SELECT payer_id FROM devices WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3`
	selectBurned = `SELECT id, burn_base, burn_bits FROM devices WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3`
	useAllOnline = `UPDATE online_codes SET used = 1 WHERE bucket = $1 AND used = 0`
	endTickets   = `UPDATE tickets SET expires_at = $2 WHERE bucket = $1 AND device_id IS NULL AND expires_at > $2`
	selectNewest = `SELECT id FROM payments WHERE bucket = $1 ORDER BY id DESC LIMIT 1`
)

var lockPurses = findEach(`SELECT owner FROM accounts t`, "kind integer, owner uuid", "t")

var updateBurned = updateEach("devices", "id uuid", "burn_base bigint, burn_bits bigint")

const (
	// windowsAhead is how far ahead of now a code may be: two windows of tolerance
	// are the most that a profile allows.
	windowsAhead = 3
	// windowsBehind is how far behind a device's first payment its burn map may
	// begin: six windows, and the tolerance.
	windowsBehind = 10
	burnTogether  = 1000 // devices in one transaction
)

// BurnAll makes every code that was made or could have been accepted until now
// worth nothing: offline and online ones, and tickets to enrol. It is for a
// database that was brought back to an older state, which has forgotten what was
// used since. It answers when devices pay again. burned is told how many of how
// many are done. ErrPeriod, before anything is changed.
func (db *DB) BurnAll(ctx context.Context, p paycode.Profile, now time.Time, burned func(devices, of int64)) (again time.Time, err error) {
	base := p.CounterAt(now) + windowsAhead
	of, err := db.checkPeriod(ctx, p, base)
	if err != nil {
		return again, err
	}
	devices := int64(0)
	for bucket := range db.Buckets() {
		err := db.burnBucket(ctx, bucket, base, now, func(n int) {
			devices += int64(n)
			burned(devices, of)
		})
		if err != nil {
			return again, err
		}
	}
	return time.Unix(int64(base)*int64(p.PeriodSeconds), 0), nil
}

func (db *DB) burnBucket(ctx context.Context, bucket int, base paycode.Counter, now time.Time, burned func(devices int)) error {
	var last ids.Device
	for n := burnTogether; n == burnTogether; burned(n) {
		from := last
		err := db.engine.Write(ctx, bucket, func(tx Tx) (err error) {
			n, last, err = burnSome(tx, bucket, from, base, db.engine.ForUpdate())
			return err
		})
		if err != nil {
			return err
		}
	}
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Queue(useAllOnline, bucket)
		tx.Queue(endTickets, bucket, micros(now))
		if bucket == denyBucket {
			return skipNumbers(tx, db.engine.ForUpdate(), now)
		}
		return nil
	})
}

// checkPeriod looks at every device and answers how many there are.
func (db *DB) checkPeriod(ctx context.Context, p paycode.Profile, base paycode.Counter) (devices int64, err error) {
	period := (time.Duration(p.PeriodSeconds) * time.Second).Microseconds()
	err = db.engine.Report(ctx, func(tx Tx) error {
		devices = 0
		for bucket := range db.Buckets() {
			var here, wrong int64
			if err := tx.Row(countOutOfTime, []any{bucket, int64(base), windowsBehind, period}, &here, &wrong); err != nil {
				return err
			}
			if devices += here; wrong > 0 {
				return fmt.Errorf("%w: %d of them, with a period of %d s", ErrPeriod, wrong, p.PeriodSeconds)
			}
		}
		return nil
	})
	return devices, err
}

// burnSome moves the maps of the next devices forward, and answers how many and
// which was the last. It takes the locks that payments take, those of the
// purses, so that none writes back a map that it read before.
func burnSome(tx Tx, bucket int, after ids.Device, base paycode.Counter, lock string) (n int, last ids.Device, err error) {
	owners := keySet[ids.Payer]{}
	err = tx.Rows(selectOwners, []any{bucket, after[:], burnTogether}, func(scan func(...any) error) error {
		var id ids.Payer
		err := scan(&id)
		owners[id] = true
		return err
	})
	if err != nil {
		return 0, after, err
	}
	tx.Find(lockPurses, bucket, pursesOf(owners), none)
	if err := tx.Flush(); err != nil {
		return 0, after, err
	}
	var rows [][]any
	last = after
	err = tx.Rows(selectBurned+lock, []any{bucket, after[:], burnTogether}, func(scan func(...any) error) error {
		var m paycode.BurnMap
		var bits int64
		err := scan(&last, &m.Base, &bits)
		m.Bits = uint64(bits)
		m = m.Forward(base)
		rows = append(rows, []any{append([]byte{}, last[:]...), int64(m.Base), int64(m.Bits)})
		return err
	})
	if err == nil && len(rows) > 0 {
		tx.Each(updateBurned, bucket, rows)
	}
	return len(rows), last, err
}

// NewestPayment answers when the newest payment was made; the zero time when there is none.
func (db *DB) NewestPayment(ctx context.Context) (newest time.Time, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		for bucket := range db.Buckets() {
			var id ids.Payment
			err := tx.Row(selectNewest, []any{bucket}, &id)
			switch {
			case err == nil && id.Time().After(newest):
				newest = id.Time()
			case err != nil && !errors.Is(err, ErrNotFound):
				return err
			}
		}
		return nil
	})
	return newest, err
}
