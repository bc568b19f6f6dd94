package store

import (
	"context"
	"errors"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
)

// The deny list is in one bucket: its numbers are one row's.
const denyBucket = 0

const (
	selectTurn = `SELECT turn, looked_at FROM deny_turns WHERE bucket = $1 AND payers = $2`
	beginTurns = `INSERT INTO deny_turns (bucket, payers, turn, looked_at) VALUES ($1, $2, 0, 0) ON CONFLICT (bucket, payers) DO NOTHING`
	takeTurn   = `UPDATE deny_turns SET turn = turn + 1 WHERE bucket = $1 AND payers = $2 AND turn = $3`
	setLooked  = `UPDATE deny_turns SET looked_at = $3 WHERE bucket = $1 AND payers = $2`

	heldColumns = `p.id, p.expires_at, d.status, (SELECT COUNT(*) FROM loans l WHERE l.bucket = $1 AND l.payer_id = d.payer_id AND l.open = 1 AND l.kind = $2)`
	selectHeld  = `SELECT ` + heldColumns + ` FROM devices d JOIN passes p ON p.bucket = d.bucket AND p.device_id = d.id
		WHERE d.bucket = $1 AND d.payer_id = $4 AND p.expires_at > $3`
	selectHeldBehind = `SELECT ` + heldColumns + ` FROM passes p JOIN devices d ON d.bucket = p.bucket AND d.id = p.device_id
		WHERE p.bucket = $1 AND p.id > $4 AND p.expires_at > $3 ORDER BY p.id LIMIT $5`

	selectOnList    = `SELECT pass_id FROM denials WHERE bucket = $1 AND pass_id > $2 AND pass_id <= $3 AND denied = 1`
	selectChanges   = `SELECT pass_id, number, denied FROM denials WHERE bucket = $1 AND number > $2 ORDER BY number LIMIT $3`
	selectGap       = `SELECT begun FROM deny_gaps WHERE bucket = $1 AND after < $2 AND begun > $2 ORDER BY begun LIMIT 1`
	countOnDenyList = `SELECT COUNT(*) FROM denials WHERE bucket = $1 AND denied = 1`
)

var _ clearing.DenyStore = (*DB)(nil)

// Turn implements clearing.DenyStore.
func (db *DB) Turn(ctx context.Context, bucket int) (turn int64, lookedAt time.Time, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		turn, lookedAt = 0, time.Time{}
		return notThere(tx.Row(selectTurn, []any{denyBucket, bucket}, &turn, (*stamp)(&lookedAt)), nil)
	})
	return turn, lookedAt, err
}

// HeldBy implements clearing.DenyStore.
func (db *DB) HeldBy(ctx context.Context, bucket int, payers []ids.Payer, now time.Time) (all []clearing.Held, err error) {
	wanted := keySet[ids.Payer]{}
	for _, p := range payers {
		wanted[p] = true
	}
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		for _, p := range sorted(wanted) {
			if err := tx.Rows(selectHeld, []any{bucket, int(ledger.PayerDebt), micros(now), p}, scanHeld(&all)); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// HeldBehind implements clearing.DenyStore.
func (db *DB) HeldBehind(ctx context.Context, bucket int, behind [8]byte, now time.Time, limit int) (all []clearing.Held, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(selectHeldBehind, []any{bucket, int(ledger.PayerDebt), micros(now), behind[:], limit}, scanHeld(&all))
	})
	return all, err
}

func scanHeld(all *[]clearing.Held) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var h clearing.Held
		var debts int
		err := scan(exact(h.Pass[:]), (*stamp)(&h.Expires), &h.Status, &debts)
		h.InDebt = debts > 0
		*all = append(*all, h)
		return err
	}
}

// OnList implements clearing.DenyStore.
func (db *DB) OnList(ctx context.Context, behind, last [8]byte) (on map[[8]byte]bool, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		on = map[[8]byte]bool{}
		return tx.Rows(selectOnList, []any{denyBucket, behind[:], last[:]}, func(scan func(...any) error) error {
			var id [8]byte
			err := scan(exact(id[:]))
			on[id] = true
			return err
		})
	})
	return on, err
}

// LookedThrough implements clearing.DenyStore.
func (db *DB) LookedThrough(ctx context.Context, bucket int, at time.Time) error {
	return db.engine.Write(ctx, denyBucket, func(tx Tx) error {
		tx.Queue(beginTurns, denyBucket, bucket)
		tx.QueueOne(setLooked, denyBucket, bucket, micros(at))
		return nil
	})
}

// DenyChanges implements clearing.DenyStore.
func (db *DB) DenyChanges(ctx context.Context, since uint64, limit int) (add, remove [][8]byte, until, last uint64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		add, remove, until, last = nil, nil, since, 0
		number, err := lastNumber(tx)
		if err != nil {
			return err
		}
		if err := tx.Row(selectGap, []any{denyBucket, int64(since)}, new(int64)); !errors.Is(err, ErrNotFound) {
			return err // since is a number of the past that was taken back, or it is not known whether it is
		}
		last = uint64(number)
		return tx.Rows(selectChanges, []any{denyBucket, int64(since), limit}, func(scan func(...any) error) error {
			var id [8]byte
			var n int64
			var denied bool
			err := scan(exact(id[:]), &n, &denied)
			if until = uint64(n); denied {
				add = append(add, id)
			} else {
				remove = append(remove, id)
			}
			return err
		})
	})
	return add, remove, until, last, err
}

// OnDenyList counts the passes on the deny list, and answers its number.
func (db *DB) OnDenyList(ctx context.Context) (passes int64, number uint64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		last, err := lastNumber(tx)
		if err != nil {
			return err
		}
		number = uint64(last)
		return tx.Row(countOnDenyList, []any{denyBucket}, &passes)
	})
	return passes, number, err
}
