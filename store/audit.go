package store

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

// Sums over a bucket. They are cast because PostgreSQL sums a BIGINT to a NUMERIC.
const (
	countPostings    = `SELECT COUNT(*) FROM postings WHERE bucket = $1`
	selectUnbalanced = `SELECT DISTINCT txn_id FROM
		(SELECT txn_id FROM postings WHERE bucket = $1 GROUP BY txn_id, currency HAVING SUM(amount) <> 0) AS u`
	sumPostings    = `SELECT kind, owner, currency, CAST(SUM(amount) AS BIGINT) FROM postings WHERE bucket = $1 GROUP BY kind, owner, currency`
	sumBalances    = `SELECT kind, owner, currency, balance FROM accounts WHERE bucket = $1`
	sumWaitingFees = `SELECT currency, CAST(SUM(fee) AS BIGINT) FROM outbox WHERE bucket = $1 AND fee <> 0 GROUP BY currency`
	sumWaiting     = `SELECT account_kind, account_owner, currency, CAST(SUM(credit) AS BIGINT) FROM outbox
		WHERE bucket = $1 AND credit <> 0 GROUP BY account_kind, account_owner, currency`
)

// Differences between records and their postings, in one bucket. Each query
// answers the records that have not just the postings that they should: too
// few, too many, or wrong ones.
const (
	// Legs 0 and 1 pay, legs 2 and 3 take it back; legs 8 to 11 do the same with the fee, where there is one. Legs between repay loans, and are summed up with those.
	differingPayments = `SELECT p.id, p.status, COUNT(x.leg) FROM payments p
		LEFT JOIN postings x ON x.bucket = p.bucket AND x.txn_id = p.id AND (x.leg < 4 OR x.leg > 7)
		WHERE p.bucket = $1 GROUP BY p.bucket, p.id
		HAVING NOT CASE
			WHEN p.status IN ('succeeded', 'partially_refunded', 'refunded') THEN COUNT(x.leg) = ` + legs + ` AND ` + takenLegs + ` = ` + legs + `
			WHEN p.status = 'canceled' THEN COUNT(x.leg) = 0 OR COUNT(x.leg) = 2 * ` + legs + ` AND ` + takenLegs + ` = ` + legs + ` AND ` + returnedLegs + ` = ` + legs + `
			ELSE COUNT(x.leg) = 0 END`
	legs      = `CASE WHEN p.fee <> 0 THEN 4 ELSE 2 END`
	takenLegs = `SUM(CASE WHEN x.currency = p.currency AND (
		x.kind = 2 AND x.owner = p.merchant_id AND (x.leg = 0 AND x.amount = p.amount OR x.leg = 8 AND x.amount = -p.fee) OR
		x.kind = 1 AND x.owner = p.payer_id AND x.leg = 1 AND x.amount = -p.amount OR
		x.kind = 6 AND x.leg = 9 AND x.amount = p.fee) THEN 1 ELSE 0 END)`
	returnedLegs = `SUM(CASE WHEN x.currency = p.currency AND (
		x.kind = 2 AND x.owner = p.merchant_id AND (x.leg = 2 AND x.amount = -p.amount OR x.leg = 10 AND x.amount = p.fee) OR
		x.kind = 1 AND x.owner = p.payer_id AND x.leg = 3 AND x.amount = p.amount OR
		x.kind = 6 AND x.leg = 11 AND x.amount = -p.fee) THEN 1 ELSE 0 END)`
	// What merchants with a rate, or with a fee however it came about, paid, and what refunds gave back of it.
	selectFees = `SELECT p.id, p.amount, p.currency, p.refunded, COALESCE(p.fee_bp, 0), COALESCE(p.fee, 0),
			CAST(COALESCE(SUM(CASE WHEN x.kind = 2 AND x.owner = p.merchant_id AND x.leg = 8 THEN x.amount END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN x.kind = 6 AND x.leg = 9 THEN -x.amount END), 0) AS BIGINT)
		FROM payments p
		LEFT JOIN refunds r ON r.bucket = p.bucket AND r.payment_id = p.id
		LEFT JOIN postings x ON x.bucket = r.bucket AND x.txn_id = r.id AND x.leg > 7
		WHERE p.bucket = $1 GROUP BY p.bucket, p.id HAVING p.fee_bp <> 0 OR p.fee <> 0 OR COUNT(x.leg) > 0`
	differingSums = `SELECT p.id, p.status, p.refunded, CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM payments p
		LEFT JOIN refunds r ON r.bucket = p.bucket AND r.payment_id = p.id
		WHERE p.bucket = $1 GROUP BY p.bucket, p.id
		HAVING p.refunded <> COALESCE(SUM(r.amount), 0) OR NOT CASE
			WHEN p.refunded = 0 THEN p.status NOT IN ('partially_refunded', 'refunded')
			WHEN p.refunded = p.amount THEN p.status = 'refunded'
			ELSE p.refunded < p.amount AND p.status = 'partially_refunded' END`
	differingRefunds = `SELECT r.id, COUNT(x.leg) FROM refunds r
		LEFT JOIN payments p ON p.bucket = r.bucket AND p.id = r.payment_id
		LEFT JOIN postings x ON x.bucket = r.bucket AND x.txn_id = r.id AND x.leg < 2
		WHERE r.bucket = $1 GROUP BY r.bucket, r.payment_id, r.refund_no
		HAVING NOT (COUNT(x.leg) = 2 AND SUM(CASE WHEN x.currency = r.currency AND p.currency = r.currency AND p.merchant_id = r.merchant_id AND (
			x.leg = 0 AND x.kind = 2 AND x.owner = r.merchant_id AND x.amount = -r.amount OR
			x.leg = 1 AND x.kind = 1 AND x.owner = p.payer_id AND x.amount = r.amount)
			THEN 1 ELSE 0 END) = 2)`
	differingTopUps = `SELECT t.id, COUNT(x.leg) FROM topups t
		LEFT JOIN postings x ON x.bucket = t.bucket AND x.txn_id = t.id AND x.leg < 2
		WHERE t.bucket = $1 GROUP BY t.bucket, t.payer_id, t.reference
		HAVING NOT (COUNT(x.leg) = 2 AND SUM(CASE WHEN x.currency = t.currency AND (
			x.leg = 0 AND x.kind = 3 AND x.amount = -t.amount OR
			x.leg = 1 AND x.kind = 1 AND x.owner = t.payer_id AND x.amount = t.amount)
			THEN 1 ELSE 0 END) = 2)`
	// A loan moves its amount from what the payer owes to his purse. What payers owe in all is what is left of their loans.
	differingLoans = `SELECT l.id, COUNT(x.leg) FROM loans l
		LEFT JOIN postings x ON x.bucket = l.bucket AND x.txn_id = l.id
		WHERE l.bucket = $1 GROUP BY l.bucket, l.id
		HAVING NOT (COUNT(x.leg) = 2 AND l.repaid >= 0 AND l.repaid <= l.amount AND l.open = CASE WHEN l.repaid < l.amount THEN 1 ELSE 0 END
			AND SUM(CASE WHEN x.currency = l.currency AND x.owner = l.payer_id AND (
			x.leg = 0 AND x.kind = l.kind AND x.amount = -l.amount OR
			x.leg = 1 AND x.kind = 1 AND x.amount = l.amount)
			THEN 1 ELSE 0 END) = 2)`
	differingOwed = `SELECT o.owner, o.kind, CAST(SUM(o.amount) AS BIGINT) FROM (
		SELECT owner, kind, amount FROM postings WHERE bucket = $1 AND kind IN (4, 5)
		UNION ALL SELECT payer_id AS owner, kind, amount - repaid AS amount FROM loans WHERE bucket = $1) AS o
		GROUP BY o.owner, o.kind HAVING SUM(o.amount) <> 0`
	differingPayouts = `SELECT o.id, COUNT(x.leg) FROM payouts o
		LEFT JOIN postings x ON x.bucket = o.bucket AND x.txn_id = o.id
		WHERE o.bucket = $1 GROUP BY o.bucket, o.merchant_id, o.payout_no
		HAVING NOT (COUNT(x.leg) = CASE WHEN o.returned_at = 0 THEN 2 ELSE 4 END AND SUM(CASE WHEN x.currency = o.currency AND (
			x.kind = 2 AND x.owner = o.merchant_id AND (x.leg = 0 AND x.amount = -o.amount OR x.leg = 2 AND x.amount = o.amount) OR
			x.kind = 3 AND (x.leg = 1 AND x.amount = o.amount OR x.leg = 3 AND x.amount = -o.amount))
			THEN 1 ELSE 0 END) = COUNT(x.leg))`
	strayPostings = `SELECT txn_id FROM postings WHERE bucket = $1 EXCEPT SELECT id FROM payments WHERE bucket = $1
		EXCEPT SELECT id FROM refunds WHERE bucket = $1 EXCEPT SELECT id FROM topups WHERE bucket = $1
		EXCEPT SELECT id FROM loans WHERE bucket = $1 EXCEPT SELECT id FROM payouts WHERE bucket = $1`
)

// Audit recomputes every balance from the postings, and holds every payment,
// refund and top-up against its own, in one snapshot. It reads all of the
// books, bucket by bucket: each balances by itself, so that an error in one
// cannot hide behind the opposite error in another.
func (db *DB) Audit(ctx context.Context) (report ledger.Report, err error) {
	err = db.engine.Report(ctx, func(tx Tx) error {
		report, err = Audit(tx, db.Buckets())
		return err
	})
	return report, err
}

// Audit is DB.Audit inside a transaction.
func Audit(tx Tx, buckets int) (ledger.Report, error) {
	report := ledger.Report{Balanced: true, Differences: []string{}}
	for bucket := range buckets {
		b, err := books(tx, bucket)
		if err != nil {
			return report, fmt.Errorf("store: books of bucket %d: %w", bucket, err)
		}
		r := ledger.Audit(b)
		report.Balanced = report.Balanced && r.Balanced
		report.Postings += r.Postings
		report.Differences = append(report.Differences, r.Differences...)
	}
	return report, nil
}

// books sums up those of one bucket.
func books(tx Tx, bucket int) (b ledger.Books, err error) {
	b = ledger.Books{Posted: map[ledger.Entry]int64{}, Balances: map[ledger.Entry]int64{}, Waiting: map[ledger.Entry]int64{}}
	if err := tx.Row(countPostings, []any{bucket}, &b.Postings); err != nil {
		return b, err
	}
	for query, into := range map[string]map[ledger.Entry]int64{sumPostings: b.Posted, sumBalances: b.Balances, sumWaiting: b.Waiting} {
		if err := addSums(tx, query, bucket, into); err != nil {
			return b, err
		}
	}
	err = tx.Rows(sumWaitingFees, []any{bucket}, func(scan func(...any) error) error {
		e := ledger.Entry{Account: ledger.Fees()}
		var sum int64
		err := scan(&e.Currency, &sum)
		b.Waiting[e] += sum
		return err
	})
	if err != nil {
		return b, err
	}
	err = tx.Rows(selectUnbalanced, []any{bucket}, func(scan func(...any) error) error {
		var txn [16]byte
		err := scan(exact(txn[:]))
		b.Unbalanced = append(b.Unbalanced, uuid(txn))
		return err
	})
	if err == nil {
		b.Facts, err = differences(tx, bucket)
	}
	return b, err
}

func addSums(tx Tx, query string, bucket int, into map[ledger.Entry]int64) error {
	return tx.Rows(query, []any{bucket}, func(scan func(...any) error) error {
		var e ledger.Entry
		var sum int64
		err := scan(&e.Account.Kind, exact(e.Account.Owner[:]), &e.Currency, &sum)
		into[e] += sum
		return err
	})
}

// differences says of each record what is wrong with its postings.
func differences(tx Tx, bucket int) (facts []string, err error) {
	say := func(query string, sentence func(scan func(...any) error) (string, error)) {
		if err == nil {
			err = tx.Rows(query, []any{bucket}, func(scan func(...any) error) error {
				fact, err := sentence(scan)
				facts = append(facts, fact)
				return err
			})
		}
	}
	say(differingPayments, func(scan func(...any) error) (string, error) {
		var id ids.Payment
		var status string
		var legs int
		err := scan(&id, &status, &legs)
		return fmt.Sprintf("payment %v is %s, which its %d postings do not say", id, status, legs), err
	})
	say(differingSums, func(scan func(...any) error) (string, error) {
		var id ids.Payment
		var status string
		var refunded, sum int64
		err := scan(&id, &status, &refunded, &sum)
		return fmt.Sprintf("payment %v is %s with %d refunded, its refunds add up to %d", id, status, refunded, sum), err
	})
	say(differingRefunds, func(scan func(...any) error) (string, error) {
		var id ids.Refund
		var legs int
		err := scan(&id, &legs)
		return fmt.Sprintf("refund %v is not what its %d postings say", id, legs), err
	})
	say(differingTopUps, func(scan func(...any) error) (string, error) {
		var id ids.TopUp
		var legs int
		err := scan(&id, &legs)
		return fmt.Sprintf("top-up %v is not what its %d postings say", id, legs), err
	})
	say(differingPayouts, func(scan func(...any) error) (string, error) {
		var id ids.Payout
		var legs int
		err := scan(&id, &legs)
		return fmt.Sprintf("payout %v is not what its %d postings say", id, legs), err
	})
	say(differingLoans, func(scan func(...any) error) (string, error) {
		var id ids.Loan
		var legs int
		err := scan(&id, &legs)
		return fmt.Sprintf("loan %v is not what its %d postings and what was repaid say", id, legs), err
	})
	say(differingOwed, func(scan func(...any) error) (string, error) {
		var a ledger.Account
		var over int64
		err := scan(exact(a.Owner[:]), &a.Kind, &over)
		return fmt.Sprintf("%v differs by %d from what is left of the loans", a, over), err
	})
	if err == nil {
		var fees []string
		fees, err = differingFees(tx, bucket)
		facts = append(facts, fees...)
	}
	say(strayPostings, func(scan func(...any) error) (string, error) {
		var txn [16]byte
		err := scan(exact(txn[:]))
		return fmt.Sprintf("transaction %s belongs to no payment, refund, top-up, payout or loan", uuid(txn)), err
	})
	return facts, err
}

// differingFees says of which payments another fee was decided than their rate
// makes, or was given back with refunds than their sum makes.
func differingFees(tx Tx, bucket int) (facts []string, err error) {
	err = tx.Rows(selectFees, []any{bucket}, func(scan func(...any) error) error {
		var p payment.Payment
		var merchant, operator int64
		err := scan(&p.ID, &p.Amount.Minor, &p.Amount.Currency, &p.Refunded, &p.FeeBP, &p.Fee, &merchant, &operator)
		if fee := p.Charged(p.FeeBP).Fee; fee != p.Fee {
			facts = append(facts, fmt.Sprintf("payment %v has a fee of %d, its rate makes %d", p.ID, p.Fee, fee))
		}
		if back := p.FeeBack(); merchant != back || operator != back {
			facts = append(facts, fmt.Sprintf("payment %v: refunds gave back %d of its fee, and the operator %d; it should be %d", p.ID, merchant, operator, back))
		}
		return err
	})
	return facts, err
}

// uuid writes the identifier of a transaction, which may be of several kinds (RFC 9562, 4).
func uuid(id [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
