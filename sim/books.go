package sim

import (
	"context"
	"time"

	"github.com/paycode/paycode/sim/auditor"
	"github.com/paycode/paycode/store"
)

// What the auditor is shown, straight from the tables.
const (
	keptPayments = `SELECT id, merchant_id, payer_id, device_id, order_no, terminal_id, status, decline_code, method, superseded,
		amount, refunded, created_at FROM payments ORDER BY bucket, id`
	keptRefunds   = `SELECT id, payment_id, refund_no, amount FROM refunds ORDER BY bucket, payment_id, refund_no`
	keptTopUps    = `SELECT id, payer_id, reference, amount FROM topups ORDER BY bucket, payer_id, reference`
	keptPostings  = `SELECT txn_id, leg, kind, owner, amount, created_at FROM postings ORDER BY bucket, txn_id, leg`
	keptAccounts  = `SELECT kind, owner, balance, day, day_spent, day_count FROM accounts ORDER BY bucket, kind, owner`
	keptEvents    = `SELECT kind, account_kind, account_owner, credit, COALESCE(fee, 0) FROM outbox ORDER BY bucket, id`
	keptLoans     = `SELECT id, payer_id, kind, amount, repaid FROM loans ORDER BY bucket, id`
	keptBoardings = `SELECT presentation_id, gate_id, device_id FROM boardings ORDER BY bucket, presentation_id`
	keptPayouts   = `SELECT id, merchant_id, payout_no, amount, returned_at FROM payouts ORDER BY bucket, merchant_id, payout_no`
	belowZero     = `SELECT owner, balance FROM accounts WHERE kind = 1 AND balance < 0`
)

// examine shows the auditor the books.
func (w *world) examine(settled bool) {
	var b auditor.Books
	w.must(w.engine.Read(context.Background(), func(tx store.Tx) error {
		r := reading{tx: tx}
		r.payments(&b)
		r.each(keptRefunds, func(scan func(...any) error) error {
			var f auditor.Refund
			err := scan((*id)(&f.ID), (*id)(&f.Payment), &f.No, &f.Minor)
			b.Refunds = append(b.Refunds, f)
			return err
		})
		r.each(keptTopUps, func(scan func(...any) error) error {
			var t auditor.TopUp
			err := scan((*id)(&t.ID), (*id)(&t.Payer), &t.Reference, &t.Minor)
			b.TopUps = append(b.TopUps, t)
			return err
		})
		r.each(keptPostings, func(scan func(...any) error) error {
			var p auditor.Posting
			var at int64
			err := scan((*id)(&p.Txn), &p.Leg, &p.Kind, (*id)(&p.Owner), &p.Minor, &at)
			p.At = time.UnixMicro(at).UTC()
			b.Postings = append(b.Postings, p)
			return err
		})
		r.each(keptAccounts, func(scan func(...any) error) error {
			var a auditor.Account
			err := scan(&a.Kind, (*id)(&a.Owner), &a.Minor, &a.Day, &a.DaySpent, &a.DayCount)
			b.Accounts = append(b.Accounts, a)
			return err
		})
		r.each(keptEvents, func(scan func(...any) error) error {
			var e auditor.Event
			err := scan(&e.Kind, &e.AccountKind, (*id)(&e.Owner), &e.Minor, &e.Fee)
			b.Waiting = append(b.Waiting, e)
			return err
		})
		r.each(keptPayouts, func(scan func(...any) error) error {
			var p auditor.Payout
			var returned int64
			err := scan((*id)(&p.ID), (*id)(&p.Merchant), &p.No, &p.Minor, &returned)
			p.Returned = returned != 0
			b.Payouts = append(b.Payouts, p)
			return err
		})
		r.each(keptLoans, func(scan func(...any) error) error {
			var l auditor.Loan
			err := scan((*id)(&l.ID), (*id)(&l.Payer), &l.Kind, &l.Minor, &l.Repaid)
			b.Loans = append(b.Loans, l)
			return err
		})
		r.each(keptBoardings, func(scan func(...any) error) error {
			var o auditor.Boarding
			var shown []byte
			err := scan(&shown, (*id)(&o.Gate), (*id)(&o.Device))
			copy(o.Presentation[:], shown)
			b.Boardings = append(b.Boardings, o)
			return err
		})
		return r.err
	}))
	w.audit.Examine(b, settled)
}

// reading reads table after table until one fails.
type reading struct {
	tx  store.Tx
	err error
}

func (r *reading) each(query string, row func(scan func(...any) error) error) {
	if r.err == nil {
		r.err = r.tx.Rows(query, nil, row)
	}
}

func (r *reading) payments(b *auditor.Books) {
	r.each(keptPayments, func(scan func(...any) error) error {
		var p auditor.Payment
		var created int64
		err := scan((*id)(&p.ID), (*id)(&p.Merchant), (*id)(&p.Payer), (*id)(&p.Device), &p.Order, &p.Tag, &p.Status, &p.Decline,
			&p.Method, &p.Superseded, &p.Minor, &p.Refunded, &created)
		p.Created = time.UnixMicro(created).UTC()
		b.Payments = append(b.Payments, p)
		return err
	})
}

// glance looks at what can be seen at once, after every commit: no purse is below zero.
func (w *world) glance() {
	w.must(w.engine.Read(context.Background(), func(tx store.Tx) error {
		return tx.Rows(belowZero, nil, func(scan func(...any) error) error {
			var who auditor.ID
			var minor int64
			err := scan((*id)(&who), &minor)
			w.audit.BelowZero(who, minor)
			return err
		})
	}))
}

// id scans 16 bytes, or none for nobody.
type id auditor.ID

// Scan implements sql.Scanner.
func (i *id) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		copy(i[:], b)
	}
	return nil
}
