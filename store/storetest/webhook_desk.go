package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// record keeps deliveries as they are, and what they say of their endpoints.
func (o *office) record(d webhook.Delivery, verdicts ...webhook.Verdict) (disabled []webhook.Endpoint) {
	o.Helper()
	disabled, err := o.db.RecordDeliveries(o.Context(), d.Endpoint.Bucket(o.ids.Buckets), []webhook.Delivery{d}, verdicts)
	o.must(err)
	return disabled
}

// logged are all deliveries to an endpoint, newest first.
func (o *office) logged(e webhook.Endpoint) []webhook.Delivery {
	o.Helper()
	log, err := o.db.Deliveries(o.Context(), e.Merchant, e.ID, ids.Event{}, 1000)
	o.must(err)
	return log
}

func changedEndpoints(o *office) {
	m, other := o.merchant(), o.merchant()
	e := o.endpoint(m, payment.EventSucceeded)
	same := func(*webhook.Endpoint) error { o.Error("changed"); return nil }
	if _, err := o.db.ChangeEndpoint(o.Context(), other, e.ID, same); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("another merchant changed it: %v", err)
	}
	want := e
	want.URL, want.Events, want.Secret = "https://other.example/", webhook.Kinds(), webhook.Secret{7}
	want.Retired = []webhook.Retired{{Secret: e.Secret, Until: o.clock().Add(time.Hour)}, {Secret: webhook.Secret{9: 9}, Until: o.clock().Add(time.Minute)}}
	want.FailingSince, want.DisabledAt = o.clock().Add(-time.Hour), o.clock()
	got, err := o.db.ChangeEndpoint(o.Context(), m, e.ID, func(now *webhook.Endpoint) error {
		if diff := cmp.Diff(e, *now); diff != "" {
			o.Error(diff)
		}
		*now = want
		return nil
	})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		o.Errorf("%v\n%s", err, diff)
	}
	refused := errors.New("refused")
	if _, err := o.db.ChangeEndpoint(o.Context(), m, e.ID, func(e *webhook.Endpoint) error { e.URL = "x"; return refused }); !errors.Is(err, refused) {
		o.Errorf("refused: %v", err)
	}
	o.sent(e, 1)
	job := o.claim(e, o.claiming())[0]
	if diff := cmp.Diff(webhook.Job{Delivery: job.Delivery, Secret: want.Secret, Retired: want.Retired, DisabledAt: want.DisabledAt}, job); diff != "" || job.URL != want.URL {
		o.Error(diff)
	}
	want.Secret, want.Retired = webhook.Secret{}, nil
	list, err := o.db.Endpoints(o.Context(), m)
	if diff := cmp.Diff([]webhook.Endpoint{want}, list); err != nil || diff != "" {
		o.Errorf("%v\n%s", err, diff)
	}
	n := 0
	race(20, func(i int) { // nobody's change is lost
		_, err := o.db.ChangeEndpoint(o.Context(), m, e.ID, func(e *webhook.Endpoint) error { e.URL += "x"; return nil })
		if err != nil {
			o.Error(err)
		}
	})
	if list, err = o.db.Endpoints(o.Context(), m); err == nil {
		n = len(list[0].URL) - len(want.URL)
	}
	if n != 20 {
		o.Errorf("%d of 20 changes, %v", n, err)
	}
}

func loggedPages(o *office) {
	e, noise := o.endpoint(o.merchant()), o.endpoint(o.merchant())
	for range 7 {
		o.later(time.Second)
		o.sent(e, 1)
		o.sent(noise, 1)
	}
	d := o.logged(e)[3]
	d.Attempts, d.LastAnswer = 2, "500 Internal Server Error"
	d.Tries = []webhook.Try{{At: o.clock(), Took: 12 * time.Millisecond, Answer: "no connection"}, {At: o.clock().Add(time.Minute), Took: 15 * time.Second, Answer: "500 Internal Server Error"}}
	o.record(d)
	var all []webhook.Delivery
	before := ids.Event{}
	for {
		page, err := o.db.Deliveries(o.Context(), e.Merchant, e.ID, before, 3)
		o.must(err)
		if len(page) == 0 {
			break
		}
		all = append(all, page...)
		before = page[len(page)-1].Event
	}
	if diff := cmp.Diff(o.logged(e), all); diff != "" || len(all) != 7 {
		o.Errorf("%d in pages: %s", len(all), diff)
	}
	if diff := cmp.Diff(d, all[3]); diff != "" {
		o.Error(diff)
	}
}

// attempted is a delivery after one more attempt.
func (o *office) attempted(d webhook.Delivery, answer string, done bool) webhook.Delivery {
	d.Attempts++
	d.LastAnswer = answer
	d.Tries = append(slices.Clone(d.Tries), webhook.Try{At: o.clock(), Answer: answer})
	if d.NextAt = o.clock().Add(time.Hour); done {
		d.DoneAt = o.clock()
	}
	return d
}

func redelivered(o *office) {
	m, other := o.merchant(), o.merchant()
	e := o.endpoint(m)
	d := o.sent(e, 1)[0]
	again := func() (webhook.Delivery, error) { return o.db.Redeliver(o.Context(), m, e.ID, d.Event, o.clock()) }
	if _, err := o.db.Redeliver(o.Context(), other, e.ID, d.Event, o.clock()); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("another merchant's: %v", err)
	}
	if _, err := o.db.Redeliver(o.Context(), m, e.ID, ids.Event{1}, o.clock()); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("of no event: %v", err)
	}
	slow := o.claim(e, o.claiming())[0] // a server that is slow to say what it was answered
	done := o.attempted(slow.Delivery, "204 No Content", true)
	o.record(done)
	o.later(time.Hour)
	got, err := again()
	done.URL, done.Body, done.DoneAt, done.NextAt, done.Earlier = "", nil, time.Time{}, o.clock(), 1
	if diff := cmp.Diff(done, got); err != nil || diff != "" {
		o.Errorf("%v\n%s", err, diff)
	}
	o.record(o.attempted(slow.Delivery, "200 OK", true))
	if got := o.logged(e)[0]; got.State() != "waiting" || got.Attempts != 1 {
		o.Errorf("what came before it ended it: %+v", got)
	}
	job := o.claim(e, o.claiming())[0]
	if string(job.Body) != "0" || job.Earlier != 1 {
		o.Errorf("sent again: %q, %+v", job.Body, job.Delivery)
	}
	o.record(o.attempted(job.Delivery, "503 Service Unavailable", false))
	if _, err = again(); err != nil { // at once, instead of in an hour
		o.Error(err)
	}
	if job := o.claim(e, o.claiming())[0]; job.Attempts != 2 || job.Earlier != 2 || len(job.Tries) != 2 {
		o.Errorf("%+v", job.Delivery)
	}
	_, err = o.db.ChangeEndpoint(o.Context(), m, e.ID, func(e *webhook.Endpoint) error { e.DisabledAt = o.clock(); return nil })
	o.must(err)
	if _, err := again(); !errors.Is(err, webhook.ErrDisabled) {
		o.Errorf("to a disabled one: %v", err)
	}
}

func redeliveredFailed(o *office) {
	m, other := o.merchant(), o.merchant()
	e := o.endpoint(m)
	all := func(since time.Time, limit int) (int, error) {
		return o.db.RedeliverFailed(o.Context(), m, e.ID, since, o.clock(), limit)
	}
	old := o.sent(e, 2)
	o.later(time.Hour)
	since := o.clock()
	recent := o.sent(e, 6)
	for i, d := range append(old, recent...) {
		switch i {
		case 5:
			o.record(o.attempted(d, "204 No Content", true))
		case 6: // waits
		default:
			o.record(o.attempted(d, []string{"500 Internal Server Error", "no connection", "endpoint disabled"}[i%3], true))
		}
	}
	if _, err := o.db.RedeliverFailed(o.Context(), other, e.ID, since, o.clock(), 10); !errors.Is(err, webhook.ErrNotFound) {
		o.Errorf("another merchant's: %v", err)
	}
	for _, want := range []int{2, 2, 0} {
		if n, err := all(since, 2); err != nil || n != want {
			o.Errorf("%d again, %v, want %d", n, err, want)
		}
	}
	states := map[string]int{}
	for _, d := range o.logged(e) {
		states[fmt.Sprint(d.State(), d.Earlier)]++
	}
	if diff := cmp.Diff(map[string]int{"waiting1": 4, "waiting0": 1, "delivered0": 1, "failed0": 2}, states); diff != "" {
		o.Error(diff)
	}
	_, err := o.db.ChangeEndpoint(o.Context(), m, e.ID, func(e *webhook.Endpoint) error { e.DisabledAt = o.clock(); return nil })
	o.must(err)
	if _, err := all(time.Time{}, 10); !errors.Is(err, webhook.ErrDisabled) {
		o.Errorf("to a disabled one: %v", err)
	}
}

func failingEndpoints(o *office) {
	e, other := o.endpoint(o.merchant()), o.endpoint(o.merchant())
	d := o.sent(e, 1)[0]
	day := 24 * time.Hour
	says := func(answered bool, wantFailing time.Time, wantDisabled bool) {
		o.Helper()
		disabled := o.record(d, webhook.Verdict{Endpoint: e.ID, At: o.clock(), Answered: answered, Before: o.clock().Add(-2 * day)})
		got, err := o.db.Endpoints(o.Context(), e.Merchant)
		o.must(err)
		if !got[0].FailingSince.Equal(wantFailing) || !got[0].DisabledAt.IsZero() != (wantDisabled || len(disabled) > 0) || len(disabled) > 0 != wantDisabled {
			o.Errorf("failing since %v, want %v; disabled at %v, told %v", got[0].FailingSince, wantFailing, got[0].DisabledAt, disabled)
		}
		if wantDisabled && (len(disabled) != 1 || disabled[0].ID != e.ID || disabled[0].Merchant != e.Merchant) {
			o.Errorf("told of %+v", disabled)
		}
	}
	says(true, time.Time{}, false)
	began := o.clock()
	says(false, began, false)
	o.later(day)
	says(false, began, false)
	says(true, time.Time{}, false)
	o.later(5 * day)
	began = o.clock()
	says(false, began, false)
	o.later(2*day - time.Second)
	says(false, began, false)
	o.later(time.Second)
	says(false, began, true)
	if again := o.record(d, webhook.Verdict{Endpoint: e.ID, At: o.clock(), Before: o.clock()}); len(again) != 0 {
		o.Errorf("disabled once more: %v", again)
	}
	if got, err := o.db.Endpoints(o.Context(), other.Merchant); err != nil || !got[0].FailingSince.IsZero() || !got[0].DisabledAt.IsZero() {
		o.Errorf("another endpoint: %+v, %v", got, err)
	}
}
