package storetest

import (
	"fmt"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/otp"
	"github.com/paycode/paycode/payment"
)

// says is what a member says to the cashier some steps from now, wrong by off.
func (w *town) says(p person, steps int, off uint64) string {
	w.Helper()
	secret, err := w.Authenticator(1, paycode.DeviceID(p.device), 1)
	w.must(err)
	step := int64(otp.Step(w.clock(), paycode.AuthenticatorPeriod)) + int64(steps)
	digits := (uint64(otp.HOTP(otp.SHA1, secret[:], uint64(step), paycode.AuthenticatorDigits)) + off) % 1_000_000
	m, ok := p.alias.Member()
	if !ok {
		w.Fatal("not a member")
	}
	return fmt.Sprintf("%v-%06d", m, digits)
}

// authenticatorSteps: six digits pay once, whoever is quicker, in their step and the ones beside it, and
// a step before one that has paid pays as well.
func authenticatorSteps(w *town) {
	p, m := w.member(100_000), w.merchant()
	paid := make([]payment.Payment, 8)
	orders := make([]string, len(paid))
	for i := range orders {
		orders[i] = w.order()
	}
	code := w.says(p, 0, 0)
	race(len(paid), func(i int) { paid[i] = w.charge(m, orders[i], code, 100) })
	succeeded := 0
	for _, one := range paid {
		if one.Status == payment.Succeeded {
			succeeded++
		} else {
			w.wantDeclined(one, payment.CodeUsed)
		}
	}
	if b := w.balance(p); succeeded != 1 || b != 99_900 {
		w.Errorf("%d of one code were paid, balance %d", succeeded, b)
	}
	w.wantPaid(w.charge(m, w.order(), w.says(p, 1, 0), 100))
	w.wantPaid(w.charge(m, w.order(), w.says(p, -1, 0), 100))
	w.wantDeclined(w.charge(m, w.order(), w.says(p, 2, 0), 100), payment.CodeInvalid)
	w.wantDeclined(w.charge(m, w.order(), w.says(p, -1, 0), 100), payment.CodeUsed)
	w.later(paycode.AuthenticatorPeriod)
	w.wantDeclined(w.charge(m, w.order(), w.says(p, 0, 0), 100), payment.CodeUsed) // shown as the next one before
	w.wantDeclined(w.charge(m, w.order(), w.says(p, 1, 0), 20_001), payment.LimitPerPayment)
}

// authenticatorGuesses: wrong digits are counted as those of any code, and then
// the right ones are refused as well.
func authenticatorGuesses(w *town) {
	p, m := w.member(100_000), w.merchant()
	for i := range payment.WrongPerMerchant {
		w.wantDeclined(w.charge(m, w.order(), w.says(p, 0, uint64(1000+i)), 100), payment.CodeInvalid)
	}
	w.wantDeclined(w.charge(m, w.order(), w.says(p, 0, 0), 100), payment.TooManyAttempts)
	w.wantPaid(w.charge(w.merchant(), w.order(), w.says(p, 0, 0), 100))
	w.later(payment.WrongWindow + time.Second)
	w.wantPaid(w.charge(m, w.order(), w.says(p, 0, 0), 100))
}
