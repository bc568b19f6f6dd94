package storetest

import (
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

// fare charges a ride.
func (w *town) fare(p person, m ids.Merchant, minor int64, onCredit bool) payment.Payment {
	w.Helper()
	f := payment.Fare{
		ID: ids.New[ids.Payment](w.ids, w.clock(), p.payer.Bucket(w.ids.Buckets)), Payer: p.payer, Device: p.device, Merchant: m,
		OrderNo: w.order(), Amount: cny(minor), OnCredit: onCredit,
	}
	paid, err := w.pay.Fare(w.Context(), f)
	w.must(err)
	if again, err := w.pay.Fare(w.Context(), f); err != nil || again != paid {
		w.Errorf("again = %+v, %v; want %+v", again, err, paid)
	}
	if paid.Status == payment.Succeeded && paid.Method != payment.Pass {
		w.Errorf("%+v", paid)
	}
	return paid
}

// wants fails unless a person has this, and owes that.
func (w *town) wants(p person, when string, balance, credit, debt int64) {
	w.Helper()
	loans, err := w.db.Loans(w.Context(), p.payer)
	w.must(err)
	owes := map[ledger.Kind]int64{}
	for _, l := range loans {
		owes[l.Kind] += l.Left()
	}
	if b := w.balance(p); b != balance || owes[ledger.PayerCredit] != credit || owes[ledger.PayerDebt] != debt {
		w.Errorf("%s: balance %d, owes %d on credit and %d in debt; want %d, %d, %d", when, b, owes[ledger.PayerCredit], owes[ledger.PayerDebt], balance, credit, debt)
	}
}

func (w *town) topUp(p person, reference string, minor int64, repayCredit bool) {
	w.Helper()
	for range 2 { // the second time nothing happens
		_, _, err := w.pay.TopUp(w.Context(), p.payer, reference, minor, repayCredit)
		w.must(err)
	}
}

func debts(w *town) {
	p, m := w.person(500), w.merchant()
	w.wantPaid(w.fare(p, m, 300, false))
	w.wants(p, "paid", 200, 0, 0)
	first := w.fare(p, m, 300, false)
	w.wantPaid(first) // the merchant is paid, and the rider owes
	w.wants(p, "too little", 200, 0, 300)
	w.wantPaid(w.fare(p, m, 400, false))
	w.wantPaid(w.fare(p, m, 150, false))
	w.wants(p, "what he has is still good", 50, 0, 700)

	w.topUp(p, "a part", 100, false)
	w.wants(p, "a part", 0, 0, 550)
	_, err := w.pay.Cancel(w.Context(), first.ID, m)
	w.must(err)
	w.wants(p, "the first ride given back: it owed 150 and the next 400", 0, 0, 250)
	w.topUp(p, "all", 1000, false)
	w.wants(p, "all", 750, 0, 0)
	w.wantPaid(w.fare(p, m, 750, false))
	w.wants(p, "to the end", 0, 0, 0)
}

func credit(w *town) {
	p, m := w.person(100), w.merchant()
	w.must(w.db.SetCreditLimit(w.Context(), p.payer, 1000))
	ride := w.fare(p, m, 600, true)
	w.wantPaid(ride)
	w.wants(p, "on credit", 100, 600, 0)
	w.wantPaid(w.fare(p, m, 400, true))
	w.wants(p, "up to the limit", 100, 1000, 0)
	w.wantPaid(w.fare(p, m, 60, true))
	w.wants(p, "beyond it, from the purse", 40, 1000, 0)
	w.wantPaid(w.fare(p, m, 60, true))
	w.wants(p, "beyond both", 40, 1000, 60)

	_, _, err := w.pay.Refund(w.Context(), ride.ID, m, "r", 200, "late")
	w.must(err)
	w.wants(p, "a refund repays what paid the ride, then the purse pays the debt", 0, 800, 20)
	w.topUp(p, "salary", 120, false)
	w.wants(p, "debts first, credit is not due", 100, 800, 0)
	w.topUp(p, "bill", 700, true)
	w.wants(p, "a bill, oldest first", 100, 100, 0)
	w.topUp(p, "rest", 500, true)
	w.wants(p, "more than is owed", 500, 0, 0)
}

// faresRace has fares, top-ups and refunds of one rider meet.
func faresRace(w *town) {
	p, m := w.person(1000), w.merchant()
	rides := make([]payment.Payment, 20)
	race(len(rides), func(i int) {
		rides[i] = w.fare(p, m, 100, false)
		if i%2 == 0 {
			_, _, err := w.pay.TopUp(w.Context(), p.payer, w.order(), 50, false)
			w.must(err)
		}
		if i%4 == 0 {
			_, _, err := w.pay.Refund(w.Context(), rides[i].ID, m, "r", 60, "")
			w.must(err)
		}
	})
	w.topUp(p, "all", 10_000, false)
	w.wants(p, "in the end", 1000+10*50+10_000-20*100+5*60, 0, 0)
}

func otherCurrency(w *town) {
	p, m := w.person(1000), w.merchant()
	f := payment.Fare{ID: ids.New[ids.Payment](w.ids, w.clock(), p.payer.Bucket(w.ids.Buckets)), Payer: p.payer, Merchant: m, OrderNo: "x", Amount: cny(1)}
	f.Amount.Currency = "EUR"
	declined, err := w.pay.Fare(w.Context(), f)
	w.must(err)
	w.wantDeclined(declined, payment.CurrencyMismatch)
	w.wants(p, "declined", 1000, 0, 0)
}

// Fares runs the part of the suite about rides that are charged.
func Fares(t *testing.T, open Opener) {
	for name, test := range map[string]func(*town){
		"debts": debts, "credit": credit, "fares race": faresRace, "another currency": otherCurrency,
	} {
		for _, buckets := range []int{1, 16} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newTown(t, open, buckets)
				test(w)
				report, err := w.db.Audit(t.Context())
				if err != nil || !report.Balanced {
					t.Errorf("audit: %v, %q", err, report.Differences)
				}
			})
		}
	}
}
