package settlement

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

var (
	now  = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	shop = ids.Merchant{1}
	made = Payout{ID: ids.Payout{9}, Merchant: shop, No: "n1", Amount: cny(500), Reference: "bank 7", CreatedAt: now.Add(-time.Hour)}
)

func cny(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "CNY"} }

func order(minor int64) Order {
	return Order{ID: ids.Payout{2}, Merchant: shop, No: "n1", Minor: minor, Currency: "CNY", Reference: "bank 7"}
}

func TestDecide(t *testing.T) {
	other := func(change func(*Order)) Order {
		o := order(500)
		change(&o)
		return o
	}
	paid := func(minor int64) Change {
		p := Payout{ID: ids.Payout{2}, Merchant: shop, No: "n1", Amount: cny(minor), Reference: "bank 7", CreatedAt: now}
		return Change{Payout: p, New: true, Postings: []ledger.Posting{{Account: ledger.Merchant(shop), Amount: cny(-minor)}, {Account: ledger.Cash(), Amount: cny(minor)}}}
	}
	back := made
	back.ReturnedAt = now
	for name, c := range map[string]struct {
		settled int64
		before  *Payout
		order   Order
		want    Change
		err     error
	}{
		"a part":                      {settled: 501, order: order(500), want: paid(500)},
		"all, by its amount":          {settled: 500, order: order(500), want: paid(500)},
		"all":                         {settled: 321, order: order(0), want: paid(321)},
		"one more":                    {settled: 499, order: order(500), err: ErrExceeds},
		"all of nothing":              {settled: 0, order: order(0), err: ErrExceeds},
		"all of less than nothing":    {settled: -5, order: order(0), err: ErrExceeds},
		"a debtor":                    {settled: -5, order: order(1), err: ErrExceeds},
		"less than nothing":           {settled: 500, order: order(-1), err: ErrExceeds},
		"another currency":            {settled: 500, order: other(func(o *Order) { o.Currency = "EUR" }), err: ErrCurrency},
		"the same again":              {settled: 0, before: &made, order: order(500), want: Change{Payout: made}},
		"all again":                   {settled: 700, before: &made, order: order(0), want: Change{Payout: made}},
		"again with more":             {settled: 700, before: &made, order: order(501), err: ErrConflict},
		"again with another word":     {settled: 700, before: &made, order: other(func(o *Order) { o.Reference = "" }), err: ErrConflict},
		"again in another currency":   {settled: 700, before: &made, order: other(func(o *Order) { o.Currency = "EUR" }), err: ErrConflict},
		"again after it was returned": {settled: 700, before: &back, order: order(500), want: Change{Payout: back}},
	} {
		got, err := decide(State{Now: now, Currency: "CNY", Settled: c.settled, Payout: c.before}, c.order)
		if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v\n%s", name, err, c.err, diff)
		}
		if got.Postings != nil {
			if err := ledger.Check(got.Postings); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestReturn(t *testing.T) {
	back := made
	back.ReturnedAt = now
	want := Change{Payout: back, Returned: true, FirstLeg: 2, Postings: []ledger.Posting{
		{Account: ledger.Merchant(shop), Amount: cny(500)}, {Account: ledger.Cash(), Amount: cny(-500)},
	}}
	got, err := decideReturn(State{Now: now, Payout: &made})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	again, err := decideReturn(State{Now: now.Add(time.Hour), Payout: &back})
	if diff := cmp.Diff(Change{Payout: back}, again); diff != "" || err != nil {
		t.Errorf("again: %v\n%s", err, diff)
	}
	if _, err := decideReturn(State{Now: now}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
}
