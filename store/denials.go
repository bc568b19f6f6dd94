package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
)

// The deny list is in one bucket: its numbers are one row's.
const denyBucket = 0

const (
	beginList    = `INSERT INTO deny_list (bucket, number, turn) VALUES ($1, 0, 0) ON CONFLICT (bucket) DO NOTHING`
	selectTurn   = `SELECT number, turn FROM deny_list WHERE bucket = $1`
	takeTurn     = `UPDATE deny_list SET number = $2, turn = turn + 1 WHERE bucket = $1`
	selectHeldBy = `SELECT p.id, p.expires_at, d.status, (SELECT COUNT(*) FROM loans l WHERE l.bucket = $1 AND l.payer_id = $2 AND l.open = 1 AND l.kind = $4)
		FROM devices d JOIN passes p ON p.bucket = d.bucket AND p.device_id = d.id WHERE d.bucket = $1 AND d.payer_id = $2 AND p.expires_at > $3`
	selectDenial = `SELECT denied FROM denials WHERE bucket = $1 AND pass_id = $2`
	upsertDenial = `INSERT INTO denials (bucket, pass_id, number, denied, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bucket, pass_id) DO UPDATE SET number = excluded.number, denied = excluded.denied`
	selectChanges   = `SELECT pass_id, number, denied FROM denials WHERE bucket = $1 AND number > $2 ORDER BY number LIMIT $3`
	selectExpired   = `SELECT pass_id FROM denials WHERE bucket = $1 AND denied = 1 AND expires_at < $2 ORDER BY expires_at LIMIT $3`
	liftDenial      = `UPDATE denials SET number = $3, denied = 0 WHERE bucket = $1 AND pass_id = $2`
	skipNumbers     = `UPDATE deny_list SET number = number + 1000000 WHERE bucket = $1`
	deleteDenials   = `DELETE FROM denials WHERE bucket = $1 AND denied = 0 AND expires_at < $2`
	countOnDenyList = `SELECT COUNT(*) FROM denials WHERE bucket = $1 AND denied = 1`
)

var _ clearing.DenyStore = (*DB)(nil)

// Turn implements clearing.DenyStore.
func (db *DB) Turn(ctx context.Context) (turn int64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) (err error) {
		_, turn, err = numbersOf(tx)
		return err
	})
	return turn, err
}

// numbersOf is the last number and the turn of the list; 0 before its first change.
func numbersOf(tx Tx) (number, turn int64, err error) {
	if err = tx.Row(selectTurn, []any{denyBucket}, &number, &turn); errors.Is(err, ErrNotFound) {
		err = nil
	}
	return number, turn, err
}

// HeldBy implements clearing.DenyStore.
func (db *DB) HeldBy(ctx context.Context, bucket int, payers []ids.Payer, now time.Time) (all []clearing.Held, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		wanted := keySet[ids.Payer]{}
		for _, p := range payers {
			wanted[p] = true
		}
		for _, p := range sorted(wanted) {
			err := tx.Rows(selectHeldBy, []any{bucket, p, micros(now), int(ledger.PayerDebt)}, func(scan func(...any) error) error {
				var h clearing.Held
				var debts int
				err := scan(exact(h.Pass[:]), (*stamp)(&h.Expires), &h.Status, &debts)
				h.InDebt = debts > 0
				all = append(all, h)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Deny implements clearing.DenyStore.
func (db *DB) Deny(ctx context.Context, turn int64, passes []clearing.Held) error {
	passes = slices.SortedFunc(slices.Values(passes), func(a, b clearing.Held) int { return bytes.Compare(a.Pass[:], b.Pass[:]) })
	return db.changeDenyList(ctx, func(tx Tx, number, now int64) (int64, error) {
		if now != turn {
			return number, clearing.ErrTurn
		}
		for _, p := range passes {
			on := false
			err := tx.Row(selectDenial, []any{denyBucket, p.Pass[:]}, &on)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return number, err
			}
			if on == p.Denied() {
				continue
			}
			number++
			tx.Queue(upsertDenial, denyBucket, p.Pass[:], number, flag(p.Denied()), micros(p.Expires))
		}
		return number, nil
	})
}

// changeDenyList runs change under the lock of the list, which is told the last
// number and the turn and answers the number that is then the last.
func (db *DB) changeDenyList(ctx context.Context, change func(tx Tx, number, turn int64) (int64, error)) error {
	return db.engine.Write(ctx, denyBucket, func(tx Tx) error {
		if _, err := tx.Exec(beginList, denyBucket); err != nil {
			return err
		}
		var number, turn int64
		if err := tx.Row(selectTurn+db.engine.ForUpdate(), []any{denyBucket}, &number, &turn); err != nil {
			return err
		}
		last, err := change(tx, number, turn)
		if err == nil {
			tx.QueueOne(takeTurn, denyBucket, last)
		}
		return err
	})
}

// DenyExpired implements clearing.DenyStore.
func (db *DB) DenyExpired(ctx context.Context, before, long time.Time, limit int) error {
	var expired [][]byte
	find := func(tx Tx) error {
		expired = nil
		return tx.Rows(selectExpired, []any{denyBucket, micros(before), limit}, func(scan func(...any) error) error {
			var id [8]byte
			err := scan(exact(id[:]))
			expired = append(expired, id[:])
			return err
		})
	}
	if err := db.engine.Read(ctx, find); err != nil {
		return err
	}
	if len(expired) > 0 {
		err := db.changeDenyList(ctx, func(tx Tx, number, _ int64) (int64, error) {
			if err := find(tx); err != nil {
				return number, err
			}
			for _, id := range expired {
				number++
				tx.Queue(liftDenial, denyBucket, id, number)
			}
			return number, nil
		})
		if err != nil {
			return err
		}
	}
	return db.engine.Write(ctx, denyBucket, func(tx Tx) error {
		tx.Queue(deleteDenials, denyBucket, micros(long))
		return nil
	})
}

// DenyChanges implements clearing.DenyStore.
func (db *DB) DenyChanges(ctx context.Context, since uint64, limit int) (add, remove [][8]byte, until, last uint64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		add, remove, until = nil, nil, since
		number, _, err := numbersOf(tx)
		if err != nil {
			return err
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
		last, _, err := numbersOf(tx)
		if err != nil {
			return err
		}
		number = uint64(last)
		return tx.Row(countOnDenyList, []any{denyBucket}, &passes)
	})
	return passes, number, err
}
