package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// byOrder is a notice of what is paid, by the order's number.
type byOrder struct{ *office }

// Number implements webhook.Notice.
func (byOrder) Number(e payment.Event, s webhook.Subject) string {
	if e.Kind == payment.EventConfirmRequested {
		return ""
	}
	return s.Payment.OrderNo
}

// Body implements webhook.Notice.
func (o byOrder) Body(_ context.Context, e payment.Event, s webhook.Subject) ([]byte, error) {
	if e.Merchant != s.Payment.Merchant {
		o.Errorf("%v is about %v's", e, s.Payment.Merchant)
	}
	return fmt.Appendf(nil, "%s %s", e.Kind, s.Payment.OrderNo), nil
}

// callbacks go where each was asked to be, once for each event, and are nobody's endpoint.
func callbacks(o *office) {
	p, m, other := o.person(1000), o.merchant(), o.merchant()
	desk := &webhook.Desk{Store: o.db, Callbacks: o.db, Now: o.clock}
	ask := func(c webhook.Callback) {
		c.Merchant = m
		o.must(desk.Ask(o.Context(), c))
	}
	told, once, untold := o.order(), o.order(), o.order()
	ask(webhook.Callback{Form: "theirs", Number: told, URL: "https://shop.example/told"})
	ask(webhook.Callback{Form: "theirs", Number: told, URL: "https://shop.example/changed"}) // the first stays
	ask(webhook.Callback{Form: "theirs", Number: once, URL: "https://shop.example/once?order=1"})
	ask(webhook.Callback{Form: "another", Number: untold, URL: "https://shop.example/another"})
	if err := desk.Ask(o.Context(), webhook.Callback{Merchant: m, Form: "theirs", Number: untold, URL: "http://shop.example/"}); err == nil {
		o.Error("a URL without TLS was kept")
	}
	paid := o.charge(m, told, o.text(p, 0), 10)
	_, _, err := o.pay.Refund(o.Context(), paid.ID, m, "r1", 5, "")
	o.must(err)
	o.charge(m, once, o.text(p, 1), 10)
	o.charge(m, untold, o.text(p, 2), 10)
	o.charge(other, told, o.text(p, 3), 10) // another merchant's order of the same number
	r := o.relay(o.db)
	c := o.hears(o.db)
	c.Notices = map[string]webhook.Notice{"theirs": byOrder{o}}
	r.Relay.Receiver = c
	o.must(r.Drain(o.Context()))

	if all, err := o.db.Endpoints(o.Context(), m); err != nil || len(all) != 0 {
		o.Errorf("callbacks are listed as endpoints: %v, %v", all, err)
	}
	bucket := m.Bucket(o.ids.Buckets)
	jobs, _, err := o.db.ClaimDeliveries(o.Context(), bucket, o.claiming())
	o.must(err)
	var got []string
	for _, j := range jobs {
		got = append(got, fmt.Sprint(j.Form, " ", j.URL, " ", string(j.Body)))
		if j.Endpoint != jobs[0].Endpoint || j.Endpoint.Bucket(o.ids.Buckets) != bucket {
			o.Errorf("%v and %v wait apart", j.Endpoint, jobs[0].Endpoint)
		}
		if err := o.db.RemoveEndpoint(o.Context(), m, j.Endpoint); err == nil {
			o.Error("removed as an endpoint")
		}
	}
	slices.Sort(got)
	want := []string{
		"theirs https://shop.example/once?order=1 payment.succeeded " + once,
		"theirs https://shop.example/told payment.refunded " + told, "theirs https://shop.example/told payment.succeeded " + told,
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		o.Error(diff)
	}
	for range webhook.MaxEndpoints { // all of them: callbacks take no place
		o.endpoint(m)
	}
	o.later(time.Hour)
	o.must(o.db.ForgetDeliveries(o.Context(), bucket, o.clock()))
	if n := o.sum(`SELECT COUNT(*) FROM deliveries WHERE bucket = $1`); n != 0 {
		o.Errorf("%d old deliveries are kept", n)
	}
	o.wantBalanced()
}
