package statement

import (
	"slices"
	"strings"

	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// total is one of the lines that end a statement.
type total struct {
	name     string
	sum, fee money.Amount
	count    int
}

// add counts an amount and a fee.
func (t *total) add(amount, fee money.Amount) (err error) {
	if t.sum, err = t.sum.Add(amount); err == nil {
		t.fee, err = t.fee.Add(fee)
	}
	t.count++
	return err
}

// totals are those lines by currency, in the order of their names below.
type totals map[money.Currency][]total

// names are those of the lines of each currency. Lines of nothing are left out.
var names = []string{"total_payment", "total_cancel", "total_refund", "total_payout", "total_payout_return", "total_fee", "total"}

// add counts a movement to its kind, to the fees and to all.
func (t totals) add(m payment.Movement) error {
	c := m.Amount.Currency
	none, fee := money.Amount{Currency: c}, money.Amount{Minor: m.Fee, Currency: c}
	if t[c] == nil {
		for _, name := range names {
			t[c] = append(t[c], total{name: name, sum: none, fee: none})
		}
	}
	all, err := m.Amount.Add(fee)
	if err != nil {
		return err
	}
	line := func(name string) *total { return &t[c][slices.Index(names, name)] }
	if err := line("total_"+string(m.Kind)).add(m.Amount, fee); err != nil {
		return err
	}
	if m.Fee != 0 {
		if err := line("total_fee").add(fee, fee); err != nil {
			return err
		}
	}
	return line("total").add(all, fee)
}

func (t totals) lines() (all []total) {
	for _, of := range t {
		for _, line := range of {
			if line.count > 0 {
				all = append(all, line)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b total) int { return strings.Compare(string(a.sum.Currency), string(b.sum.Currency)) })
	return all
}
