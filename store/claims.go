package store

import (
	"context"
	"errors"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	selectTerms = `SELECT currency, status, refused_until FROM merchants WHERE bucket = $1 AND id = $2`
	insertClaim = `INSERT INTO orders (bucket, merchant_id, order_no, payment_id, fingerprint, amount, currency, claimed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (bucket, merchant_id, order_no) DO NOTHING`
	selectClaim = `SELECT payment_id, fingerprint, amount, currency, claimed_at
		FROM orders WHERE bucket = $1 AND merchant_id = $2 AND order_no = $3`
	moveClaim = `UPDATE orders SET payment_id = $5, fingerprint = $6, amount = $7, currency = $8, claimed_at = $9
		WHERE bucket = $1 AND merchant_id = $2 AND order_no = $3 AND payment_id = $4`
	insertTried = `INSERT INTO tried_codes (bucket, merchant_id, order_no, fingerprint, payment_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bucket, merchant_id, order_no, fingerprint) DO NOTHING`
	selectTried   = `SELECT payment_id FROM tried_codes WHERE bucket = $1 AND merchant_id = $2 AND order_no = $3 AND fingerprint = $4`
	selectGuesses = `SELECT wrong_since, wrong_count, refused_until FROM merchants WHERE bucket = $1 AND id = $2`
	updateGuesses = `UPDATE merchants SET wrong_since = $3, wrong_count = $4, refused_until = $5 WHERE bucket = $1 AND id = $2`
)

// Claim implements payment.Store: one transaction for each bucket of merchants.
func (db *DB) Claim(ctx context.Context, claims []payment.Claim) ([]payment.Claimed, error) {
	byBucket := map[int][]int{}
	for i, c := range claims {
		b := c.Merchant.Bucket(db.Buckets())
		byBucket[b] = append(byBucket[b], i)
	}
	got := make([]payment.Claimed, len(claims))
	for bucket, which := range byBucket {
		err := db.engine.Write(ctx, bucket, func(tx Tx) error {
			terms := map[ids.Merchant]payment.Claimed{}
			for _, i := range which {
				var err error
				if got[i], err = claim(tx, bucket, claims[i], terms); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return got, nil
}

// claim finds or makes one claim; terms remembers the merchants seen in this transaction.
func claim(tx Tx, bucket int, want payment.Claim, terms map[ids.Merchant]payment.Claimed) (payment.Claimed, error) {
	got, seen := terms[want.Merchant]
	if !seen {
		var err error
		if got, err = merchantTerms(tx, bucket, want.Merchant); err != nil {
			return got, err
		}
		terms[want.Merchant] = got
	}
	if got.Err != nil {
		return got, nil
	}
	n, err := tx.Exec(insertClaim, bucket, want.Merchant, want.OrderNo, want.Payment, want.Fingerprint[:],
		want.Amount.Minor, string(want.Amount.Currency), micros(want.At))
	if err != nil {
		return got, err
	}
	if got.Claim = want; n == 1 {
		return got, nil
	}
	if got.Claim, err = readClaim(tx, want.Merchant, bucket, want.OrderNo); err != nil || got.Fingerprint == want.Fingerprint {
		return got, err
	}
	err = tx.Row(selectTried, []any{bucket, want.Merchant, want.OrderNo, want.Fingerprint[:]}, &got.Tried)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return got, err
}

func merchantTerms(tx Tx, bucket int, id ids.Merchant) (payment.Claimed, error) {
	c := payment.Claimed{Terms: payment.Merchant{ID: id}}
	var status string
	var refused int64
	err := tx.Row(selectTerms, []any{bucket, id}, &c.Terms.Currency, &status, &refused)
	if errors.Is(err, ErrNotFound) {
		c.Err = payment.ErrNotFound
		return c, nil
	}
	c.Terms.Suspended, c.Terms.RefusedUntil = status != "active", fromMicros(refused)
	return c, err
}

func readClaim(tx Tx, merchant ids.Merchant, bucket int, orderNo string) (payment.Claim, error) {
	c := payment.Claim{Merchant: merchant, OrderNo: orderNo}
	var fingerprint []byte
	var at int64
	err := tx.Row(selectClaim, []any{bucket, merchant, orderNo}, &c.Payment, &fingerprint, &c.Amount.Minor, &c.Amount.Currency, &at)
	copy(c.Fingerprint[:], fingerprint)
	c.At = fromMicros(at)
	return c, err
}

// MoveClaim implements payment.Store. An order that has moved already is left where it is.
func (db *DB) MoveClaim(ctx context.Context, from, to payment.Claim, decided bool) error {
	bucket := to.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		moved, err := tx.Exec(moveClaim, bucket, to.Merchant, to.OrderNo, from.Payment, to.Payment, to.Fingerprint[:],
			to.Amount.Minor, string(to.Amount.Currency), micros(to.At))
		if err == nil && moved == 1 && decided {
			tx.Queue(insertTried, bucket, from.Merchant, from.OrderNo, from.Fingerprint[:], from.Payment)
		}
		return err
	})
}

// Order implements payment.Reader.
func (db *DB) Order(ctx context.Context, merchant ids.Merchant, orderNo string) (c payment.Claim, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		c, err = readClaim(tx, merchant, merchant.Bucket(db.Buckets()), orderNo)
		return err
	})
	return c, notFound(err)
}

// notFound says it in the words of package payment.
func notFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return payment.ErrNotFound
	}
	return err
}

// CountWrong implements payment.Store.
func (db *DB) CountWrong(ctx context.Context, merchant ids.Merchant, n int64, now time.Time) (refused bool, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		var g payment.Guesses
		var since, until int64
		if err := tx.Row(selectGuesses+db.engine.ForUpdate(), []any{bucket, merchant}, &since, &g.Count, &until); err != nil {
			return err
		}
		g.Since, g.RefusedUntil = fromMicros(since), fromMicros(until)
		g, refused = g.Add(n, now)
		_, err := tx.Exec(updateGuesses, bucket, merchant, micros(g.Since), g.Count, micros(g.RefusedUntil))
		return err
	})
	return refused, err
}
