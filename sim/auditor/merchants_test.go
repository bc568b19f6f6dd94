package auditor

import "testing"

// TestMerchants: a payment of 100 with a fee of 10, of which 25 were refunded and
// 3 of the fee given back (2.5), and a payout of 60, each spoiled.
func TestMerchants(t *testing.T) {
	fees, till, three := account{kind: ofFees}, account{ofMerchant, shop}, ID{6}
	post := func(b *Books, txn ID, leg int, from, to account, minor int64) {
		b.Postings = append(b.Postings, Posting{txn, leg, from.kind, from.owner, -minor, noon}, Posting{txn, leg + 1, to.kind, to.owner, minor, noon})
	}
	for _, c := range []struct {
		want  string
		forge func(*Auditor, *Books)
	}{
		{"", func(*Auditor, *Books) {}},
		{"a fee that is not the merchant's rate", func(a *Auditor, _ *Books) { a.shops[shop].bp = 1100 }},
		{"a fee that is not the merchant's rate", func(a *Auditor, b *Books) {
			post(b, two, 10, till, fees, 1)
			b.Accounts[1].Minor--
			b.Accounts[3].Minor++
		}},
		{"a refund that gave back another fee", func(a *Auditor, b *Books) {
			post(b, two, 10, till, fees, 4)
			b.Accounts[1].Minor -= 4
			b.Accounts[3].Minor += 4
		}},
		{"a payment that moved something else", func(a *Auditor, b *Books) {
			post(b, one, 10, till, account{ofOperator, ID{}}, 1)
			b.Accounts[1].Minor--
			b.Accounts[2].Minor++
		}},
		{"paid out unasked", func(a *Auditor, b *Books) { a.shops[shop].payouts["p"].asked = []int64{59} }},
		{"", func(a *Auditor, b *Books) { a.shops[shop].payouts["p"].asked = []int64{0} }},
		{"a payout taken back unasked", func(a *Auditor, b *Books) {
			b.Payouts[0].Returned = true
			post(b, three, 2, account{ofOperator, ID{}}, till, 60)
			b.Accounts[1].Minor += 60
			b.Accounts[2].Minor -= 60
		}},
		{"a payout that moved something else", func(a *Auditor, b *Books) { b.Payouts[0].Returned, a.shops[shop].payouts["p"].back = true, true }},
		{"an acknowledged payout is lost", func(a *Auditor, b *Books) {
			a.AskPayout(shop, "q", 5).Told(ID{99}, 5)
		}},
		{"an acknowledged payout is lost", func(a *Auditor, b *Books) { a.shops[shop].payouts["p"].toldBack = true }},
		{"money moved for nothing", func(a *Auditor, b *Books) { b.Payouts = nil }},
		{"more paid out than was earned", func(a *Auditor, b *Books) {
			a.AskPayout(shop, "q", 41)
			b.Payouts = append(b.Payouts, Payout{ID{7}, shop, "q", 41, false})
			post(b, ID{7}, 0, till, account{ofOperator, ID{}}, 41)
			b.Accounts[1].Minor -= 41
			b.Accounts[2].Minor += 41
		}},
	} {
		a := town()
		a.Sells(shop, 1000)
		p := paid(one, "o1", succeeded)
		p.Minor = 100
		presented := codeAt("o1", 0)
		presented.Minor = 100
		a.AskCharge(presented).Told(p)
		a.Delivered("payment.succeeded", one)
		a.Delivered("payment.refunded", two)
		a.AskRefund(p, "r", 25).Told(two, 25)
		a.AskPayout(shop, "p", 60).Told(three, 60)
		b := books(p)
		p.Status, p.Refunded = partly, 25
		b.Payments[0] = p
		a.told[one] = &p
		post(&b, one, 8, till, fees, 10)
		post(&b, two, 0, till, account{ofPayer, ann}, 25)
		post(&b, two, 8, fees, till, 3)
		post(&b, three, 0, till, account{ofOperator, ID{}}, 60)
		b.Refunds = []Refund{{two, one, "r", 25}}
		b.Payouts = []Payout{{three, shop, "p", 60, false}}
		b.Accounts[0].Minor += 25
		b.Accounts[1].Minor += -10 - 25 + 3 - 60
		b.Accounts[2].Minor += 60
		b.Accounts = append(b.Accounts, Account{ofFees, ID{}, 7, 0, 0, 0})
		c.forge(a, &b)
		a.Examine(b, true)
		got := ""
		if v := a.Violation(); v != nil {
			got = v.Rule
		}
		if got != c.want {
			t.Errorf("%q (%v), want %q", got, a.Violation(), c.want)
		}
	}
}
