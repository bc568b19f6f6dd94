package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// Webhooks runs the part of the suite about endpoints and their deliveries.
func Webhooks(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"endpoints":                    endpoints,
		"deliveries once an event":     deliveredOnce,
		"deliveries are claimed":       claimedDeliveries,
		"endpoints added at once":      endpointsAtOnce,
		"two servers claim":            claimedTwice,
		"what is done stays done":      staysDone,
		"old deliveries are forgotten": forgotten,
		"events become deliveries":     clerk,
		"a clerk whose store fails":    clerkFails,
		"callbacks":                    callbacks,
		"endpoints are changed":        changedEndpoints,
		"the log has pages":            loggedPages,
		"deliveries are sent again":    redelivered,
		"failed ones are sent again":   redeliveredFailed,
		"endpoints that fail":          failingEndpoints,
	})
}

func (o *office) endpoint(m ids.Merchant, events ...payment.EventKind) webhook.Endpoint {
	o.Helper()
	e := webhook.Endpoint{
		ID: ids.New[ids.Webhook](o.ids, o.clock(), m.Bucket(o.ids.Buckets)), Merchant: m, URL: "https://shop.example/hook",
		Events: events, Secret: webhook.Secret{1, 31: 2}, CreatedAt: o.clock(),
	}
	o.must(o.db.AddEndpoint(o.Context(), e, webhook.MaxEndpoints))
	return e
}

func endpoints(o *office) {
	m, other := o.merchant(), o.merchant()
	var want []webhook.Endpoint
	for range webhook.MaxEndpoints {
		o.later(time.Second)
		e := o.endpoint(m, payment.EventSucceeded, payment.EventRefunded)
		e.Secret = webhook.Secret{}
		want = append(want, e)
	}
	if err := o.db.AddEndpoint(o.Context(), webhook.Endpoint{ID: want[0].ID, Merchant: m}, webhook.MaxEndpoints); !errors.Is(err, webhook.ErrTooMany) {
		o.Errorf("one more: %v", err)
	}
	if err := o.db.RemoveEndpoint(o.Context(), other, want[0].ID); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("another merchant removed it: %v", err)
	}
	if _, err := o.db.Deliveries(o.Context(), other, want[0].ID, ids.Event{}, 1); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("another merchant read its deliveries: %v", err)
	}
	o.must(o.db.RemoveEndpoint(o.Context(), m, want[0].ID))
	if err := o.db.RemoveEndpoint(o.Context(), m, want[0].ID); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("removed twice: %v", err)
	}
	got, err := o.db.Endpoints(o.Context(), m)
	if diff := cmp.Diff(want[1:], got); err != nil || diff != "" {
		o.Errorf("%v\n%s", err, diff)
	}
	heard, err := o.db.ListeningEndpoints(o.Context(), m.Bucket(o.ids.Buckets), []ids.Merchant{m, other, m})
	if err != nil || len(heard) != len(want)-1 {
		o.Errorf("%d endpoints listen, %v", len(heard), err)
	}
}

// sent has n events on their way to an endpoint, due now.
func (o *office) sent(e webhook.Endpoint, n int) (all []webhook.Delivery) {
	o.Helper()
	for i := range n {
		all = append(all, webhook.Delivery{
			Endpoint: e.ID, Event: ids.New[ids.Event](o.ids, o.clock(), 0), Body: fmt.Appendf(nil, "%d", i), NextAt: o.clock(),
		})
	}
	o.must(o.db.AddDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), all))
	return all
}

func deliveredOnce(o *office) {
	m := o.merchant()
	e := o.endpoint(m, payment.EventSucceeded)
	all := o.sent(e, 5)
	again := make([]webhook.Delivery, len(all))
	for i, d := range all {
		again[i] = d
		again[i].Body = []byte("another")
	}
	o.must(o.db.AddDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), again))
	for _, j := range o.claim(e, o.claiming()) {
		if string(j.Body) == "another" {
			o.Error("a delivery was replaced")
		}
	}
	log, err := o.db.Deliveries(o.Context(), m, e.ID, ids.Event{}, 3)
	if err != nil || len(log) != 3 {
		o.Errorf("%d deliveries in the log, %v", len(log), err)
	}
	o.must(o.db.RemoveEndpoint(o.Context(), m, e.ID))
	o.must(o.db.AddDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), all))
	if n := o.sum(`SELECT COUNT(*) FROM deliveries WHERE bucket = $1`); n != 0 {
		o.Errorf("%d deliveries to an endpoint that is gone", n)
	}
}

// claiming takes all that is due, for a minute.
func (o *office) claiming() webhook.Claiming {
	return webhook.Claiming{Now: o.clock(), Until: o.clock().Add(time.Minute), Room: func(ids.Webhook) int { return 100 }, Limit: 100}
}

func (o *office) claim(e webhook.Endpoint, c webhook.Claiming) []webhook.Job {
	o.Helper()
	jobs, _, err := o.db.ClaimDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), c)
	o.must(err)
	return jobs
}

func claimedDeliveries(o *office) {
	m := o.merchant()
	e, full, narrow := o.endpoint(m), o.endpoint(m), o.endpoint(m)
	next := func(want time.Time) {
		o.Helper()
		for bucket := range o.ids.Buckets {
			got, err := o.db.NextDelivery(o.Context(), bucket)
			if here := bucket == e.ID.Bucket(o.ids.Buckets); err != nil || here && !got.Equal(want) || !here && !got.IsZero() {
				o.Errorf("the next of bucket %d is due at %v, %v", bucket, got, err)
			}
		}
	}
	next(time.Time{})
	o.sent(e, 4)
	o.sent(full, 4)
	o.sent(narrow, 4)
	next(o.clock())
	c := o.claiming()
	c.Full = []ids.Webhook{full.ID}
	c.Room = func(id ids.Webhook) int {
		if id == narrow.ID {
			return 1
		}
		return 100
	}
	got := map[ids.Webhook]int{}
	for _, j := range o.claim(e, c) {
		got[j.Endpoint]++
		if j.URL != e.URL || j.Secret != e.Secret || len(j.Body) == 0 {
			o.Errorf("a job without all that it needs: %+v, %q", j, j.Body)
		}
	}
	if diff := cmp.Diff(map[ids.Webhook]int{e.ID: 4, narrow.ID: 1}, got); diff != "" {
		o.Error(diff)
	}
	if rest := o.claim(e, o.claiming()); len(rest) != 7 {
		o.Errorf("%d were left to claim, want 7", len(rest))
	}
	next(o.claiming().Until)
	o.later(time.Minute)
	few := o.claiming()
	few.Limit = 5
	jobs, more, err := o.db.ClaimDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), few)
	if err != nil || len(jobs) != 5 || !more {
		o.Errorf("after the lease %d, more: %v, %v", len(jobs), more, err)
	}
}

func claimedTwice(o *office) {
	e := o.endpoint(o.merchant())
	o.sent(e, 60)
	c := o.claiming()
	c.Limit = 20
	got := make([][]webhook.Job, 8)
	race(len(got), func(i int) {
		var err error
		if got[i], _, err = o.db.ClaimDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), c); err != nil {
			o.Error(err)
		}
	})
	seen, n := map[ids.Event]bool{}, 0
	for _, jobs := range got {
		for _, j := range jobs {
			seen[j.Event] = true
			n++
		}
	}
	if n != 60 || len(seen) != 60 {
		o.Errorf("%d claimed, %d of them different, want 60", n, len(seen))
	}
}

func staysDone(o *office) {
	m := o.merchant()
	e := o.endpoint(m)
	d := o.sent(e, 1)[0]
	d.Attempts, d.DoneAt, d.LastAnswer = 1, o.clock(), "204 No Content"
	o.record(d)
	late := d
	late.Attempts, late.DoneAt, late.LastAnswer = 1, time.Time{}, "500 Internal Server Error"
	o.record(late)
	log, err := o.db.Deliveries(o.Context(), m, e.ID, ids.Event{}, 1)
	d.Body = nil
	if diff := cmp.Diff([]webhook.Delivery{d}, log); err != nil || diff != "" {
		o.Errorf("%v\n%s", err, diff)
	}
	if left := o.claim(e, o.claiming()); len(left) != 0 {
		o.Errorf("%d are due", len(left))
	}
}

func forgotten(o *office) {
	m := o.merchant()
	e := o.endpoint(m)
	o.sent(e, 3)
	o.later(time.Hour)
	kept := o.sent(e, 2)
	o.must(o.db.ForgetDeliveries(o.Context(), e.ID.Bucket(o.ids.Buckets), o.clock()))
	log, err := o.db.Deliveries(o.Context(), m, e.ID, ids.Event{}, 10)
	if err != nil || len(log) != len(kept) {
		o.Errorf("%d are kept, want %d, %v", len(log), len(kept), err)
	}
}

// hears is a clerk on the town's database.
func (o *office) hears(s webhook.Events) *webhook.Clerk {
	return &webhook.Clerk{
		Store: s, Now: o.clock, Buckets: o.ids.Buckets, Added: func(int) {},
		Describe: func(_ context.Context, s webhook.Subject) (any, error) {
			data := map[string]any{"payment": s.Payment.ID, "status": s.Payment.Status}
			if s.Refund != nil {
				data["refund"] = s.Refund.RefundNo
			}
			return data, nil
		},
	}
}

// heardBy lists the kinds and data of an endpoint's deliveries.
func (o *office) heardBy(e webhook.Endpoint) (heard []string) {
	o.Helper()
	c := o.claiming()
	c.Room = func(id ids.Webhook) int {
		if id == e.ID {
			return 100
		}
		return 0
	}
	for _, j := range o.claim(e, c) {
		var body struct {
			Type      string
			Timestamp time.Time
			Data      map[string]string
		}
		o.must(json.Unmarshal(j.Body, &body))
		if body.Timestamp.IsZero() || j.Endpoint != e.ID {
			o.Errorf("%s for %v", j.Body, j.Endpoint)
		}
		heard = append(heard, fmt.Sprint(body.Type, " ", body.Data["payment"], " ", body.Data["refund"]))
	}
	return heard
}

func clerk(o *office) {
	p, m, deaf := o.person(1000), o.merchant(), o.merchant()
	all, some := o.merchant(), o.endpoint(m, payment.EventRefunded)
	every := o.endpoint(all, webhook.Kinds()...)
	o.charge(deaf, o.order(), o.text(p, 0), 1)
	paid := o.charge(m, o.order(), o.text(p, 1), 10)
	_, _, err := o.pay.Refund(o.Context(), paid.ID, m, "r1", 5, "")
	o.must(err)
	sold := o.charge(all, o.order(), o.text(p, 2), 10)
	r := o.relay(o.db)
	for range 2 { // the second finds nothing to do
		r.Relay.Receiver = o.hears(o.db)
		o.must(r.Drain(o.Context()))
	}
	if o.waiting() != 0 {
		o.Errorf("%d events are left", o.waiting())
	}
	if diff := cmp.Diff([]string{"payment.refunded " + paid.ID.String() + " r1"}, o.heardBy(some)); diff != "" {
		o.Error(diff)
	}
	if diff := cmp.Diff([]string{"payment.succeeded " + sold.ID.String() + " "}, o.heardBy(every)); diff != "" {
		o.Error(diff)
	}
	o.wantBalanced()
}

// unable cannot reach the rows of one merchant's bucket.
type unable struct {
	webhook.Events
	bucket int
}

var errUnable = errors.New("unable")

// ListeningEndpoints implements webhook.Events.
func (u unable) ListeningEndpoints(ctx context.Context, bucket int, merchants []ids.Merchant) ([]webhook.Endpoint, error) {
	if bucket == u.bucket {
		return nil, errUnable
	}
	return u.Events.ListeningEndpoints(ctx, bucket, merchants)
}

func clerkFails(o *office) {
	p, lost := o.person(1000), o.merchant()
	e := o.endpoint(lost, webhook.Kinds()...)
	o.charge(lost, o.order(), o.text(p, 0), 1)
	r := o.relay(o.db)
	r.Relay.Receiver = o.hears(unable{o.db, lost.Bucket(o.ids.Buckets)})
	if err := r.Drain(o.Context()); !errors.Is(err, errUnable) || o.waiting() != 1 {
		o.Errorf("%v, %d events wait", err, o.waiting()) // the top-up is gone
	}
	r.Relay.Receiver = o.hears(o.db)
	o.must(r.Drain(o.Context()))
	if heard := o.heardBy(e); len(heard) != 1 || o.waiting() != 0 {
		o.Errorf("heard %v, %d events wait", heard, o.waiting())
	}
}
