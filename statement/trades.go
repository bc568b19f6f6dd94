package statement

import (
	"fmt"
	"time"

	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// trades sums up a day as the bills of both companies do: what was paid, and
// what went back, each as a positive amount.
type trades struct {
	paid, back           money.Amount
	payments, returnings int
}

// newTrades begins with nothing of the merchant's currency.
func newTrades(c money.Currency) trades {
	return trades{paid: money.Amount{Currency: c}, back: money.Amount{Currency: c}}
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
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	return nil
}

// clock writes a time as both bills do, in the zone of their day.
func clock(t, day time.Time) string { return t.In(day.Location()).Format(time.DateTime) }
