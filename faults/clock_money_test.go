package faults_test

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/wallet"
)

// limitedPayer may spend little in a day. He has a new phone for each step, so
// that it is the limit that stops him, and not what a phone has shown before.
type limitedPayer struct {
	*crowd
	phones []*payer
	orders int
	days   map[string]int64 // what was taken on each day, by the server's clock
}

const (
	dayMinor  = 300
	partMinor = 100
)

func (c *crowd) limitedPayer(phones int) *limitedPayer {
	c.Helper()
	m := c.newMaker()
	l := &limitedPayer{crowd: c, days: map[string]int64{}}
	first := &payer{number: len(c.payers)}
	c.must(m.settle(first))
	limits := map[string]any{"per_payment": dayMinor, "per_day": dayMinor, "count_per_day": 100, "confirm_above": dayMinor}
	c.must(m.operator.Call(c.Context(), "PUT", "/v1/payers/"+first.id+"/limits", limits, nil))
	c.must(m.post("/v1/payers/"+first.id+"/topups", map[string]any{"reference": "rich", "amount": 100 * dayMinor}, nil))
	for range phones {
		var made struct{ Ticket string }
		c.must(m.post("/v1/payers/"+first.id+"/tickets", nil, &made))
		phone := &payer{id: first.id}
		c.must(m.enrol(phone, made.Ticket))
		l.phones = append(l.phones, phone)
	}
	return l
}

// spend buys until the limit stops him. On a day that a later one went before,
// it must at once: the later day's use counts.
func (l *limitedPayer) spend(phone int, step time.Duration) {
	l.Helper()
	taken := int64(0)
	for range dayMinor/partMinor + 2 {
		l.orders++
		p := l.charge(l.phones[phone], fmt.Sprint("limited-", l.orders), partMinor)
		if p.Status == client.Succeeded {
			taken += p.AmountMinor
		} else if p.DeclineCode != "limit_per_day" {
			l.Errorf("clock off by %v: %s %s", step, p.Status, p.DeclineCode)
		}
	}
	today := l.now().UTC().Format(time.DateOnly)
	for day := range l.days {
		if day > today && taken > 0 {
			l.Errorf("clock off by %v: %d were taken on %s, after %s", step, taken, today, day)
		}
	}
	if l.days[today] += taken; l.days[today] > dayMinor {
		l.Errorf("clock off by %v: %d were taken on %s, the limit is %d", step, l.days[today], today, dayMinor)
	}
}

// charge has the shop aside charge with a new code of a payer who is in no record.
func (c *crowd) charge(p *payer, no string, minor int64) (is client.Payment) {
	c.Helper()
	code, _, ok := p.show(c.now())
	if !ok {
		c.Fatal("no code is left")
	}
	return c.chargeCode(code, no, minor)
}

func (c *crowd) chargeCode(code, no string, minor int64) (is client.Payment) {
	c.Helper()
	in := map[string]any{"order_no": no, "code": code, "amount": minor, "currency": currency}
	c.must(c.caller(c.aside.key).Call(c.Context(), "POST", "/v1/payments", in, &is))
	return is
}

// pendingPayments wait for a payer who never answers.
type pendingPayments struct {
	*crowd
	all []client.Payment
}

func (c *crowd) pendingPayments(n int) *pendingPayments {
	c.Helper()
	m := c.newMaker()
	payer := &payer{number: len(c.payers) + 1}
	c.must(m.settle(payer))
	limits := map[string]any{"per_payment": 1000, "per_day": 1000, "count_per_day": 100, "confirm_above": 10}
	c.must(m.operator.Call(c.Context(), "PUT", "/v1/payers/"+payer.id+"/limits", limits, nil))
	var made struct{ Ticket string }
	c.must(m.post("/v1/payers/"+payer.id+"/tickets", nil, &made))
	w := wallet.New(filepath.Join(c.dir, "wallet.json"), "")
	w.Now = c.now
	c.must(w.Enrol(c.Context(), wallet.Enrolment{Link: made.Ticket, Server: c.servers[0].url(), Kind: wallet.Phone, Name: "phone"}))
	p := &pendingPayments{crowd: c}
	for i := range n {
		code, err := w.ShowOnline(c.Context())
		c.must(err)
		if !code.Online {
			c.Fatal("no online code")
		}
		is := c.chargeCode(code.Digits, fmt.Sprint("pending-", i), 100)
		if is.Status != client.Pending {
			c.Fatalf("a payment to be confirmed is %s %s", is.Status, is.DeclineCode)
		}
		p.all = append(p.all, is)
	}
	return p
}

// look: a clock that went back leaves them pending, and the till may cancel
// one. One that went forward ends the others.
func (p *pendingPayments) look(step time.Duration) {
	p.Helper()
	call := p.caller(p.aside.key)
	switch {
	case step < 0:
		var is client.Payment
		p.must(call.Call(p.Context(), "POST", "/v1/payments/"+p.all[0].ID+"/cancel", nil, &is))
		if is.Status != client.Canceled {
			p.Errorf("a pending payment was canceled, and is %s", is.Status)
		}
		p.await(p.all[1].ID, client.Pending, "")
	case step > 0:
		p.await(p.all[1].ID, client.Declined, "confirmation_timeout")
	}
}

func (p *pendingPayments) await(id string, status client.Status, decline string) {
	p.Helper()
	var is client.Payment
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); time.Sleep(pause) {
		p.must(p.caller(p.aside.key).Call(p.Context(), "GET", "/v1/payments/"+id, nil, &is))
		if is.Status == status && is.DeclineCode == decline {
			return
		}
	}
	p.Errorf("a pending payment is %s %s, want %s %s", is.Status, is.DeclineCode, status, decline)
}
