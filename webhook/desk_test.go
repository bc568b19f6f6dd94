package webhook_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/webhook"
)

// desk is where merchants manage the endpoints of an office.
func (o *office) desk(s *webhook.Sender) *webhook.Desk {
	return &webhook.Desk{Store: o.db, Policy: loopback, Now: o.clock, Random: rand.Reader, Buckets: buckets, Added: s.Nudge}
}

// TestRotatedSecretSignsBeside: for a day a receiver verifies with the old
// secret or the new one, as the library does it; then with the new one alone.
func TestRotatedSecretSignsBeside(t *testing.T) {
	o := newOffice(t)
	type request struct {
		header http.Header
		body   []byte
	}
	heard := make(chan request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		heard <- request{r.Header.Clone(), body}
	}))
	t.Cleanup(server.Close)
	e := o.endpoint(server.URL)
	s, _ := o.sender(nil)
	desk := o.desk(s)
	lost, err := desk.Rotate(t.Context(), e.Merchant, e.ID) // whose answer never arrives
	o.must(err)
	o.later(time.Hour)
	latest, err := desk.Rotate(t.Context(), e.Merchant, e.ID)
	o.must(err)
	if latest.Secret == e.Secret || latest.Secret == lost.Secret {
		t.Fatal("not a new secret")
	}
	signedBy := func(want ...webhook.Secret) {
		t.Helper()
		o.deliver(e, 1)
		s.Nudge(e.ID.Bucket(buckets))
		r := <-heard
		if n := len(strings.Fields(r.header.Get("webhook-signature"))); n != len(want) {
			t.Errorf("%d signatures, want %d", n, len(want))
		}
		for i, secret := range want {
			hook, err := standardwebhooks.NewWebhook(secret.Reveal())
			o.must(err)
			if err := hook.VerifyIgnoringTimestamp(r.body, r.header); err != nil {
				t.Errorf("secret %d: %v", i, err)
			}
		}
		o.await(e, "delivered", all("delivered")) // or it would be due again once the clock is moved
	}
	signedBy(latest.Secret, lost.Secret, e.Secret)
	o.later(23 * time.Hour)
	signedBy(latest.Secret, lost.Secret)
	o.later(time.Hour)
	signedBy(latest.Secret)
	if _, err := desk.Rotate(t.Context(), ids.Merchant{1}, e.ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("another merchant: %v", err)
	}
}

// logs is what a sender reports.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestFailingEndpointIsDisabled: after five days without a 2xx nothing is sent
// to it, somebody is told, and no event of that time is lost.
func TestFailingEndpointIsDisabled(t *testing.T) {
	o := newOffice(t)
	var broken atomic.Bool
	var hits atomic.Int32
	broken.Store(true)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hits.Add(1); broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(server.Close)
	e, log := o.endpoint(server.URL), &logs{}
	s, _ := o.sender(func(c *webhook.SenderConfig) {
		c.Forms[""] = webhook.Standard{} // each delivery has one attempt
		c.Log = slog.New(slog.NewTextHandler(log, nil))
	})
	desk := o.desk(s)
	send := func(want string) {
		t.Helper()
		id := o.deliver(e, 1)[0]
		s.Nudge(e.ID.Bucket(buckets))
		o.await(e, want, func(d []webhook.Delivery) bool {
			return slices.ContainsFunc(d, func(d webhook.Delivery) bool { return d.Event == id && d.LastAnswer == want })
		})
	}
	endpoint := func() webhook.Endpoint {
		list, err := desk.List(t.Context(), e.Merchant)
		o.must(err)
		return list[0]
	}
	began := o.clock()
	send("500 Internal Server Error")
	o.later(5*24*time.Hour - time.Second)
	send("500 Internal Server Error")
	if got := endpoint(); !got.DisabledAt.IsZero() || !got.FailingSince.Equal(began.Truncate(time.Microsecond)) || log.String() != "" {
		t.Fatalf("before its time: %+v, %s", got, log)
	}
	o.later(time.Second)
	send("500 Internal Server Error")
	if got := endpoint(); got.DisabledAt.IsZero() {
		t.Fatalf("not disabled: %+v", got)
	}
	send("endpoint disabled")
	if n := hits.Load(); n != 3 {
		t.Errorf("%d requests, want 3: it was disabled", n)
	}
	if text := log.String(); strings.Count(text, "a webhook was disabled") != 1 || !strings.Contains(text, e.ID.String()) || !strings.Contains(text, e.Merchant.String()) {
		t.Errorf("log: %s", text)
	}
	if _, _, err := desk.RedeliverFailed(t.Context(), e.Merchant, e.ID, began); !errors.Is(err, webhook.ErrDisabled) {
		t.Errorf("sent to a disabled one: %v", err)
	}
	broken.Store(false)
	on := true
	if got, err := desk.Change(t.Context(), e.Merchant, e.ID, webhook.Change{Enabled: &on}); err != nil || !got.DisabledAt.IsZero() || !got.FailingSince.IsZero() {
		t.Errorf("enabled: %+v, %v", got, err)
	}
	if n, more, err := desk.RedeliverFailed(t.Context(), e.Merchant, e.ID, began); n != 4 || more || err != nil {
		t.Errorf("%d are sent again, %v, %v", n, more, err)
	}
	o.await(e, "delivered", all("delivered"))
}

func TestGoneEndpointIsDisabled(t *testing.T) {
	o := newOffice(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(server.Close)
	e := o.endpoint(server.URL)
	s, _ := o.sender(nil)
	o.deliver(e, 1)
	s.Nudge(e.ID.Bucket(buckets))
	o.await(e, "given up", all("failed"))
	list, err := o.desk(s).List(t.Context(), e.Merchant)
	if err != nil || list[0].DisabledAt.IsZero() {
		t.Errorf("not disabled: %+v, %v", list, err)
	}
}

// TestChange: what waits goes where the endpoint is now, and is logged with every attempt.
func TestChange(t *testing.T) {
	o := newOffice(t)
	var secret webhook.Secret
	old, next := newShop(t, &secret, 500, 500, 500), newShop(t, &secret)
	e := o.endpoint(old.URL)
	secret = e.Secret
	event := o.deliver(e, 1)[0]
	s, _ := o.sender(nil)
	desk := o.desk(s)
	o.await(e, "tried", attempts(1))
	for _, bad := range []webhook.Change{{URL: new(string)}, {Events: []string{"x"}}} {
		if _, err := desk.Change(t.Context(), e.Merchant, e.ID, bad); err == nil {
			t.Errorf("changed to %+v", bad)
		}
	}
	got, err := desk.Change(t.Context(), e.Merchant, e.ID, webhook.Change{URL: &next.URL, Events: []string{"payment.refunded"}})
	if err != nil || got.URL != next.URL || len(got.Events) != 1 || got.FailingSince.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = desk.Change(t.Context(), e.Merchant, e.ID, webhook.Change{Events: []string{}}); err != nil || got.URL != next.URL || len(got.Events) != len(webhook.Kinds()) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := desk.Redeliver(t.Context(), e.Merchant, e.ID, event); err != nil {
		t.Fatal(err)
	}
	d := o.await(e, "delivered", all("delivered"))[0]
	if next.times()[event.String()] != 1 || len(d.Tries) != 2 || d.Tries[0].Answer != "500 Internal Server Error" || d.Tries[1].Answer != "204 No Content" {
		t.Errorf("%+v", d)
	}
	for _, try := range d.Tries {
		if try.At.IsZero() || try.Took < 0 || try.Took > 10*time.Second {
			t.Errorf("%+v", try)
		}
	}
	if _, err := desk.Redeliver(t.Context(), e.Merchant, e.ID, event); err != nil {
		t.Fatal(err)
	}
	o.await(e, "delivered again", func(d []webhook.Delivery) bool { return d[0].Attempts == 3 && d[0].State() == "delivered" })
	if n := next.times()[event.String()]; n != 2 {
		t.Errorf("heard %d times", n)
	}
}
