package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/settlement"
)

// Settlement runs the part of the suite about what merchants are paid.
func Settlement(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"a part, and then all":               paidOut,
		"a payout number once":               payoutAgain,
		"what waits is not paid out":         paidBeforeRolledUp,
		"a payout that comes back":           payoutReturned,
		"many payouts at once":               payoutRace,
		"payouts while money comes and goes": payoutsUnderWay,
		"answers that are lost":              lostPayouts,
		"payouts in pages":                   payoutPages,
	})
}

func (o *office) settlement(s settlement.Store) *settlement.Service {
	return settlement.New(settlement.Config{Store: s, Now: o.clock, Random: rand.Reader, Buckets: o.engine.Buckets()})
}

// earn has people of all buckets pay a merchant, and the credits rolled up.
func (o *office) earn(m ids.Merchant, payers int, each int64) {
	o.Helper()
	for range payers {
		o.wantPaid(o.charge(m, o.order(), o.text(o.person(each), 0), each))
	}
	o.must(o.relay(o.db).Drain(o.Context()))
}

func payOf(m ids.Merchant, no string, minor int64) settlement.Order {
	return settlement.Order{Merchant: m, No: no, Minor: minor, Currency: "CNY", Reference: "bank"}
}

func (o *office) wantOwed(m ids.Merchant, payable, settled int64) {
	o.Helper()
	got, err := o.settlement(o.db).Store.Owed(o.Context(), m)
	if want := (settlement.Balance{Currency: "CNY", Payable: payable, Settled: settled}); err != nil || got != want {
		o.Errorf("owed %+v, %v; want %+v", got, err, want)
	}
}

func paidOut(o *office) {
	s, m, other := o.settlement(o.db), o.rated(1000), o.merchant()
	o.earn(other, 3, 100)
	o.earn(m, 7, 100) // 90 each
	o.wantOwed(m, 630, 630)
	first, fresh, err := s.PayOut(o.Context(), payOf(m, "p1", 600))
	if want := (settlement.Payout{ID: first.ID, Merchant: m, No: "p1", Amount: cny(600), Reference: "bank", CreatedAt: first.CreatedAt}); err != nil || !fresh || first != want || first.ID.IsZero() {
		o.Errorf("%+v, %v, %v", first, fresh, err)
	}
	o.wantOwed(m, 30, 30)
	if _, _, err := s.PayOut(o.Context(), payOf(m, "p2", 31)); !errors.Is(err, settlement.ErrExceeds) {
		o.Errorf("more than there is: %v", err)
	}
	if all, _, err := s.PayOut(o.Context(), payOf(m, "p2", 0)); err != nil || all.Amount != cny(30) {
		o.Errorf("all: %+v, %v", all, err)
	}
	if _, _, err := s.PayOut(o.Context(), payOf(m, "p3", 0)); !errors.Is(err, settlement.ErrExceeds) {
		o.Errorf("all of nothing: %v", err)
	}
	o.wantOwed(m, 0, 0)
	o.wantOwed(other, 300, 300)
	if got := o.rolled(ledger.Cash()); got != -1000+630 {
		o.Errorf("the operator holds %d", -got)
	}
	if _, _, err := s.PayOut(o.Context(), payOf(ids.Merchant{1}, "p1", 1)); !errors.Is(err, settlement.ErrNotFound) {
		o.Errorf("to nobody: %v", err)
	}
	if _, err := s.Store.Owed(o.Context(), ids.Merchant{1}); !errors.Is(err, settlement.ErrNotFound) {
		o.Errorf("owed to nobody: %v", err)
	}
	o.wantBalanced()
}

func payoutAgain(o *office) {
	s, m, other := o.settlement(o.db), o.merchant(), o.merchant()
	o.earn(m, 3, 100)
	o.earn(other, 1, 100)
	first, _, err := s.PayOut(o.Context(), payOf(m, "p1", 100))
	o.must(err)
	for _, again := range []settlement.Order{payOf(m, "p1", 100), payOf(m, "p1", 0)} {
		if got, fresh, err := s.PayOut(o.Context(), again); err != nil || fresh || got != first {
			o.Errorf("%+v again: %+v, %v, %v", again, got, fresh, err)
		}
	}
	conflicting := payOf(m, "p1", 100)
	conflicting.Reference = "another"
	for _, wrong := range []settlement.Order{payOf(m, "p1", 99), conflicting} {
		if _, _, err := s.PayOut(o.Context(), wrong); !errors.Is(err, settlement.ErrConflict) {
			o.Errorf("%+v: %v", wrong, err)
		}
	}
	if got, fresh, err := s.PayOut(o.Context(), payOf(other, "p1", 50)); err != nil || !fresh || got.ID == first.ID {
		o.Errorf("another merchant's number: %+v, %v, %v", got, fresh, err)
	}
	foreign := payOf(m, "p9", 1)
	foreign.Currency = "EUR"
	if _, _, err := s.PayOut(o.Context(), foreign); !errors.Is(err, settlement.ErrCurrency) {
		o.Errorf("another currency: %v", err)
	}
	o.wantOwed(m, 200, 200)
	if got, err := s.Store.Payout(o.Context(), m, "p1"); err != nil || got != first {
		o.Errorf("found %+v, %v", got, err)
	}
	for _, no := range []string{"p9", "p"} {
		if _, err := s.Store.Payout(o.Context(), m, no); !errors.Is(err, settlement.ErrNotFound) {
			o.Errorf("%s: %v", no, err)
		}
	}
	o.wantBalanced()
}

// paidBeforeRolledUp: a credit that waits is not paid out yet; what a refund
// takes away is gone at once.
func paidBeforeRolledUp(o *office) {
	s, m := o.settlement(o.db), o.merchant()
	paid := o.charge(m, o.order(), o.text(o.person(100), 0), 100)
	o.wantOwed(m, 100, 0)
	if _, _, err := s.PayOut(o.Context(), payOf(m, "p1", 1)); !errors.Is(err, settlement.ErrExceeds) {
		o.Errorf("of what waits: %v", err)
	}
	o.must(o.relay(o.db).Drain(o.Context()))
	_, _, err := o.pay.Refund(o.Context(), paid.ID, m, "r", 40, "")
	o.must(err)
	o.wantOwed(m, 60, 60)
	if _, _, err := s.PayOut(o.Context(), payOf(m, "p1", 61)); !errors.Is(err, settlement.ErrExceeds) {
		o.Errorf("of what was refunded: %v", err)
	}
	if all, _, err := s.PayOut(o.Context(), payOf(m, "p1", 0)); err != nil || all.Amount != cny(60) {
		o.Errorf("all: %+v, %v", all, err)
	}
	_, _, err = o.pay.Refund(o.Context(), paid.ID, m, "r2", 60, "") // a merchant may always give back
	o.must(err)
	o.wantOwed(m, -60, -60)
	o.must(o.relay(o.db).Drain(o.Context()))
	o.wantOwed(m, -60, -60)
	o.wantBalanced()
}

func payoutReturned(o *office) {
	s, m := o.settlement(o.db), o.merchant()
	today, tomorrow := o.nextDay()
	o.at(today.Add(time.Hour))
	o.earn(m, 2, 100)
	paid, _, err := s.PayOut(o.Context(), payOf(m, "p1", 150))
	o.must(err)
	o.at(tomorrow.Add(time.Hour))
	back, err := s.Return(o.Context(), m, "p1")
	paid.ReturnedAt = o.clock()
	if err != nil || !sameTimes(back, paid) {
		o.Errorf("%+v, %v; want %+v", back, err, paid)
	}
	o.at(tomorrow.Add(2 * time.Hour))
	for range 2 {
		if again, err := s.Return(o.Context(), m, "p1"); err != nil || !sameTimes(again, back) {
			o.Errorf("again: %+v, %v", again, err)
		}
	}
	if _, err := s.Return(o.Context(), m, "p2"); !errors.Is(err, settlement.ErrNotFound) {
		o.Errorf("of nothing: %v", err)
	}
	o.wantOwed(m, 200, 200)
	if _, _, err := s.PayOut(o.Context(), payOf(m, "p2", 200)); err != nil {
		o.Error(err)
	}
	kinds := func(day time.Time) (all []string) {
		for kind, lines := range o.statement(m, day, day.Add(24*time.Hour)) {
			for _, l := range lines {
				all = append(all, fmt.Sprint(kind, " ", l[8], " ", l[12]))
			}
		}
		slices.Sort(all)
		return all
	}
	if diff := cmp.Diff([]string{"payment 100 ", "payment 100 ", "payout -150 p1", "total 50 ", "total_payment 200 ", "total_payout -150 "}, kinds(today)); diff != "" {
		o.Error(diff)
	}
	if diff := cmp.Diff([]string{"payout -200 p2", "payout_return 150 p1", "total -50 ", "total_payout -200 ", "total_payout_return 150 "}, kinds(tomorrow)); diff != "" {
		o.Error(diff)
	}
	o.wantBills(m, today, tomorrow, 2, 0, 200) // of trades alone
	o.wantBalanced()
}

func sameTimes(a, b settlement.Payout) bool {
	same := a.CreatedAt.Equal(b.CreatedAt) && a.ReturnedAt.Equal(b.ReturnedAt)
	a.CreatedAt, a.ReturnedAt, b.CreatedAt, b.ReturnedAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return same && a == b
}

// payoutRace has many servers pay out more than there is.
func payoutRace(o *office) {
	const servers, each = 4, 8
	m := o.merchant()
	o.earn(m, 10, 100) // enough for 20 of 32
	var paid atomic.Int64
	race(servers*each, func(i int) {
		s := o.settlement(o.db)
		err := insist(func() error {
			_, _, err := s.PayOut(o.Context(), payOf(m, fmt.Sprint("p", i/2*2), 50)) // each number twice
			return err
		})
		switch {
		case err == nil:
			paid.Add(1)
		case !errors.Is(err, settlement.ErrExceeds):
			o.Error(err)
		}
	})
	o.wantOwed(m, 1000-50*servers*each/2, 1000-50*servers*each/2)
	race(servers*each, func(i int) {
		err := insist(func() error {
			_, _, err := o.settlement(o.db).PayOut(o.Context(), payOf(m, fmt.Sprint("q", i), 50))
			return err
		})
		if err != nil && !errors.Is(err, settlement.ErrExceeds) {
			o.Error(err)
		}
	})
	o.wantOwed(m, 0, 0)
	if n := o.sum(`SELECT COUNT(*) FROM payouts WHERE bucket = $1`); n != 20 || paid.Load() != servers*each {
		o.Errorf("%d payouts, %d answers of the first half", n, paid.Load())
	}
	o.wantBalanced()
}

// payoutsUnderWay: while payers pay and relays roll up, no more is ever paid out
// than was paid.
func payoutsUnderWay(o *office) {
	m := o.rated(500)
	people := make([]person, 6)
	for i := range people {
		people[i] = o.person(10_000)
	}
	race(len(people)+4, func(i int) {
		for n := range 10 {
			if i < len(people) {
				o.wantPaid(o.charge(m, o.order(), o.text(people[i], n), 100))
				continue
			}
			if err := o.relay(o.db).Drain(o.Context()); err != nil {
				o.Error(err)
			}
			err := insist(func() error {
				_, _, err := o.settlement(o.db).PayOut(o.Context(), payOf(m, fmt.Sprint(i, "-", n), 0))
				return err
			})
			if err != nil && !errors.Is(err, settlement.ErrExceeds) {
				o.Error(err)
			}
		}
	})
	o.must(o.relay(o.db).Drain(o.Context()))
	got, err := o.db.Owed(o.Context(), m)
	o.must(err)
	out := o.sum(`SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payouts WHERE bucket = $1`)
	if want := int64(len(people) * 10 * 95); got.Payable+out != want || got.Payable != got.Settled || got.Payable < 0 || out == 0 {
		o.Errorf("paid out %d, owed %+v; together it should be %d", out, got, want)
	}
	o.wantBalanced()
}

// lossyPayouts fails before or after a transaction, as its story says: see lossy.
type lossyPayouts struct {
	settlement.Store
	*lossy
}

func (l lossyPayouts) Settle(ctx context.Context, m ids.Merchant, no string, decide func(settlement.State) (settlement.Change, error)) (c settlement.Change, err error) {
	err = l.tell(func() error { c, err = l.Store.Settle(ctx, m, no, decide); return err })
	return c, err
}

// lostPayouts: whatever the first answers are, and whether or not they were
// true, a payout and its return are carried out once.
func lostPayouts(o *office) {
	m := o.merchant()
	o.earn(m, 5, 100)
	for i, story := range []string{"b", "a", "bb", "ba", "ab", "aa", "aba"} {
		l := &lossy{}
		s := o.settlement(lossyPayouts{o.db, l})
		no := fmt.Sprint("p", i)
		asked := func(do func() error) {
			l.then(story)
			for tries := 0; ; tries++ {
				err := do()
				if err == nil {
					if tries != len(story) {
						o.Errorf("%s: %d tries", story, tries)
					}
					return
				}
				if !errors.Is(err, payment.ErrUnavailable) && !errors.Is(err, payment.ErrUnknownOutcome) {
					o.Fatalf("%s: %v", story, err)
				}
			}
		}
		asked(func() error {
			p, _, err := s.PayOut(o.Context(), payOf(m, no, 0))
			if err == nil && p.Amount != cny(500) {
				o.Errorf("%s: paid out %v", story, p.Amount)
			}
			return err
		})
		o.wantOwed(m, 0, 0)
		asked(func() error { _, err := s.Return(o.Context(), m, no); return err })
		o.wantOwed(m, 500, 500)
	}
	o.wantBalanced()
}

func payoutPages(o *office) {
	s, m, other := o.settlement(o.db), o.merchant(), o.merchant()
	o.earn(m, 1, 100)
	o.earn(other, 1, 100)
	var want []ids.Payout
	for i := range 7 {
		o.later(time.Second)
		p, _, err := s.PayOut(o.Context(), payOf(m, fmt.Sprint("p", 9-i), 1))
		o.must(err)
		want = append(want, p.ID)
		_, _, err = s.PayOut(o.Context(), payOf(other, fmt.Sprint("p", i), 1))
		o.must(err)
	}
	slices.Reverse(want)
	var got []ids.Payout
	for before := (ids.Payout{}); ; before = got[len(got)-1] {
		page, err := s.Store.Payouts(o.Context(), m, before, 3)
		o.must(err)
		for _, p := range page {
			got = append(got, p.ID)
		}
		if len(page) < 3 {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		o.Error(diff)
	}
}
