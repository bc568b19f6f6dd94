package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

const (
	loanColumns       = `id, payer_id, payment_id, kind, amount, currency, repaid, created_at, repaid_at`
	selectOpenLoans   = `SELECT ` + loanColumns + ` FROM loans WHERE bucket = $1 AND payer_id = $2 AND open = 1`
	selectCreditLimit = `SELECT credit_limit FROM credit_lines WHERE bucket = $1 AND payer_id = $2`
	upsertCreditLimit = `INSERT INTO credit_lines (bucket, payer_id, credit_limit) VALUES ($1, $2, $3)
		ON CONFLICT (bucket, payer_id) DO UPDATE SET credit_limit = excluded.credit_limit`
)

var (
	findLoans        = findEach(`SELECT `+loanColumns+` FROM loans t`, "payer_id uuid, open integer", "")
	findCreditLimits = findEach(`SELECT payer_id, credit_limit FROM credit_lines t`, "payer_id uuid", "")
	insertLoans      = insertNew("loans", `id uuid, payer_id uuid, payment_id uuid, kind integer, amount bigint, currency text, repaid bigint, open integer,
		created_at bigint, repaid_at bigint`, "id")
	updateLoans = updateEach("loans", "id uuid", "repaid bigint, open integer, repaid_at bigint")
)

// loans loads what payers have not repaid and may borrow: of those whose command
// asks for it, and of those whose ride may be given back.
func (l *loading) loans(needs []payment.Need) {
	payers := keySet[ids.Payer]{}
	for _, n := range needs {
		if p, there := l.rows.Payments[n.Payment]; there {
			if p.Method == payment.Pass {
				payers[p.Payer] = true
			}
		} else if n.Loans {
			payers[n.Payer] = true
		}
	}
	open := idsIn(payers)
	for i := range open {
		open[i] = append(open[i], 1)
	}
	l.find(findLoans, open, func(scan func(...any) error) error {
		o, err := scanLoan(scan)
		l.rows.Loans[o.Payer] = oldestFirst(append(l.rows.Loans[o.Payer], o))
		return err
	})
	l.find(findCreditLimits, idsIn(payers), func(scan func(...any) error) error {
		var payer ids.Payer
		var limit int64
		err := scan(&payer, &limit)
		l.rows.CreditLimits[payer] = limit
		return err
	})
}

// loans writes loans, and moves the accounts of what their payers owe: under the
// locks of the purses, so at once and not by way of the outbox.
func (s saving) loans() {
	var fresh, changed [][]any
	for _, all := range s.rows.Loans {
		for _, l := range all {
			isNew, touched := s.rows.Changes.Loans.Marked[l.ID]
			switch {
			case !touched:
			case isNew:
				fresh = append(fresh, []any{l.ID[:], l.Payer[:], l.Payment[:], int(l.Kind), l.Amount.Minor, string(l.Amount.Currency), l.Repaid,
					flag(l.Left() > 0), micros(l.CreatedAt), micros(l.RepaidAt)})
			default:
				changed = append(changed, []any{l.ID[:], l.Repaid, flag(l.Left() > 0), micros(l.RepaidAt)})
			}
		}
	}
	s.each(insertLoans, inKeyOrder(fresh))
	s.each(updateLoans, inKeyOrder(changed))
	s.each(addCredits, s.owed())
}

// inKeyOrder sorts rows by the identifier that they begin with.
func inKeyOrder(rows [][]any) [][]any {
	slices.SortFunc(rows, func(a, b []any) int { return slices.Compare(a[0].([]byte), b[0].([]byte)) })
	return rows
}

// owed is by how much the postings move the accounts of what payers owe.
func (s saving) owed() [][]any {
	moved := map[ledger.Entry]int64{}
	for _, t := range s.rows.Changes.Postings {
		for _, p := range t.Postings {
			if p.Account.Kind == ledger.PayerCredit || p.Account.Kind == ledger.PayerDebt {
				moved[ledger.Entry{Account: p.Account, Currency: p.Amount.Currency}] += p.Amount.Minor
			}
		}
	}
	return creditRows(moved)
}

func scanLoan(scan func(...any) error) (l payment.Loan, err error) {
	err = scan(&l.ID, &l.Payer, &l.Payment, &l.Kind, &l.Amount.Minor, &l.Amount.Currency, &l.Repaid, (*stamp)(&l.CreatedAt), (*stamp)(&l.RepaidAt))
	return l, err
}

func oldestFirst(loans []payment.Loan) []payment.Loan {
	slices.SortFunc(loans, func(a, b payment.Loan) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), slices.Compare(a.ID[:], b.ID[:]))
	})
	return loans
}

// Loans lists what a payer owes, oldest first.
func (db *DB) Loans(ctx context.Context, payer ids.Payer) (all []payment.Loan, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(selectOpenLoans, []any{payer.Bucket(db.Buckets()), payer}, func(scan func(...any) error) error {
			l, err := scanLoan(scan)
			all = append(all, l)
			return err
		})
	})
	return oldestFirst(all), err
}

// CreditLimit is what a payer may owe by his credit line, in minor units; 0
// where he has none.
func (db *DB) CreditLimit(ctx context.Context, payer ids.Payer) (limit int64, err error) {
	err = db.engine.Read(ctx, func(tx Tx) (err error) {
		limit, err = readCreditLimit(tx, payer.Bucket(db.Buckets()), payer)
		return err
	})
	return limit, err
}

func readCreditLimit(tx Tx, bucket int, payer ids.Payer) (limit int64, err error) {
	if err = tx.Row(selectCreditLimit, []any{bucket, payer}, &limit); errors.Is(err, ErrNotFound) {
		err = nil
	}
	return limit, err
}

// SetCreditLimit gives a payer a credit line, or another limit of it in minor
// units. It counts from the next ride on. payment.ErrNotFound for an unknown payer.
func (db *DB) SetCreditLimit(ctx context.Context, payer ids.Payer, limit int64) error {
	bucket := payer.Bucket(db.Buckets())
	return notFound(db.engine.Write(ctx, bucket, func(tx Tx) error {
		if err := tx.Row(lockPurse+db.engine.ForUpdate(), []any{bucket, int(ledger.PayerBalance), payer}, &payer); err != nil {
			return err
		}
		tx.QueueOne(upsertCreditLimit, bucket, payer, limit)
		return nil
	}))
}
