package store

import (
	"bytes"
	"context"
	"iter"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

// What moved a merchant's money in a time, in one bucket: the legs of postings
// that are the merchant's (see payment.Effects), each found by the record that
// it belongs to. Parameters: bucket, merchant, from, to, the kind of account,
// how many, and where to go on.
const (
	movementColumns = `x.created_at, x.amount, x.currency, p.id, p.payer_id, p.order_no, p.method, p.subject, p.terminal_id, p.created_at, COALESCE(p.fee_bp, 0), COALESCE(f.amount, 0)`
	payoutMovement  = `x.created_at, x.amount, x.currency, NULL, NULL, '', '', o.reference, '', o.created_at, 0, 0, NULL, '', o.id, o.payout_no`
	ofTheMerchant   = ` AND x.kind = $5 AND x.owner = $2 AND x.created_at >= $3 AND x.created_at < $4`
	selectTaken     = `SELECT ` + movementColumns + `, NULL, '', NULL, '' FROM payments p
		JOIN postings x ON x.bucket = p.bucket AND x.txn_id = p.id AND x.leg = 0
		LEFT JOIN transfers f ON f.bucket = p.bucket AND f.txn_id = p.id AND f.leg = 8
		WHERE p.bucket = $1 AND p.merchant_id = $2 AND p.id > $7 AND p.id < $8` + ofTheMerchant + ` ORDER BY p.id LIMIT $6`
	selectRefunded = `SELECT ` + movementColumns + `, r.id, r.refund_no, NULL, '' FROM refunds r
		JOIN payments p ON p.bucket = r.bucket AND p.id = r.payment_id
		JOIN postings x ON x.bucket = r.bucket AND x.txn_id = r.id AND x.leg = 0
		LEFT JOIN transfers f ON f.bucket = r.bucket AND f.txn_id = r.id AND f.leg = 8
		WHERE r.bucket = $1 AND r.merchant_id = $2 AND r.id > $7 AND r.id < $8` + ofTheMerchant + ` ORDER BY r.id LIMIT $6`
	// A payment is canceled hours or days after it was named: found by when that was.
	selectReversed = `SELECT ` + movementColumns + `, NULL, '', NULL, '' FROM payments p
		JOIN postings x ON x.bucket = p.bucket AND x.txn_id = p.id AND x.leg = 2
		LEFT JOIN transfers f ON f.bucket = p.bucket AND f.txn_id = p.id AND f.leg = 10
		WHERE p.bucket = $1 AND p.merchant_id = $2 AND p.status = 'canceled' AND p.settled_at >= $3 AND p.settled_at < $4
		AND (p.settled_at, p.id) > ($7, $8)` + ofTheMerchant + ` ORDER BY p.settled_at, p.id LIMIT $6`
	selectPaidOut = `SELECT ` + payoutMovement + ` FROM payouts o
		JOIN postings x ON x.bucket = o.bucket AND x.txn_id = o.id AND x.leg = 0
		WHERE o.bucket = $1 AND o.merchant_id = $2 AND o.id > $7 AND o.id < $8` + ofTheMerchant + ` ORDER BY o.id LIMIT $6`
	selectPaidBack = `SELECT ` + payoutMovement + ` FROM payouts o
		JOIN postings x ON x.bucket = o.bucket AND x.txn_id = o.id AND x.leg = 2
		WHERE o.bucket = $1 AND o.merchant_id = $2 AND o.returned_at > 0 AND o.returned_at >= $3 AND o.returned_at < $4
		AND (o.returned_at, o.id) > ($7, $8)` + ofTheMerchant + ` ORDER BY o.returned_at, o.id LIMIT $6`
)

// movementPage is how many movements are read at a time. Between pages no
// transaction is open: whoever takes a statement slowly holds nobody up.
const movementPage = 500

// run is one ordered source of movements, read page by page.
type run struct {
	kind   payment.MovementKind
	query  string
	bucket int
	on     func(last payment.Movement) []any // where to go on behind a movement; the zero one begins
	page   []payment.Movement
	last   payment.Movement
	ended  bool
}

// Movements answers what moved the account of a merchant at or after from and
// before to, in the order in which payments, cancels and refunds were begun. It
// ends with the first error.
func (db *DB) Movements(ctx context.Context, merchant ids.Merchant, from, to time.Time) iter.Seq2[payment.Movement, error] {
	return func(yield func(payment.Movement, error) bool) {
		runs := runsOf(merchant, from, to, db.Buckets())
		for {
			next, err := earliest(runs, func(r *run) error { return db.fill(ctx, r, merchant, from, to) })
			if err != nil {
				yield(payment.Movement{}, err)
				return
			}
			if next == nil || !yield(next.page[0], nil) {
				return
			}
			next.page = next.page[1:]
		}
	}
}

func runsOf(merchant ids.Merchant, from, to time.Time, buckets int) (runs []*run) {
	low, high := firstID(from.Add(-drawnWithin)), firstID(to.Add(drawnWithin))
	behindID := func(last payment.Movement) []any {
		if last.Kind == "" {
			return []any{low, high}
		}
		return []any{begun(last), high}
	}
	behindTime := func(last payment.Movement) []any {
		if last.Kind == payment.MovedByReturn {
			return []any{micros(last.At), last.Payout[:]}
		}
		return []any{micros(last.At), last.Payment[:]}
	}
	for b := range buckets {
		runs = append(runs,
			&run{kind: payment.MovedByPayment, query: selectTaken, bucket: b, on: behindID},
			&run{kind: payment.MovedByCancel, query: selectReversed, bucket: b, on: behindTime},
			&run{kind: payment.MovedByRefund, query: selectRefunded, bucket: b, on: behindID})
	}
	home := merchant.Bucket(buckets)
	return append(runs,
		&run{kind: payment.MovedByPayout, query: selectPaidOut, bucket: home, on: behindID},
		&run{kind: payment.MovedByReturn, query: selectPaidBack, bucket: home, on: behindTime})
}

// begun orders movements: the identifier of the payment, the refund or the payout,
// and for a cancel or a return, which have none, the first that could have been drawn just then.
func begun(m payment.Movement) []byte {
	switch m.Kind {
	case payment.MovedByCancel, payment.MovedByReturn:
		return firstID(m.At)
	case payment.MovedByPayout:
		return m.Payout[:]
	case payment.MovedByRefund:
		return m.Refund[:]
	}
	return m.Payment[:]
}

// earliest is the run that goes on with the earliest movement, nil when all have ended.
func earliest(runs []*run, fill func(*run) error) (next *run, err error) {
	for _, r := range runs {
		if err := fill(r); err != nil {
			return nil, err
		}
		if len(r.page) > 0 && (next == nil || bytes.Compare(begun(r.page[0]), begun(next.page[0])) < 0) {
			next = r
		}
	}
	return next, nil
}

// fill reads the next page of a run when the last one is used up.
func (db *DB) fill(ctx context.Context, r *run, merchant ids.Merchant, from, to time.Time) error {
	if len(r.page) > 0 || r.ended {
		return nil
	}
	args := append([]any{r.bucket, merchant, micros(from), micros(to), int(ledger.MerchantPayable), movementPage}, r.on(r.last)...)
	err := db.engine.Report(ctx, func(tx Tx) error {
		r.page = nil
		return tx.Rows(r.query, args, func(scan func(...any) error) error {
			m := payment.Movement{Kind: r.kind}
			err := scan((*stamp)(&m.At), &m.Amount.Minor, &m.Amount.Currency,
				&m.Payment, &m.Payer, &m.OrderNo, &m.Method, &m.Subject, &m.TerminalID, (*stamp)(&m.BegunAt), &m.FeeBP, &m.Fee, &m.Refund, &m.RefundNo, &m.Payout, &m.PayoutNo)
			r.page = append(r.page, m)
			return err
		})
	})
	if r.ended = len(r.page) < movementPage; !r.ended {
		r.last = r.page[len(r.page)-1]
	}
	return err
}
