package store

import (
	"context"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

const (
	insertPayment = `INSERT INTO payments (bucket, ` + paymentColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (bucket, id) DO NOTHING`
	updatePayment = `UPDATE payments SET status = $3, decline_code = $4, superseded = $5, refunded = $6, settled_at = $7, expires_at = $8
		WHERE bucket = $1 AND id = $2`
	insertRefund = `INSERT INTO refunds (bucket, payment_id, refund_no, id, merchant_id, amount, currency, reason, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (bucket, payment_id, refund_no) DO NOTHING`
	insertTopUp = `INSERT INTO topups (bucket, payer_id, reference, id, amount, currency, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (bucket, payer_id, reference) DO NOTHING`
	updateDevice = `UPDATE devices SET burn_base = $3, burn_bits = $4, held_generation = $5, held_key_id = $6
		WHERE bucket = $1 AND id = $2`
	updateAliasHeld = `UPDATE devices SET alias_held = 1 WHERE bucket = $1 AND id = $2 AND alias = $3`
	deleteAliases   = `DELETE FROM aliases WHERE bucket = $1 AND device_id = $2
		AND issued_at < (SELECT issued_at FROM aliases WHERE bucket = $1 AND alias = $3)`
	updateOnline = `UPDATE online_codes SET used = 1 WHERE bucket = $1 AND device_id = $2 AND hash = $3`
	updatePurse  = `UPDATE accounts SET balance = $5, day = $6, day_spent = $7, day_count = $8
		WHERE bucket = $1 AND kind = $2 AND owner = $3 AND currency = $4`
	upsertWrong = `INSERT INTO wrong_codes (bucket, alias, merchant_id, since, count) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bucket, alias, merchant_id) DO UPDATE SET since = excluded.since, count = excluded.count`
	insertPosting = `INSERT INTO postings (bucket, txn_id, leg, kind, owner, currency, amount, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	insertEvent = `INSERT INTO outbox (bucket, id, kind, payer_id, device_id, merchant_id, payment_id, refund_id,
		account_kind, account_owner, currency, credit, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	selectDue = `SELECT id FROM payments WHERE bucket = $1 AND status = 'pending' AND expires_at <= $2 ORDER BY expires_at LIMIT $3`

	selectBalance = `SELECT a.balance, p.currency FROM payers p
		JOIN accounts a ON a.bucket = p.bucket AND a.kind = 1 AND a.owner = p.id AND a.currency = p.currency
		WHERE p.bucket = $1 AND p.id = $2`
)

// Update implements payment.Store.
func (db *DB) Update(ctx context.Context, bucket int, needs []payment.Need, decide func(*payment.Rows)) error {
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		l := loading{tx: tx, bucket: bucket, lock: db.engine.ForUpdate(), rows: payment.NewRows()}
		if err := l.load(needs); err != nil {
			return err
		}
		decide(l.rows)
		save(tx, bucket, l.rows)
		return nil
	})
}

// save queues what the batch has changed. A row that was to be inserted or
// changed and was not means that another server was quicker: ErrRace.
func save(tx Tx, bucket int, rows *payment.Rows) {
	c := rows.Changes
	for _, id := range c.Payments.Keys {
		savePayment(tx, bucket, rows.Payments[id], c.Payments.Marked[id])
	}
	for _, r := range c.Refunds {
		tx.QueueOne(insertRefund, bucket, r.Payment, r.RefundNo, r.ID, r.Merchant, r.Amount.Minor, string(r.Amount.Currency), r.Reason, micros(r.CreatedAt))
	}
	for _, t := range c.Credits {
		tx.QueueOne(insertTopUp, bucket, t.Payer, t.Reference, t.ID, t.Amount.Minor, string(t.Amount.Currency), micros(t.CreatedAt))
	}
	for _, id := range c.Devices.Keys {
		saveDevice(tx, bucket, rows.Devices[id])
	}
	for _, hash := range c.Online.Keys {
		tx.QueueOne(updateOnline, bucket, rows.Online[hash].Device, hash[:])
	}
	for _, id := range c.Purses.Keys {
		p := rows.Purses[id]
		tx.QueueOne(updatePurse, bucket, int(ledger.PayerBalance), p.Payer, string(p.Balance.Currency), p.Balance.Minor, p.Day, p.DaySpent, p.DayCount)
	}
	for _, k := range c.Wrong.Keys {
		w := rows.Wrong[k]
		tx.Queue(upsertWrong, bucket, int64(k.Alias), k.Merchant[:], micros(w.Since), w.Count)
	}
	for _, t := range c.Postings {
		for i, p := range t.Postings {
			tx.QueueOne(insertPosting, bucket, t.ID[:], t.FirstLeg+i, int(p.Account.Kind), p.Account.Owner[:],
				string(p.Amount.Currency), p.Amount.Minor, micros(t.At))
		}
	}
	for _, e := range c.Events {
		saveEvent(tx, bucket, e)
	}
}

func savePayment(tx Tx, bucket int, p payment.Payment, fresh bool) {
	if !fresh {
		tx.QueueOne(updatePayment, bucket, p.ID, string(p.Status), string(p.Decline), flag(p.Superseded), p.Refunded, micros(p.SettledAt), micros(p.ExpiresAt))
		return
	}
	tx.QueueOne(insertPayment, bucket, p.ID, p.Merchant, p.OrderNo, p.Payer, p.Device, string(p.Status), string(p.Decline), flag(p.Superseded),
		p.Amount.Minor, string(p.Amount.Currency), p.Refunded, string(p.Method), p.Subject, p.TerminalID,
		micros(p.CreatedAt), micros(p.SettledAt), micros(p.ExpiresAt))
}

// flag is a truth as both engines keep it in an INTEGER.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// saveDevice writes the columns that a charge owns; the others are issuing's.
func saveDevice(tx Tx, bucket int, d payment.Device) {
	tx.QueueOne(updateDevice, bucket, d.ID, int64(d.Burned.Base), int64(d.Burned.Bits), int64(d.Held.Generation), int64(d.Held.KeyID))
	if d.Shown != 0 {
		// A sync may have issued a newer alias meanwhile: then this one shows nothing about it.
		tx.Queue(updateAliasHeld, bucket, d.ID, int64(d.Shown))
		tx.Queue(deleteAliases, bucket, d.ID, int64(d.Shown))
	}
}

func saveEvent(tx Tx, bucket int, e payment.Event) {
	credit := e.Credit
	tx.QueueOne(insertEvent, bucket, e.ID, string(e.Kind), e.Payer, e.Device, e.Merchant, e.Payment, e.Refund,
		int(credit.Account.Kind), credit.Account.Owner[:], string(credit.Amount.Currency), credit.Amount.Minor, micros(e.ID.Time()))
}

// Due implements payment.Store.
func (db *DB) Due(ctx context.Context, bucket int, now time.Time, limit int) (due []ids.Payment, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Rows(selectDue, []any{bucket, micros(now), limit}, func(scan func(...any) error) error {
			var id ids.Payment
			err := scan(&id)
			due = append(due, id)
			return err
		})
	})
	return due, err
}

// Payment implements payment.Reader.
func (db *DB) Payment(ctx context.Context, id ids.Payment) (p payment.Payment, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		p, err = readPayment(tx, id.Bucket(db.Buckets()), id)
		return err
	})
	return p, notFound(err)
}

// Balance implements payment.Reader.
func (db *DB) Balance(ctx context.Context, id ids.Payer) (a money.Amount, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectBalance, []any{id.Bucket(db.Buckets()), id}, &a.Minor, &a.Currency)
	})
	return a, notFound(err)
}
