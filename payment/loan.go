package payment

import (
	"slices"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// Loan is money that a payer owes: put into his purse to pay a ride, because
// his pass is at the expense of his credit line, or because the ride is over and
// the purse was too light.
type Loan struct {
	ID        ids.Loan
	Payer     ids.Payer
	Payment   ids.Payment // that it paid
	Kind      ledger.Kind // ledger.PayerCredit or ledger.PayerDebt
	Amount    money.Amount
	Repaid    int64 // minor units so far
	CreatedAt time.Time
	RepaidAt  time.Time // when nothing was left; else zero
}

// Left is what is still owed, in minor units.
func (l Loan) Left() int64 { return l.Amount.Minor - l.Repaid }

// Owed sums what is left of loans of a kind, in minor units.
func Owed(loans []Loan, kind ledger.Kind) (sum int64) {
	for _, l := range loans {
		if l.Kind == kind {
			sum += l.Left()
		}
	}
	return sum
}

// lend puts the money that a fare lacks into the purse of s, and answers the
// state with it. Postings of the payment itself are then those of any other.
func (e Effects) lend(s State, c Fare, kind ledger.Kind) (Effects, State) {
	e.Loans = []Loan{{ID: c.Loan, Payer: c.Payer, Payment: c.ID, Kind: kind, Amount: c.Amount, CreatedAt: s.Now}}
	e.Lent = &Transaction{ID: c.Loan, Postings: ledger.Transfer(ledger.Owed(kind, c.Payer), ledger.Payer(c.Payer), c.Amount), At: s.Now}
	purse := *s.Purse
	purse.Balance.Minor += c.Amount.Minor
	s.Purse = &purse
	return e, s
}

// repayment says what money that came into a purse is for.
type repayment struct {
	own     ids.Payment // what came back of it first repays the loan that paid it,
	back    int64       // up to these minor units
	credit  int64       // up to these minor units repay what was used of the credit line
	cleared ids.Event
}

// repay pays loans out of the purse as it is after e: first the loan of the
// payment that came back, then debts, oldest first and as far as the money goes,
// then credit. The legs follow those of e, in the same transaction.
func (e Effects) repay(s State, r repayment) Effects {
	purse, paid := *e.Purse, map[ledger.Kind]int64{}
	loans := slices.Clone(s.Loans)
	pay := func(this func(Loan) bool, budget int64) {
		for i := range loans {
			l := &loans[i]
			part := min(l.Left(), budget, purse.Balance.Minor)
			if !this(*l) || part <= 0 {
				continue
			}
			l.Repaid += part
			if l.Left() == 0 {
				l.RepaidAt = s.Now
			}
			budget, purse.Balance.Minor = budget-part, purse.Balance.Minor-part
			paid[l.Kind] += part
		}
	}
	pay(func(l Loan) bool { return l.Payment == r.own }, r.back)
	pay(func(l Loan) bool { return l.Kind == ledger.PayerDebt }, purse.Balance.Minor)
	pay(func(l Loan) bool { return l.Kind == ledger.PayerCredit }, r.credit)
	if len(paid) == 0 {
		return e
	}
	for _, kind := range []ledger.Kind{ledger.PayerDebt, ledger.PayerCredit} {
		if minor := paid[kind]; minor > 0 {
			amount := money.Amount{Minor: minor, Currency: purse.Balance.Currency}
			e.Postings = append(e.Postings, ledger.Transfer(ledger.Payer(purse.Payer), ledger.Owed(kind, purse.Payer), amount)...)
		}
	}
	e.Purse = &purse
	for i, l := range loans {
		if l.Repaid != s.Loans[i].Repaid {
			e.Loans = append(e.Loans, l)
		}
	}
	if Owed(s.Loans, ledger.PayerDebt) > 0 && Owed(loans, ledger.PayerDebt) == 0 {
		e.Owing = &Event{ID: r.cleared, Kind: EventRideDebtPaid, Payer: purse.Payer}
	}
	return e
}

// applyLoans makes loans visible to the batch's next command and to the store.
// Those that are repaid are owed no more.
func (r *Rows) applyLoans(changed []Loan) {
	for _, l := range changed {
		all := slices.Clone(r.Loans[l.Payer]) // others may hold the old one
		i := slices.IndexFunc(all, func(o Loan) bool { return o.ID == l.ID })
		r.Changes.Loans.touch(l.ID, i < 0)
		if i < 0 {
			all = append(all, l)
		} else {
			all[i] = l
		}
		r.Loans[l.Payer] = all
	}
}
