package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// scanned is what a person wants who has read a shop's code.
func (w *town) scanned(p person, m ids.Merchant, reference, order string, minor int64) payment.Scanned {
	return payment.Scanned{
		ScanKey: payment.ScanKey{Payer: p.payer, Reference: reference}, Device: p.device,
		Merchant: m, OrderNo: order, Amount: cny(minor), TerminalID: "till-1",
	}
}

// scan pays by a shop's code, and fails unless that ends as it should.
func (w *town) scan(s payment.Scanned, wantFresh bool, want error) payment.Payment {
	w.Helper()
	p, fresh, err := w.pay.Pay(w.Context(), s)
	if !errors.Is(err, want) || err == nil && fresh != wantFresh {
		w.Fatalf("%+v: fresh %v, %v; want %v, %v", s, fresh, err, wantFresh, want)
	}
	return p
}

func scannedOnce(w *town) {
	p, m := w.person(1000), w.merchant()
	s := w.scanned(p, m, "r1", "A-1", 300)
	paid := w.scan(s, true, nil)
	w.wantPaid(paid)
	if again := w.scan(s, false, nil); again != paid {
		w.Errorf("again = %+v, want %+v", again, paid)
	}
	if paid.Method != payment.MerchantQR || paid.Payer != p.payer || paid.Device != p.device || paid.ID.Bucket(w.ids.Buckets) != p.payer.Bucket(w.ids.Buckets) {
		w.Errorf("%+v", paid)
	}
	for what, change := range map[string]func(*payment.Scanned){
		"amount":   func(s *payment.Scanned) { s.Amount = cny(301) },
		"order":    func(s *payment.Scanned) { s.OrderNo = "A-2" },
		"no order": func(s *payment.Scanned) { s.OrderNo = "" },
		"merchant": func(s *payment.Scanned) { s.Merchant = w.merchant() },
		"till":     func(s *payment.Scanned) { s.TerminalID = "till-2" },
	} {
		other := s
		change(&other)
		if _, _, err := w.pay.Pay(w.Context(), other); !errors.Is(err, payment.ErrScanConflict) {
			w.Errorf("another %s: %v", what, err)
		}
	}
	open := w.scanned(p, m, "r2", "", 300)
	first := w.scan(open, true, nil)
	w.wantPaid(first)
	if again := w.scan(open, false, nil); again != first {
		w.Errorf("again = %+v, want %+v", again, first)
	}
	w.wantDeclined(w.scan(w.scanned(p, m, "r3", "A-3", 401), true, nil), payment.InsufficientFunds)
	w.wantDeclined(w.scan(w.scanned(p, m, "r3", "A-3", 401), false, nil), payment.InsufficientFunds)
	w.scan(w.scanned(p, ids.Merchant{9}, "r4", "", 1), false, payment.ErrNotFound)
	if b := w.balance(p); b != 400 {
		w.Errorf("balance = %d", b)
	}
}

func scannedAndCharged(w *town) {
	p, q, m := w.person(1000), w.person(1000), w.merchant()
	paid := w.scan(w.scanned(p, m, "r1", "A-1", 300), true, nil)
	w.wantPaid(paid)
	if got := w.charge(m, "A-1", w.text(q, 0), 300); got != paid {
		w.Errorf("a till charged it too: %+v", got)
	}
	w.scan(w.scanned(q, m, "r1", "A-1", 300), false, payment.ErrOrderTaken)
	w.scan(w.scanned(p, m, "r2", "A-1", 300), false, payment.ErrOrderTaken)
	w.scan(w.scanned(q, m, "r1", "A-1", 301), false, payment.ErrOrderConflict)

	w.wantPaid(w.charge(m, "A-2", w.text(q, 0), 300))
	w.scan(w.scanned(p, m, "r2", "A-2", 300), false, payment.ErrOrderTaken)
	_, err := w.pay.CancelOrder(w.Context(), m, "A-3")
	w.must(err)
	w.scan(w.scanned(p, m, "r2", "A-3", 300), false, payment.ErrOrderTaken)

	poor := w.person(10)
	w.wantDeclined(w.scan(w.scanned(poor, m, "r1", "A-4", 300), true, nil), payment.InsufficientFunds)
	w.wantPaid(w.scan(w.scanned(p, m, "r2", "A-4", 300), true, nil)) // refused before, so the reference is free
	w.wantDeclined(w.scan(w.scanned(poor, m, "r1", "A-4", 300), false, nil), payment.InsufficientFunds)
	w.wantDeclined(w.charge(m, "A-5", w.text(poor, 0), 300), payment.InsufficientFunds)
	w.wantPaid(w.scan(w.scanned(p, m, "r3", "A-5", 300), true, nil))
	if got, err := w.pay.Cancel(w.Context(), paid.ID, m); err != nil || got.Status != payment.Canceled {
		w.Errorf("cancel: %+v, %v", got, err)
	}
	if b, c := w.balance(p), w.balance(q); b != 400 || c != 700 {
		w.Errorf("balances %d and %d", b, c)
	}
}

// strangerClaims: whoever makes a code of his own, with an order number that he
// guessed and an amount that he likes, stops nobody unless he pays.
func strangerClaims(w *town) {
	m, stranger, p := w.merchant(), w.person(0), w.person(1000)
	for _, order := range []string{"G-1", "G-2", "G-3"} {
		w.wantDeclined(w.scan(w.scanned(stranger, m, order, order, 1), true, nil), payment.InsufficientFunds)
	}
	w.wantPaid(w.charge(m, "G-1", w.text(p, 0), 300))
	w.wantPaid(w.scan(w.scanned(p, m, "r", "G-2", 300), true, nil))
	w.wantDeclined(w.charge(m, "G-3", w.text(stranger, 0), 300), payment.InsufficientFunds)
	w.scan(w.scanned(p, m, "r3", "G-3", 299), false, payment.ErrOrderConflict) // now the merchant has said how much
	for _, order := range []string{"G-1", "G-2", "G-3"} {
		w.wantDeclined(w.scan(w.scanned(stranger, m, order, order, 1), false, nil), payment.InsufficientFunds)
		w.scan(w.scanned(stranger, m, order+"+", order, 1), false, payment.ErrOrderConflict)
	}
	w.wantPaid(w.charge(m, "G-3", w.text(p, 1), 300))

	_, _, err := w.pay.TopUp(w.Context(), stranger.payer, "1", 1, false)
	w.must(err)
	w.wantPaid(w.scan(w.scanned(stranger, m, "pays", "G-4", 1), true, nil))
	_, _, err = w.pay.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: "G-4", Amount: cny(300), Code: w.text(p, 2)})
	if !errors.Is(err, payment.ErrOrderConflict) {
		w.Errorf("an order that has been paid with another amount: %v", err)
	}
	w.scan(w.scanned(p, m, "r4", "G-4", 300), false, payment.ErrOrderConflict)
	if b := w.balance(p); b != 100 {
		w.Errorf("balance = %d", b)
	}
}

// scansRace: payers and tills at two servers want the same orders at once, and
// every payer sends everything twice.
func scansRace(w *town) {
	m, servers := w.merchant(), []*payment.Processor{w.pay, w.server()}
	var people []person
	for range 4 {
		people = append(people, w.person(1000))
	}
	var mu sync.Mutex
	paid, fresh := map[ids.Payment]int64{}, 0
	note := func(p payment.Payment, isNew bool, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil && p.Status == payment.Succeeded {
			paid[p.ID] = p.Amount.Minor
			if isNew {
				fresh++
			}
		} else if err != nil && !errors.Is(err, payment.ErrOrderTaken) && !errors.Is(err, payment.ErrScanConflict) {
			w.Errorf("%v", err)
		}
	}
	var all sync.WaitGroup
	for order := range 3 {
		for i, p := range people {
			for _, server := range servers {
				s := w.scanned(p, m, "same", fmt.Sprintf("R-%d", order), 100)
				all.Go(func() { note(server.Pay(w.Context(), s)) })
			}
			if i == 0 {
				r := payment.Request{Merchant: m, OrderNo: fmt.Sprintf("R-%d", order), Amount: cny(100), Code: w.text(p, order)}
				all.Go(func() { note(servers[1].Charge(w.Context(), r)) })
			}
		}
	}
	all.Wait()
	var left int64
	for _, p := range people {
		left += w.balance(p)
	}
	if len(paid) > 3 || fresh != len(paid) || left != int64(4000-100*len(paid)) {
		w.Errorf("%d orders are paid, %d times, and %d are left", len(paid), fresh, left)
	}
	w.later(time.Minute)
	for order := range 3 { // what gave way leaves no order that cannot be paid
		got, _, err := w.pay.Pay(w.Context(), w.scanned(w.person(1000), m, "late", fmt.Sprintf("R-%d", order), 100))
		if err != nil && !errors.Is(err, payment.ErrOrderTaken) || err == nil && got.Status != payment.Succeeded {
			w.Errorf("order %d later: %+v, %v", order, got, err)
		}
	}
}

// dies is a store of a server that lives no longer than its claims.
type dies struct{ payment.Store }

func (dies) Update(context.Context, int, []payment.Need, func(*payment.Rows)) error {
	return errors.New("dead")
}

// deadScan: a server dies after it has claimed the order, and before it decides.
func deadScan(w *town) {
	for i, then := range []func(s payment.Scanned, other person){
		func(s payment.Scanned, _ person) { // the wallet asks again
			w.wantPaid(w.scan(s, true, nil))
		},
		func(s payment.Scanned, other person) { // somebody else is next, and then the wallet asks again
			late := s
			late.ScanKey = payment.ScanKey{Payer: other.payer, Reference: "o"}
			late.Device = other.device
			w.wantPaid(w.scan(late, true, nil))
			w.scan(s, false, payment.ErrOrderTaken)
			if b := w.balance(other); b != 700 {
				w.Errorf("the other has %d", b)
			}
		},
		func(s payment.Scanned, _ person) { // the merchant gives the order up
			_, err := w.pay.CancelOrder(w.Context(), s.Merchant, s.OrderNo)
			w.must(err)
			w.scan(s, false, payment.ErrOrderTaken)
		},
	} {
		p, other, m := w.person(1000), w.person(1000), w.merchant()
		s := w.scanned(p, m, "r", fmt.Sprintf("D-%d", i), 300)
		dying := payment.New(w.config(dies{w.db}))
		if _, _, err := dying.Pay(w.Context(), s); err == nil {
			w.Fatal("the server lived on")
		}
		dying.Close()
		w.later(3 * time.Second)
		then(s, other)
	}
}
