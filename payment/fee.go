package payment

import (
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// The legs of a fee, in the transaction of what it is for: behind those that
// move the payment or the refund (0 to 3) and those that repay loans (to 7).
const (
	feeLeg         = 8
	feeCanceledLeg = 10
)

// Charged is p with what the operator keeps of it at a rate in basis points,
// rounded half up to the minor unit and never more than the amount. It is
// decided with the payment, and once: a rate that is changed later changes
// nothing of it.
func (p Payment) Charged(bp int) Payment {
	p.FeeBP, p.Fee = bp, money.Share(p.Amount.Minor, int64(min(bp, money.BasisPoints)), money.BasisPoints)
	return p
}

// FeeBack is what of the fee has been given back with all refunds so far: in
// proportion to them, rounded half up. It is all of the fee when all was
// refunded. A refund gives back what it adds to this, so that no sequence of
// refunds, however small, gains or loses by rounding.
func (p Payment) FeeBack() int64 {
	if p.Fee == 0 {
		return 0
	}
	return money.Share(p.Fee, p.Refunded, p.Amount.Minor)
}

// keep moves minor units from the merchant of p to the operator, or back when
// negative, beside what e moves. It does nothing where there is no fee.
func (e Effects) keep(s State, p Payment, leg int, minor int64) Effects {
	if minor == 0 {
		return e
	}
	amount := money.Amount{Minor: minor, Currency: p.Amount.Currency}
	e.Fee = &Transaction{ID: e.Txn, FirstLeg: leg, Postings: ledger.Transfer(ledger.Merchant(p.Merchant), ledger.Fees(), amount), At: s.Now}
	e.Event.Credit.Amount.Minor -= minor
	e.Event.Fee = minor
	return e
}
