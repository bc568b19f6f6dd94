package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

const selectWaiting = `SELECT id, kind, payer_id, device_id, merchant_id, payment_id, refund_id,
		account_kind, account_owner, currency, credit, COALESCE(fee, 0) FROM outbox WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3`

var (
	// What the deletion answers is what it took away: two servers that relay
	// the same event cannot both be given its credit.
	deleteEvents = deleteEach("outbox", "id uuid", "account_kind, account_owner, currency, credit, COALESCE(fee, 0)")
	addCredits   = addEach("accounts", `kind integer, owner uuid, currency text, balance bigint, day bigint, day_spent bigint, day_count bigint,
		per_payment bigint, per_day bigint, count_per_day bigint, confirm_above bigint, holder text`, "kind, owner, currency", "balance")
)

// WaitingEvents implements outbox.Store.
func (db *DB) WaitingEvents(ctx context.Context, bucket int, after ids.Event, limit int) (waiting []payment.Event, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		waiting = nil
		return tx.Rows(selectWaiting, []any{bucket, after[:], limit}, func(scan func(...any) error) error {
			var e payment.Event
			c := &e.Credit
			err := scan(&e.ID, &e.Kind, &e.Payer, &e.Device, &e.Merchant, &e.Payment, &e.Refund,
				&c.Account.Kind, exact(c.Account.Owner[:]), &c.Amount.Currency, &c.Amount.Minor, &e.Fee)
			waiting = append(waiting, e)
			return err
		})
	})
	return waiting, err
}

// RollUp implements outbox.Store.
func (db *DB) RollUp(ctx context.Context, bucket int, events []ids.Event) error {
	if len(events) == 0 {
		return nil
	}
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		credits, err := takeAway(tx, bucket, events)
		if err != nil {
			return err
		}
		tx.Each(addCredits, bucket, creditRows(credits))
		return nil
	})
}

// creditRows are what addCredits adds to accounts, in their order.
func creditRows(credits map[ledger.Entry]int64) (rows [][]any) {
	for _, e := range inOrder(credits) {
		rows = append(rows, []any{int(e.Account.Kind), e.Account.Owner[:], string(e.Currency), credits[e], 0, 0, 0, 0, 0, 0, 0, ""})
	}
	return rows
}

// takeAway deletes events and sums the credits of those that were there.
func takeAway(tx Tx, bucket int, events []ids.Event) (map[ledger.Entry]int64, error) {
	credits := map[ledger.Entry]int64{}
	keys := make([][]any, len(events))
	for i, id := range events {
		keys[i] = []any{id[:]}
	}
	tx.Find(deleteEvents, bucket, keys, func(scan func(...any) error) error {
		var e ledger.Entry
		var credit, fee int64
		if err := scan(&e.Account.Kind, exact(e.Account.Owner[:]), &e.Currency, &credit, &fee); err != nil {
			return err
		}
		if credit != 0 {
			credits[e] += credit
		}
		if fee != 0 {
			credits[ledger.Entry{Account: ledger.Fees(), Currency: e.Currency}] += fee
		}
		return nil
	})
	return credits, tx.Flush()
}

// inOrder lists accounts in a fixed order, so that two roll-ups that touch the
// same ones never wait for each other in a circle.
func inOrder(credits map[ledger.Entry]int64) []ledger.Entry {
	all := make([]ledger.Entry, 0, len(credits))
	for e := range credits {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b ledger.Entry) int {
		return cmp.Or(cmp.Compare(a.Account.Kind, b.Account.Kind), bytes.Compare(a.Account.Owner[:], b.Account.Owner[:]),
			cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

// among writes the parameters of an IN list, the first of them $first. The last
// id is repeated up to a power of two, so that lists of all lengths are a dozen
// different statements only. There must be at least one id.
func among[T ids.ID[K], K ids.Kind](first int, list []T) (parameters string, args []any) {
	n := 1
	for n < len(list) {
		n *= 2
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
		id := list[min(i, len(list)-1)]
		args = append(args, id[:])
	}
	return b.String(), args
}
