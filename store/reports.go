package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	// The identifiers bound what is read by the index; created_at says what is meant.
	selectSold = `SELECT ` + paymentColumns + ` FROM payments
		WHERE bucket = $1 AND merchant_id = $2 AND id >= $3 AND id < $4 AND created_at >= $5 AND created_at < $6 AND superseded = 0
		ORDER BY id DESC LIMIT $7`
	selectPaid = `SELECT ` + paymentColumns + ` FROM payments
		WHERE bucket = $1 AND payer_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`
	selectRefundsOf = `SELECT refund_no, id, merchant_id, amount, currency, reason, created_at FROM refunds
		WHERE bucket = $1 AND payment_id = $2 ORDER BY id`
)

// drawnWithin is how far the time in an identifier may be from the time at
// which its row was written: a payment is named when its order is claimed, and
// its code would have expired long before this.
const drawnWithin = time.Hour

// lastID is behind every identifier.
var lastID = bytes.Repeat([]byte{0xff}, 16)

// behind is where a list goes on after an identifier; the zero one begins it.
func behind[K ids.Kind](before ids.ID[K]) []byte {
	if before.IsZero() {
		return lastID
	}
	return before[:]
}

// MerchantPayments lists payments of a merchant made at or after from and
// before to, newest first, those behind before (the zero id: all), at most
// limit. Attempts that gave way to another one of the same order are left out.
func (db *DB) MerchantPayments(ctx context.Context, merchant ids.Merchant, from, to time.Time, before ids.Payment, limit int) (sold []payment.Payment, err error) {
	low, high := firstID(from.Add(-drawnWithin)), firstID(to.Add(drawnWithin))
	if last := behind(before); bytes.Compare(last, high) < 0 {
		high = last
	}
	err = db.engine.Report(ctx, func(tx Tx) error {
		sold = nil
		for bucket := range db.Buckets() { // a merchant's payments are with their payers
			page, err := readPayments(tx, selectSold, bucket, merchant, low, high, micros(from), micros(to), limit)
			if err != nil {
				return err
			}
			sold = append(sold, page...)
		}
		return nil
	})
	slices.SortFunc(sold, func(a, b payment.Payment) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return sold[:min(limit, len(sold))], err
}

// PayerPayments lists payments of a payer, newest first, those behind before
// (the zero id: all), at most limit.
func (db *DB) PayerPayments(ctx context.Context, payer ids.Payer, before ids.Payment, limit int) (paid []payment.Payment, err error) {
	err = db.engine.Report(ctx, func(tx Tx) error {
		paid, err = readPayments(tx, selectPaid, payer.Bucket(db.Buckets()), payer, behind(before), limit)
		return err
	})
	return paid, err
}

func readPayments(tx Tx, query string, args ...any) (all []payment.Payment, err error) {
	err = tx.Rows(query, args, func(scan func(...any) error) error {
		var p payment.Payment
		err := scan(paymentFields(&p)...)
		all = append(all, p)
		return err
	})
	return all, err
}

// Refunds lists the refunds of a payment, oldest first.
func (db *DB) Refunds(ctx context.Context, id ids.Payment) (refunds []payment.Refund, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		refunds = nil
		return tx.Rows(selectRefundsOf, []any{id.Bucket(db.Buckets()), id}, func(scan func(...any) error) error {
			r := payment.Refund{Payment: id}
			err := scan(&r.RefundNo, &r.ID, &r.Merchant, &r.Amount.Minor, &r.Amount.Currency, &r.Reason, (*stamp)(&r.CreatedAt))
			refunds = append(refunds, r)
			return err
		})
	})
	return refunds, err
}
