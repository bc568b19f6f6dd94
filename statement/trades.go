package statement

import (
	"fmt"
	"time"

	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// trades sums up a day as the bills of both companies do: what was paid, and
// what went back, each as a positive amount, and the fees with their sign.
type trades struct {
	paid, back, fees     money.Amount
	payments, returnings int
}

// tradesOf leaves out payouts: the bills that are written here are of trades,
// and have no line for them.
func tradesOf(movements Movements) Movements {
	return func(yield func(payment.Movement, error) bool) {
		for m, err := range movements {
			if m.Payout.IsZero() && !yield(m, err) {
				return
			}
		}
	}
}

// newTrades begins with nothing of the merchant's currency.
func newTrades(c money.Currency) trades {
	none := money.Amount{Currency: c}
	return trades{paid: none, back: none, fees: none}
}

// add counts a movement. A bill has one currency: money.ErrMismatch for another.
func (t *trades) add(m payment.Movement) (err error) {
	if m.Kind == payment.MovedByPayment {
		t.payments++
		t.paid, err = t.paid.Add(m.Amount)
	} else {
		t.returnings++
		t.back, err = t.back.Add(m.Amount.Negate())
	}
	if err == nil {
		t.fees, err = t.fees.Add(feeOf(m))
	}
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	return nil
}

// feeOf is what the account moved by besides the amount.
func feeOf(m payment.Movement) money.Amount {
	return money.Amount{Minor: m.Fee, Currency: m.Amount.Currency}
}

// clock writes a time as both bills do, in the zone of their day.
func clock(t, day time.Time) string { return t.In(day.Location()).Format(time.DateTime) }
