package store

import (
	"context"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/settlement"
)

const (
	payoutColumns = `id, merchant_id, payout_no, amount, currency, reference, created_at, returned_at`
	selectPayout  = `SELECT ` + payoutColumns + ` FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND payout_no = $3`
	selectPayouts = `SELECT ` + payoutColumns + ` FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4`
	insertPayout  = `INSERT INTO payouts (bucket, ` + payoutColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	returnPayout  = `UPDATE payouts SET returned_at = $4 WHERE bucket = $1 AND merchant_id = $2 AND payout_no = $3 AND returned_at = 0`

	// Its lock lets one payout of a merchant run at a time.
	selectCurrency = `SELECT currency FROM merchants WHERE bucket = $1 AND id = $2`
	// What a merchant is owed in one bucket, in one statement so that no credit is on its way from one table to the other: all, and
	// without credits that wait. What waits to be taken away is not his any more.
	sumOwed = `SELECT CAST(COALESCE(SUM(o.minor), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN o.waits = 0 OR o.minor < 0 THEN o.minor END), 0) AS BIGINT) FROM (
		SELECT balance AS minor, 0 AS waits FROM accounts WHERE bucket = $1 AND kind = $3 AND owner = $2 AND currency = $4
		UNION ALL SELECT credit AS minor, 1 AS waits FROM outbox WHERE bucket = $1 AND account_kind = $3 AND account_owner = $2 AND currency = $4) AS o`
)

// Settle implements settlement.Store. What is owed in other buckets is read
// before, each by itself: only what payers take back can make it less meanwhile.
func (db *DB) Settle(ctx context.Context, merchant ids.Merchant, no string, decide func(settlement.State) (settlement.Change, error)) (c settlement.Change, err error) {
	home := merchant.Bucket(db.Buckets())
	elsewhere, err := db.owed(ctx, merchant, func(bucket int) bool { return bucket != home })
	if err != nil {
		return c, notThere(err, settlement.ErrNotFound)
	}
	err = db.engine.Write(ctx, home, func(tx Tx) error {
		c = settlement.Change{}
		s := settlement.State{}
		if err := tx.Row(selectCurrency+db.engine.ForUpdate(), []any{home, merchant}, &s.Currency); err != nil {
			return err
		}
		here, err := owedIn(tx, home, merchant, s.Currency)
		if err != nil {
			return err
		}
		s.Settled = elsewhere.Settled + here.Settled
		if s.Payout, err = readPayout(tx, home, merchant, no); err != nil {
			return err
		}
		if c, err = decide(s); err != nil {
			return err
		}
		savePayout(tx, home, c)
		return nil
	})
	if err != nil {
		c = settlement.Change{}
	}
	return c, notThere(err, settlement.ErrNotFound)
}

// savePayout writes a change. The credits are added at once: nobody else pays
// from these rows, and only the roll-up waits for them.
func savePayout(tx Tx, bucket int, c settlement.Change) {
	p, at := c.Payout, c.Payout.CreatedAt
	switch {
	case c.New:
		tx.QueueOne(insertPayout, bucket, p.ID, p.Merchant, p.No, p.Amount.Minor, string(p.Amount.Currency), p.Reference, micros(p.CreatedAt), micros(p.ReturnedAt))
	case c.Returned:
		at = p.ReturnedAt
		tx.QueueOne(returnPayout, bucket, p.Merchant, p.No, micros(p.ReturnedAt))
	default:
		return
	}
	credits := map[ledger.Entry]int64{}
	for _, x := range c.Postings {
		credits[ledger.Entry{Account: x.Account, Currency: x.Amount.Currency}] += x.Amount.Minor
	}
	tx.Each(insertTransfers, bucket, appendTransfers(nil, payment.Transaction{ID: p.ID, FirstLeg: c.FirstLeg, Postings: c.Postings, At: at}))
	tx.Each(addCredits, bucket, creditRows(credits))
}

// Owed implements settlement.Store.
func (db *DB) Owed(ctx context.Context, merchant ids.Merchant) (settlement.Balance, error) {
	b, err := db.owed(ctx, merchant, func(int) bool { return true })
	return b, notThere(err, settlement.ErrNotFound)
}

// owed sums what a merchant is owed in some buckets. ErrNotFound for an unknown merchant.
func (db *DB) owed(ctx context.Context, merchant ids.Merchant, in func(bucket int) bool) (b settlement.Balance, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		b = settlement.Balance{}
		if err := tx.Row(selectCurrency, []any{merchant.Bucket(db.Buckets()), merchant}, &b.Currency); err != nil {
			return err
		}
		for bucket := range db.Buckets() {
			if !in(bucket) {
				continue
			}
			one, err := owedIn(tx, bucket, merchant, b.Currency)
			if err != nil {
				return err
			}
			b.Payable, b.Settled = b.Payable+one.Payable, b.Settled+one.Settled
		}
		return nil
	})
	return b, err
}

func owedIn(tx Tx, bucket int, merchant ids.Merchant, c money.Currency) (b settlement.Balance, err error) {
	err = tx.Row(sumOwed, []any{bucket, merchant, int(ledger.MerchantPayable), string(c)}, &b.Payable, &b.Settled)
	return b, err
}

// Payout implements settlement.Store.
func (db *DB) Payout(ctx context.Context, merchant ids.Merchant, no string) (p settlement.Payout, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		found, err := readPayout(tx, merchant.Bucket(db.Buckets()), merchant, no)
		if err == nil && found == nil {
			return settlement.ErrNotFound
		}
		if err == nil {
			p = *found
		}
		return err
	})
	return p, err
}

// Payouts implements settlement.Store.
func (db *DB) Payouts(ctx context.Context, merchant ids.Merchant, before ids.Payout, limit int) (all []settlement.Payout, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all, err = readPayouts(tx, selectPayouts, merchant.Bucket(db.Buckets()), merchant, behind(before), limit)
		return err
	})
	return all, err
}

// readPayout is nil where there is none.
func readPayout(tx Tx, bucket int, merchant ids.Merchant, no string) (*settlement.Payout, error) {
	all, err := readPayouts(tx, selectPayout, bucket, merchant, no)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func readPayouts(tx Tx, query string, args ...any) (all []settlement.Payout, err error) {
	err = tx.Rows(query, args, func(scan func(...any) error) error {
		var p settlement.Payout
		err := scan(&p.ID, &p.Merchant, &p.No, &p.Amount.Minor, &p.Amount.Currency, &p.Reference, (*stamp)(&p.CreatedAt), (*stamp)(&p.ReturnedAt))
		all = append(all, p)
		return err
	})
	return all, err
}
