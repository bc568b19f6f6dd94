package ledger

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

var (
	ada  = Payer(ids.Payer{1})
	shop = Merchant(ids.Merchant{2})
)

func cny(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "CNY"} }

func TestCheck(t *testing.T) {
	eur := money.Amount{Minor: 5, Currency: "EUR"}
	for name, c := range map[string]struct {
		postings []Posting
		want     error
	}{
		"a transfer":                {Transfer(ada, shop, cny(5)), nil},
		"two currencies, both even": {append(Transfer(ada, shop, cny(5)), Transfer(shop, ada, eur)...), nil},
		"three legs":                {[]Posting{{ada, cny(-5)}, {shop, cny(4)}, {Cash(), cny(1)}}, nil},
		"nothing":                   {nil, ErrUnbalanced},
		"one leg":                   {[]Posting{{ada, cny(5)}}, ErrUnbalanced},
		"one over":                  {[]Posting{{ada, cny(-5)}, {shop, cny(6)}}, ErrUnbalanced},
		"even across currencies":    {[]Posting{{ada, cny(-5)}, {shop, eur}}, ErrUnbalanced},
		"too much to add":           {[]Posting{{ada, cny(math.MaxInt64)}, {shop, cny(1)}}, money.ErrOverflow},
	} {
		if err := Check(c.postings); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAudit(t *testing.T) {
	a, m := Entry{ada, "CNY"}, Entry{shop, "CNY"}
	even := func() Books {
		return Books{
			Postings: 2, Posted: map[Entry]int64{a: 95, m: 5},
			Balances: map[Entry]int64{a: 95, m: 2}, Waiting: map[Entry]int64{m: 3},
		}
	}
	for name, c := range map[string]struct {
		spoil func(*Books)
		want  string // in the only difference; empty when there is none
	}{
		"even":                         {func(*Books) {}, ""},
		"a balance too high":           {func(b *Books) { b.Balances[a]++ }, "the balance 0.96 CNY"},
		"a credit lost":                {func(b *Books) { delete(b.Waiting, m) }, "postings say 0.05 CNY, the balance 0.02 CNY"},
		"a row lost":                   {func(b *Books) { delete(b.Balances, a) }, "the balance 0.00 CNY"},
		"a balance from nowhere":       {func(b *Books) { b.Balances[Entry{Cash(), "CNY"}] = 1 }, "operator_cash"},
		"a credit from nowhere":        {func(b *Books) { b.Waiting[Entry{Cash(), "CNY"}] = 1 }, "operator_cash"},
		"a payer below zero":           {func(b *Books) { b.Posted[a], b.Balances[a] = -1, -1 }, "below zero"},
		"a transaction out of balance": {func(b *Books) { b.Unbalanced = []string{"pay_x"} }, "pay_x does not sum"},
		"a payment without postings":   {func(b *Books) { b.Facts = []string{"pay_y has none"} }, "pay_y has none"},
	} {
		b := even()
		c.spoil(&b)
		r := Audit(b)
		if r.Balanced != (c.want == "") {
			t.Errorf("%s: balanced = %v", name, r.Balanced)
		}
		if c.want != "" && (len(r.Differences) != 1 || !strings.Contains(r.Differences[0], c.want)) {
			t.Errorf("%s: %q, want one with %q", name, r.Differences, c.want)
		}
	}
}
