package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/paycode/paycode/clearing"
)

const (
	beginList    = `INSERT INTO deny_list (bucket, number) VALUES ($1, 0) ON CONFLICT (bucket) DO NOTHING`
	selectNumber = `SELECT number FROM deny_list WHERE bucket = $1`
	updateNumber = `UPDATE deny_list SET number = $2 WHERE bucket = $1`
	insertGap    = `INSERT INTO deny_gaps (bucket, begun, after) VALUES ($1, $2, $3)`

	selectExpired   = `SELECT pass_id FROM denials WHERE bucket = $1 AND denied = 1 AND expires_at < $2 ORDER BY expires_at LIMIT $3`
	selectForgotten = `SELECT pass_id FROM denials WHERE bucket = $1 AND denied = 0 AND expires_at < $2 ORDER BY expires_at LIMIT $3`
)

var (
	findDenials   = findEach(`SELECT pass_id, denied FROM denials t`, "pass_id bytea", "")
	insertDenials = insertNew("denials", "pass_id bytea, number bigint, denied integer, expires_at bigint", "pass_id")
	updateDenials = updateEach("denials", "pass_id bytea", "number bigint, denied integer")
	deleteDenials = deleteEach("denials", "pass_id bytea", "")
)

// lastNumber is that of the newest change of the list; 0 before its first.
func lastNumber(tx Tx) (number int64, err error) {
	err = tx.Row(selectNumber, []any{denyBucket}, &number)
	return number, notThere(err, nil)
}

// lockDenyList has whoever else wants to change the list wait, and answers its last number.
func lockDenyList(tx Tx, lock string) (number int64, err error) {
	tx.Queue(beginList, denyBucket)
	err = tx.Row(selectNumber+lock, []any{denyBucket}, &number)
	return number, err
}

// Deny implements clearing.DenyStore.
func (db *DB) Deny(ctx context.Context, bucket int, turn int64, passes []clearing.Held) error {
	passes = slices.SortedFunc(slices.Values(passes), func(a, b clearing.Held) int { return bytes.Compare(a.Pass[:], b.Pass[:]) })
	return db.engine.Write(ctx, denyBucket, func(tx Tx) error {
		number, err := lockDenyList(tx, db.engine.ForUpdate())
		if err != nil {
			return err
		}
		tx.Queue(beginTurns, denyBucket, bucket)
		n, err := tx.Exec(takeTurn, denyBucket, bucket, turn)
		if err == nil && n == 0 {
			err = clearing.ErrTurn
		}
		if err != nil {
			return err
		}
		return setDenials(tx, number, passes)
	})
}

// setDenials gives a number to each pass of which the list says something else.
func setDenials(tx Tx, number int64, passes []clearing.Held) error {
	was, err := denialsOf(tx, passes)
	if err != nil {
		return err
	}
	var fresh, changed [][]any
	for _, p := range passes {
		on, known := was[p.Pass]
		if on == p.Denied() {
			continue
		}
		number++
		if known {
			changed = append(changed, []any{p.Pass[:], number, flag(p.Denied())})
		} else {
			fresh = append(fresh, []any{p.Pass[:], number, flag(p.Denied()), micros(p.Expires)})
		}
	}
	if len(fresh) > 0 {
		tx.Each(insertDenials, denyBucket, fresh)
	}
	if len(changed) > 0 {
		tx.Each(updateDenials, denyBucket, changed)
	}
	tx.QueueOne(updateNumber, denyBucket, number)
	return nil
}

// denialsOf says of passes that were ever on the list whether they are.
func denialsOf(tx Tx, passes []clearing.Held) (map[[8]byte]bool, error) {
	keys := make([][]any, len(passes))
	for i, p := range passes {
		keys[i] = []any{p.Pass[:]}
	}
	on := map[[8]byte]bool{}
	tx.Find(findDenials, denyBucket, keys, func(scan func(...any) error) error {
		var id [8]byte
		var denied bool
		err := scan(exact(id[:]), &denied)
		on[id] = denied
		return err
	})
	return on, tx.Flush()
}

// DenyExpired implements clearing.DenyStore. Mostly there is nothing to do, so it
// looks first, without the lock.
func (db *DB) DenyExpired(ctx context.Context, before, long time.Time, limit int) error {
	var expired, forgotten [][]any
	err := db.engine.Read(ctx, func(tx Tx) (err error) {
		if expired, err = passesIn(tx, selectExpired, before, limit); err == nil {
			forgotten, err = passesIn(tx, selectForgotten, long, limit)
		}
		return err
	})
	if err != nil || len(expired)+len(forgotten) == 0 {
		return err
	}
	return db.engine.Write(ctx, denyBucket, func(tx Tx) error {
		number, err := lockDenyList(tx, db.engine.ForUpdate())
		if err != nil {
			return err
		}
		if expired, err = passesIn(tx, selectExpired, before, limit); err != nil { // those that nobody else has taken off meanwhile
			return err
		}
		for i := range expired {
			number++
			expired[i] = append(expired[i], number, 0)
		}
		if len(expired) > 0 {
			tx.Each(updateDenials, denyBucket, expired)
			tx.QueueOne(updateNumber, denyBucket, number)
		}
		if len(forgotten) > 0 {
			tx.Find(deleteDenials, denyBucket, forgotten, none)
		}
		return nil
	})
}

// passesIn lists passes that ended before a time, each as a row of its id.
func passesIn(tx Tx, query string, before time.Time, limit int) (all [][]any, err error) {
	err = tx.Rows(query, []any{denyBucket, micros(before), limit}, func(scan func(...any) error) error {
		var id [8]byte
		err := scan(exact(id[:]))
		all = append(all, []any{id[:]})
		return err
	})
	return all, err
}

// skipNumbers has the list go on with numbers that no gate can have heard of from
// it: numbers of before grow by one with a change, and a change takes longer than a
// microsecond. The numbers between are those of a past that is forgotten here, and
// whoever has one of them begins anew.
func skipNumbers(tx Tx, lock string, now time.Time) error {
	number, err := lockDenyList(tx, lock)
	if err != nil {
		return err
	}
	begun := max(number+1, micros(now))
	tx.QueueOne(insertGap, denyBucket, begun, number)
	tx.QueueOne(updateNumber, denyBucket, begun)
	return nil
}
