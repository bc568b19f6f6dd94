package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// trouble is how long a till asks again before the test gives up.
const trouble = 2 * time.Minute

// Unreliable has tills charge and refund while the engine fails in every way
// that it says it may, and again with the same numbers until they are answered.
// failing turns the failures on and off. In the end every answer must still be
// given, and all money must be where the answers say.
func Unreliable(t *testing.T, open Opener, buckets int, failing func(bool)) {
	const payers, tills, sales, price, each = 4, 4, 8, 7, 10000
	w := newTown(t, open, buckets)
	people, merchants := make([]person, payers), []ids.Merchant{w.merchant(), w.rated(3333)}
	for i := range people {
		people[i] = w.person(each)
	}
	sold := make([][sales]sale, tills)
	failing(true)
	race(tills, func(i int) {
		for n := range sold[i] {
			sold[i][n] = w.sell(people[(i+n)%payers], merchants[i%len(merchants)], i, n, price)
		}
	})
	failing(false)
	spent := map[ids.Payer]int64{}
	for _, sales := range sold {
		for _, s := range sales {
			again := w.insisted(func() (p payment.Payment, err error) {
				p, _, err = w.pay.Charge(w.Context(), s.request)
				return p, err
			})
			if again.ID != s.paid.ID || again.Status != payment.PartiallyRefunded || again.Refunded != 2 {
				w.Errorf("%s: first %+v, at last %+v", s.request.OrderNo, s.paid, again)
			}
			spent[s.payer] += price - again.Refunded
		}
	}
	for _, p := range people {
		if got := w.balance(p); got != each-spent[p.payer] {
			w.Errorf("a balance is %d, want %d", got, each-spent[p.payer])
		}
	}
}

// sale is one request that was answered at last.
type sale struct {
	request payment.Request
	paid    payment.Payment
	payer   ids.Payer
}

// sell charges, and refunds a part.
func (w *town) sell(p person, m ids.Merchant, till, n int, minor int64) sale {
	s := sale{payer: p.payer, request: payment.Request{
		Merchant: m, OrderNo: fmt.Sprintf("o-%d-%d", till, n), Amount: cny(minor),
		Code: w.profile.NewText(&p.seed, p.alias, paycode.Slot{Counter: w.profile.CounterAt(w.clock()) - paycode.Counter(till%2), Nonce: paycode.Nonce(n)}),
	}}
	s.paid = w.insisted(func() (p payment.Payment, err error) {
		p, _, err = w.pay.Charge(w.Context(), s.request)
		return p, err
	})
	w.wantPaid(s.paid)
	w.insisted(func() (p payment.Payment, err error) {
		_, _, err = w.pay.Refund(w.Context(), s.paid.ID, m, "r", 2, "")
		return p, err
	})
	return s
}

// insisted asks again until there is an answer, as a till does.
func (w *town) insisted(ask func() (payment.Payment, error)) payment.Payment {
	w.Helper()
	for end := time.Now().Add(trouble); ; {
		p, err := ask()
		known := err != nil && (errors.Is(err, payment.ErrUnknownOutcome) || errors.Is(err, payment.ErrUnavailable) ||
			errors.Is(err, payment.ErrOverloaded) || errors.Is(err, store.ErrRace))
		switch {
		case err == nil:
			return p
		case !known || time.Now().After(end):
			w.Errorf("not an answer: %v", err)
			return p
		}
		time.Sleep(time.Millisecond)
	}
}
