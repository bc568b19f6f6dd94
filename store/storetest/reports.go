package storetest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

// Reports runs the part of the suite about lists and statements.
func Reports(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"a merchant's day in pages":     merchantDay,
		"a payer's payments in pages":   payerHistory,
		"refunds of a payment":          refundsOf,
		"a replaced attempt is no sale": replacedAttempt,
		"statements equal the ledger":   statements,
		"a statement of many pages":     longStatement,
	})
}

// midnight of the town's next day, and the one after it.
func (o *office) nextDay() (from, to time.Time) {
	from = o.clock().Truncate(24 * time.Hour).Add(24 * time.Hour)
	return from, from.Add(24 * time.Hour)
}

// dayIn is the midnight of the same day in another zone.
func dayIn(midnight time.Time, zone *time.Location) time.Time {
	return time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, zone)
}

func merchantDay(o *office) {
	m, other := o.merchant(), o.merchant()
	from, to := o.nextDay()
	var want []ids.Payment
	for i, at := range []time.Time{
		from.Add(-time.Millisecond), from, from.Add(time.Hour), from.Add(2 * time.Hour), from.Add(3 * time.Hour),
		from.Add(9 * time.Hour), to.Add(-time.Millisecond), to,
	} {
		o.at(at)
		p := o.person(1000)
		paid := o.charge(m, o.order(), o.text(p, 0), int64(i+1))
		o.charge(other, o.order(), o.text(p, 1), 1)
		if !at.Before(from) && at.Before(to) {
			want = append(want, paid.ID)
		}
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 2, 4, 100} {
		got := o.pages(limit, func(before ids.Payment) ([]payment.Payment, error) {
			return o.db.MerchantPayments(o.Context(), m, from, to, before, limit)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			o.Errorf("pages of %d:\n%s", limit, diff)
		}
	}
}

// pages reads a list to its end.
func (o *office) pages(limit int, read func(before ids.Payment) ([]payment.Payment, error)) (all []ids.Payment) {
	o.Helper()
	var before ids.Payment
	for {
		page, err := read(before)
		o.must(err)
		if len(page) > limit {
			o.Fatalf("a page of %d, asked for %d", len(page), limit)
		}
		for _, p := range page {
			before = p.ID
			all = append(all, p.ID)
		}
		if len(page) < limit {
			return all
		}
	}
}

func payerHistory(o *office) {
	p, somebody := o.person(1000), o.person(1000)
	var want []ids.Payment
	for i := range 7 {
		o.later(time.Second)
		want = append(want, o.charge(o.merchant(), o.order(), o.text(p, i), 1).ID)
		o.charge(o.merchant(), o.order(), o.text(somebody, i), 1)
	}
	slices.Reverse(want)
	got := o.pages(3, func(before ids.Payment) ([]payment.Payment, error) {
		return o.db.PayerPayments(o.Context(), p.payer, before, 3)
	})
	if diff := cmp.Diff(want, got); diff != "" {
		o.Error(diff)
	}
}

func refundsOf(o *office) {
	p, m := o.person(1000), o.merchant()
	paid := o.charge(m, o.order(), o.text(p, 0), 100)
	var want []payment.Refund
	for i := range 3 {
		o.later(time.Second)
		r, _, err := o.pay.Refund(o.Context(), paid.ID, m, fmt.Sprint("r", i), int64(i+1), "why")
		o.must(err)
		want = append(want, r)
	}
	got, err := o.db.Refunds(o.Context(), paid.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		o.Errorf("%v\n%s", err, diff)
	}
}

func replacedAttempt(o *office) {
	from, to := o.nextDay()
	o.at(from)
	poor, rich, m, order := o.person(1), o.person(1000), o.merchant(), o.order()
	o.wantDeclined(o.charge(m, order, o.text(poor, 0), 10), payment.InsufficientFunds)
	paid := o.charge(m, order, o.text(rich, 0), 10)
	got, err := o.db.MerchantPayments(o.Context(), m, from, to, ids.Payment{}, 10)
	o.must(err)
	if len(got) != 1 || got[0] != paid {
		o.Errorf("%+v, want %+v", got, paid)
	}
}

// statement is a statement's lines by their type.
func (o *office) statement(m ids.Merchant, from, to time.Time) map[string][][]string {
	o.Helper()
	var text bytes.Buffer
	o.must(statement.CSV(&text, o.db.Movements(o.Context(), m, from, to)))
	lines, err := csv.NewReader(&text).ReadAll()
	o.must(err)
	byType := map[string][][]string{}
	for _, l := range lines[1:] {
		byType[l[0]] = append(byType[l[0]], l)
	}
	return byType
}

// wantStatement holds a statement in all its forms against the postings of its time.
func (o *office) wantStatement(m ids.Merchant, from, to time.Time, payments, cancels, refunds int) {
	o.Helper()
	byType := o.statement(m, from, to)
	if p, c, r := len(byType["payment"]), len(byType["cancel"]), len(byType["refund"]); p != payments || c != cancels || r != refunds {
		o.Errorf("%d payments, %d cancels, %d refunds; want %d, %d, %d", p, c, r, payments, cancels, refunds)
	}
	account := ledger.Merchant(m)
	posted := o.sum(`SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM postings WHERE bucket = $1 AND kind = $2 AND owner = $3 AND created_at >= $4 AND created_at < $5`,
		int(account.Kind), account.Owner[:], from.UnixMicro(), to.UnixMicro())
	o.wantBills(m, from, to, payments, cancels+refunds, posted)
	total := byType["total"]
	if payments+cancels+refunds == 0 {
		if len(total) != 0 {
			o.Errorf("a total of nothing: %v", total)
		}
		return
	}
	if len(total) != 1 || total[0][8] != strconv.FormatInt(posted, 10) || total[0][10] != strconv.Itoa(payments+cancels+refunds) {
		o.Errorf("total %v, the postings add up to %d", total, posted)
	}
}

func statements(o *office) {
	m, other := o.rated(1000), o.merchant()
	today, tomorrow := o.nextDay()
	today, tomorrow = dayIn(today, time.FixedZone("CST", 8*3600)), dayIn(tomorrow, time.FixedZone("CST", 8*3600))
	for _, at := range []time.Time{today.Add(-time.Microsecond), today, tomorrow.Add(-time.Microsecond), tomorrow} {
		o.at(at)
		o.charge(other, "=cmd|' /C calc'!A0,`\""+o.order(), o.text(o.person(1000), 0), 7)
	}
	o.at(tomorrow.Add(-time.Minute))
	paid := make([]payment.Payment, 6)
	for i := range paid {
		p := o.person(1000)
		paid[i] = o.charge(m, o.order(), o.text(p, 0), int64(100+i))
		o.wantDeclined(o.charge(m, o.order(), o.text(p, 0), 5), payment.CodeUsed)
		o.charge(other, o.order(), o.text(p, 1), 7)
	}
	change := func(canceled, refunded payment.Payment) {
		_, err := o.pay.Cancel(o.Context(), canceled.ID, m)
		o.must(err)
		_, _, err = o.pay.Refund(o.Context(), refunded.ID, m, o.order(), 30, "")
		o.must(err)
	}
	change(paid[0], paid[1])
	o.must(o.db.SetMerchantFee(o.Context(), m, 9999)) // for what is paid from now on
	o.at(tomorrow.Add(5 * time.Hour))
	change(paid[2], paid[1])
	change(paid[3], paid[4])
	_, err := o.pay.CancelOrder(o.Context(), m, o.order()) // never seen: moves nothing
	o.must(err)
	o.wantStatement(m, today, tomorrow, 6, 1, 1)
	o.wantStatement(m, tomorrow, tomorrow.Add(24*time.Hour), 0, 2, 2)
	o.wantStatement(m, today.Add(-24*time.Hour), today, 0, 0, 0)
	o.wantStatement(other, today, tomorrow, 8, 0, 0)
	var refunded []string
	for _, line := range o.statement(m, tomorrow, tomorrow.Add(24*time.Hour))["refund"] {
		refunded = append(refunded, line[2]+" "+line[3]+" "+line[8])
	}
	want := []string{paid[1].OrderNo + " " + paid[1].ID.String() + " -30", paid[4].OrderNo + " " + paid[4].ID.String() + " -30"}
	slices.Sort(want)
	slices.Sort(refunded)
	if diff := cmp.Diff(want, refunded); diff != "" {
		o.Errorf("refunds of another day's payments:\n%s", diff)
	}
	o.wantBalanced()
}

func longStatement(o *office) {
	const payers, nonces = 60, 10
	m := o.merchant()
	today, tomorrow := o.nextDay()
	o.at(today.Add(time.Hour))
	people := make([]person, payers)
	for i := range people {
		people[i] = o.person(1e6)
	}
	race(payers*nonces, func(i int) {
		paid := o.charge(m, o.order(), o.text(people[i%payers], i/payers), int64(i+1))
		err := insist(func() error {
			_, err := o.pay.Cancel(o.Context(), paid.ID, m)
			return err
		})
		if err != nil {
			o.Error(err)
		}
	})
	o.wantStatement(m, today, tomorrow, payers*nonces, payers*nonces, 0)
}
