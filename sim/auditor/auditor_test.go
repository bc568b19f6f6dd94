package auditor

import (
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	ann   = ID{1}
	phone = ID{2}
	shop  = ID{3}
	one   = ID{4}
	two   = ID{5}
)

// codeAt is a genuine code of Ann's for an order, of this minute.
func codeAt(order string, nonce uint8) Presentation {
	return Presentation{
		Tag: order + "/1", Merchant: shop, Order: order, Minor: 100, Alias: 7, Genuine: true,
		Device: phone, Payer: ann, Counter: uint32(noon.Unix() / 60), Nonce: nonce,
	}
}

func paid(id ID, order, status string) Payment {
	return Payment{
		ID: id, Merchant: shop, Payer: ann, Device: phone, Order: order, Tag: order + "/1", Status: status,
		Method: "offline_text", Minor: 100, Created: noon,
	}
}

func declinedFor(id ID, order, why string) Payment {
	p := paid(id, order, declined)
	p.Decline = why
	return p
}

// town is an auditor who knows Ann, and that she has brought 1000.
func town() *Auditor {
	a := New(4 * time.Second)
	a.Opened(ann, "ann", Limits{PerPayment: 500, PerDay: 250, CountPerDay: 2})
	a.AskTopUp(ann, "start", 1000).Told(ID{9}, 1000)
	return a
}

// books are those of Ann's top-up and of some payments that took her money.
func books(taken ...Payment) Books {
	b := Books{
		TopUps:   []TopUp{{ID{9}, ann, "start", 1000}},
		Postings: []Posting{{ID{9}, 0, ofOperator, ID{}, -1000, noon}, {ID{9}, 1, ofPayer, ann, 1000, noon}},
	}
	purse, till := int64(1000), int64(0)
	for _, p := range taken {
		b.Payments = append(b.Payments, p)
		b.Postings = append(b.Postings, Posting{p.ID, 0, ofMerchant, shop, p.Minor, noon}, Posting{p.ID, 1, ofPayer, ann, -p.Minor, noon})
		purse, till = purse-p.Minor, till+p.Minor
	}
	b.Accounts = []Account{
		{ofPayer, ann, purse, dayOf(noon), till, int64(len(taken))}, {ofMerchant, shop, till, 0, 0, 0}, {ofOperator, ID{}, -1000, 0, 0, 0},
	}
	return b
}

func TestRules(t *testing.T) {
	for want, lie := range map[string]func(*Auditor){
		"a code spent twice": func(a *Auditor) {
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
			a.AskCharge(codeAt("o2", 0)).Told(paid(two, "o2", succeeded))
		},
		"an order paid twice": func(a *Auditor) {
			q, other := a.AskCharge(codeAt("o1", 0)), codeAt("o1", 1)
			other.Tag = "o1/2"
			p := paid(two, "o1", succeeded)
			p.Tag = "o1/2"
			r := a.AskCharge(other)
			q.Told(paid(one, "o1", succeeded))
			r.Told(p)
		},
		"what was told came undone": func(a *Auditor) {
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
			a.AskOrder(shop, "o1").Told(declinedFor(one, "o1", "insufficient_funds"))
		},
		"another answer for the same order": func(a *Auditor) {
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
			a.AskCharge(codeAt("o1", 0)).Told(declinedFor(two, "o1", "code_used"))
		},
		"an acknowledged payment is lost": func(a *Auditor) {
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
			a.AskOrder(shop, "o1").Unknown()
		},
		"terms that changed": func(a *Auditor) {
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
			p := paid(one, "o1", succeeded)
			p.Minor++
			a.Heard(p)
		},
		"money by a code that was not the payer's": func(a *Auditor) {
			guess := codeAt("o1", 0)
			guess.Genuine = false
			a.AskCharge(guess).Told(paid(one, "o1", succeeded))
		},
		"paid by a frozen device": func(a *Auditor) {
			a.Stopped(phone)
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
		},
		"sold by a suspended merchant": func(a *Auditor) {
			a.Stopped(shop)
			a.AskCharge(codeAt("o1", 0)).Told(paid(one, "o1", succeeded))
		},
		"another answer to the same request": func(a *Auditor) { a.AskTopUp(ann, "start", 1000).Told(one, 1000) },
		"a conflict that is none":            func(a *Auditor) { a.AskTopUp(ann, "start", 1000).Conflict() },
		"a purse below zero":                 func(a *Auditor) { a.BelowZero(ann, -1) },
	} {
		a := town()
		if v := a.Violation(); v != nil {
			t.Fatal(v)
		}
		lie(a)
		if v := a.Violation(); v == nil || v.Rule != want {
			t.Errorf("%v, want %q", v, want)
		}
	}
}

func TestBooks(t *testing.T) {
	charged := func(a *Auditor, orders ...string) (told []Payment) {
		for i, o := range orders {
			p := paid(ID{byte(10 + i)}, o, succeeded)
			a.AskCharge(codeAt(o, uint8(i))).Told(p)
			a.Delivered("payment.succeeded", p.ID)
			told = append(told, p)
		}
		return told
	}
	for _, c := range []struct {
		want   string
		orders []string
		forge  func(*Books)
	}{
		{"", []string{"o1", "o2"}, func(*Books) {}},
		{"more than a day may take", []string{"o1", "o2", "o3"}, func(*Books) {}},
		{"postings that do not sum to zero", []string{"o1"}, func(b *Books) { b.Postings[2].Minor++ }},
		{"a balance that its postings do not make", []string{"o1"}, func(b *Books) { b.Accounts[0].Minor-- }},
		{"a day's use that is not what was taken", []string{"o1"}, func(b *Books) { b.Accounts[0].DayCount++ }},
		{"an acknowledged payment is lost", []string{"o1"}, func(b *Books) { *b = books() }},
		{"an acknowledged top-up is lost", nil, func(b *Books) { *b = Books{} }},
		{"money moved for nothing", nil, func(b *Books) { b.TopUps = nil }},
		{"events that nobody relays", nil, func(b *Books) { b.Waiting = []Event{{"payer.topped_up", 0, ID{}, 0, 0}} }},
		{"paid by an old code", []string{"o1"}, func(*Books) {}},
	} {
		a := town()
		if c.want == "paid by an old code" {
			old := codeAt("o1", 0)
			old.Counter -= 2
			a.AskCharge(old)
		}
		b := books(charged(a, c.orders...)...)
		c.forge(&b)
		a.Examine(b, true)
		got := ""
		if v := a.Violation(); v != nil {
			got = v.Rule
		}
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestMidnight: near a midnight, servers may differ about the day, but no two
// days may take more than twice what one may.
func TestMidnight(t *testing.T) {
	midnight := noon.Truncate(aDay).Add(aDay)
	for count, want := range map[int]string{4: "", 5: "more than two days may take"} {
		a := town()
		all := &uses{map[payerDay]*use{}, map[payerDay]*use{}, map[payerDay]bool{}}
		all.take(a, ann, 1, midnight.Add(-time.Hour), time.Time{})
		all.take(a, ann, 1, midnight.Add(-time.Minute), time.Time{})
		all.take(a, ann, 1, midnight.Add(time.Minute), time.Time{})
		for range count - 3 {
			all.take(a, ann, 1, midnight.Add(time.Second), time.Time{})
		}
		(&examination{Auditor: a}).within(all)
		got := ""
		if v := a.Violation(); v != nil {
			got = v.Rule
		}
		if got != want {
			t.Errorf("%d payments: %q, want %q", count, got, want)
		}
	}
}
