package webhook_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/sqlite"
	"github.com/paycode/paycode/webhook"
)

// office sends webhooks from a database of its own, on a clock that a test moves.
type office struct {
	*testing.T
	db    *store.DB
	maker ids.Maker
	mu    sync.Mutex
	now   time.Time
}

// buckets is more than one, so that a confusion of buckets shows.
const buckets = 4

func newOffice(t *testing.T) *office {
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), sqlite.Options{Buckets: buckets})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &office{T: t, db: store.New(e), maker: ids.Maker{Random: rand.Reader, Buckets: buckets}, now: time.Now()}
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) later(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

var loopback = webhook.Policy{Loopback: true}

// sender runs a sender, and stops it when the test ends or stop is called.
func (o *office) sender(change func(*webhook.SenderConfig)) (s *webhook.Sender, stop func()) {
	c := webhook.SenderConfig{
		Store: o.db, Policy: loopback, Forms: map[string]webhook.Form{"": webhook.Standard{Waits: webhook.Schedule()}}, Now: o.clock, Buckets: buckets,
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&c)
	}
	s = webhook.NewSender(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	stop = func() { cancel(); <-done }
	o.Cleanup(stop)
	return s, stop
}

// endpoint registers a URL as it is, whatever a policy says.
func (o *office) endpoint(url string) webhook.Endpoint {
	o.Helper()
	merchant := ids.New[ids.Merchant](o.maker, o.clock(), o.maker.AnyBucket())
	e := webhook.Endpoint{
		ID: ids.New[ids.Webhook](o.maker, o.clock(), merchant.Bucket(buckets)), Merchant: merchant, URL: url,
		Events: webhook.Kinds(), CreatedAt: o.clock(),
	}
	if _, err := rand.Read(e.Secret[:]); err != nil {
		o.Fatal(err)
	}
	o.must(o.db.AddEndpoint(o.Context(), e, 1))
	return e
}

// deliver has n events on their way to an endpoint.
func (o *office) deliver(e webhook.Endpoint, n int) (events []ids.Event) {
	o.Helper()
	var all []webhook.Delivery
	for i := range n {
		event := ids.New[ids.Event](o.maker, o.clock(), o.maker.AnyBucket())
		events = append(events, event)
		all = append(all, webhook.Delivery{Endpoint: e.ID, Event: event, Body: fmt.Appendf(nil, `{"n":%d}`, i), NextAt: o.clock()})
	}
	o.must(o.db.AddDeliveries(o.Context(), e.ID.Bucket(buckets), all))
	return events
}

// await waits until the deliveries to an endpoint are as wanted.
func (o *office) await(e webhook.Endpoint, what string, want func([]webhook.Delivery) bool) []webhook.Delivery {
	o.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got, err := o.db.Deliveries(o.Context(), e.Merchant, e.ID, ids.Event{}, 1000)
		o.must(err)
		if want(got) {
			return got
		}
		if time.Now().After(deadline) {
			o.Fatalf("not %s: %+v", what, got)
		}
	}
}

func all(state string) func([]webhook.Delivery) bool {
	return func(d []webhook.Delivery) bool {
		for _, d := range d {
			if d.State() != state {
				return false
			}
		}
		return true
	}
}

func attempts(n int) func([]webhook.Delivery) bool {
	return func(d []webhook.Delivery) bool { return d[0].Attempts == n }
}

// shop is a merchant's server that checks what it hears with the library.
type shop struct {
	*httptest.Server
	mu     sync.Mutex
	heard  map[string]int // by webhook-id
	status []int          // of the answers, in their order; then 204
}

func newShop(t *testing.T, secret *webhook.Secret, status ...int) *shop {
	s := &shop{heard: map[string]int{}, status: status}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		hook, _ := standardwebhooks.NewWebhook(secret.Reveal())
		if bad := hook.VerifyIgnoringTimestamp(body, r.Header); err != nil || bad != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("not a signed webhook: %v, %v, %v", r.Header, err, bad)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.heard[r.Header.Get("webhook-id")]++
		answer := http.StatusNoContent
		if len(s.status) > 0 {
			answer, s.status = s.status[0], s.status[1:]
		}
		w.WriteHeader(answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) times() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	times := map[string]int{}
	for id, n := range s.heard {
		times[id] = n
	}
	return times
}

func TestDelivered(t *testing.T) {
	o := newOffice(t)
	var secret webhook.Secret
	shop := newShop(t, &secret)
	e := o.endpoint(shop.URL)
	secret = e.Secret
	events := o.deliver(e, 50)
	o.sender(nil)
	o.sender(nil) // another server on the same database
	o.await(e, "delivered", all("delivered"))
	for _, id := range events {
		if n := shop.times()[id.String()]; n != 1 {
			t.Errorf("%v was heard %d times", id, n)
		}
	}
}

func TestTimestampIsTheAttempts(t *testing.T) {
	o := newOffice(t)
	at := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { at <- r.Header.Get("webhook-timestamp") }))
	t.Cleanup(server.Close)
	e := o.endpoint(server.URL)
	o.deliver(e, 1)
	o.later(time.Hour)
	o.sender(nil)
	if got, want := <-at, fmt.Sprint(o.clock().Unix()); got != want {
		t.Errorf("timestamp %s, want %s", got, want)
	}
}

func TestRetriedOnSchedule(t *testing.T) {
	o := newOffice(t)
	var secret webhook.Secret
	shop := newShop(t, &secret, 500, 302, 429)
	e := o.endpoint(shop.URL)
	secret = e.Secret
	id := o.deliver(e, 1)[0].String()
	s, _ := o.sender(nil)
	for i, wait := range webhook.Schedule()[:3] {
		got := o.await(e, "tried", attempts(i+1))[0]
		if earliest, latest := o.clock().Add(wait), o.clock().Add(wait*6/5); got.NextAt.Before(earliest.Truncate(time.Microsecond)) || got.NextAt.After(latest) {
			t.Errorf("attempt %d: the next is at %v, want %v to %v", i+1, got.NextAt, earliest, latest)
		}
		o.later(wait - time.Second)
		s.Nudge(e.ID.Bucket(buckets))
		time.Sleep(20 * time.Millisecond)
		if n := shop.times()[id]; n != i+1 {
			t.Fatalf("%d attempts before their time", n)
		}
		o.later(wait*6/5 - wait + time.Second)
		s.Nudge(e.ID.Bucket(buckets))
	}
	o.await(e, "delivered", all("delivered"))
	if n := shop.times()[id]; n != 4 {
		t.Errorf("heard %d times", n)
	}
}

func TestGivenUp(t *testing.T) {
	for name, test := range map[string]struct {
		answers  []int
		attempts int
	}{
		"after the schedule": {[]int{500, 500, 500, 500}, 3},
		"at once when gone":  {[]int{410}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			var secret webhook.Secret
			shop := newShop(t, &secret, test.answers...)
			e := o.endpoint(shop.URL)
			secret = e.Secret
			o.deliver(e, 1)
			o.sender(func(c *webhook.SenderConfig) { c.Forms[""] = webhook.Standard{Waits: []time.Duration{0, 0}} })
			if got := o.await(e, "given up", all("failed"))[0]; got.Attempts != test.attempts {
				t.Errorf("%d attempts, want %d", got.Attempts, test.attempts)
			}
		})
	}
}

func TestSlowReceiverHoldsUpNobodyElse(t *testing.T) {
	o := newOffice(t)
	release := make(chan struct{})
	var now, most atomic.Int32
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		now.Add(-1)
	}))
	t.Cleanup(slow.Close)
	var secret webhook.Secret
	quick := newShop(t, &secret)
	stuck := o.endpoint(slow.URL)
	o.deliver(stuck, 600)
	o.sender(nil)
	time.Sleep(100 * time.Millisecond)
	e := o.endpoint(quick.URL)
	secret = e.Secret
	o.deliver(e, 100)
	began := time.Now()
	o.await(e, "delivered", all("delivered"))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the quick one waited %v", took)
	}
	close(release)
	o.await(stuck, "delivered in the end", all("delivered"))
	if n := most.Load(); n > 8 {
		t.Errorf("%d attempts at once to one endpoint", n)
	}
}

func TestRefused(t *testing.T) {
	var hits atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(target.Close)
	redirect := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusFound))
	t.Cleanup(redirect.Close)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of the refused handshake
	t.Cleanup(secure.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, test := range map[string]struct {
		policy webhook.Policy
		url    string
		want   string
	}{
		"a redirect":                     {loopback, redirect.URL, "302 Found"},
		"loopback":                       {webhook.Policy{}, target.URL, "address not allowed"},
		"loopback, private ones allowed": {webhook.Policy{Private: true}, target.URL, "address not allowed"},
		"a private address":              {loopback, "http://10.255.255.1/", "address not allowed"},
		"a link-local address":           {webhook.Policy{Private: true}, "http://169.254.169.254/", "address not allowed"},
		"an unknown authority":           {loopback, secure.URL, "certificate not accepted"},
		"nobody there":                   {loopback, closed.URL, "no connection"},
		"no URL":                         {loopback, "http://[", "no request can be made for the URL"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			e := o.endpoint(test.url)
			o.deliver(e, 1)
			o.sender(func(c *webhook.SenderConfig) { c.Policy = test.policy })
			if got := o.await(e, "tried", attempts(1))[0]; got.LastAnswer != test.want || got.State() != "waiting" {
				t.Errorf("%s, %q, want %q", got.State(), got.LastAnswer, test.want)
			}
		})
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestTLS(t *testing.T) {
	o := newOffice(t)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(secure.Close)
	trust := x509.NewCertPool()
	trust.AddCert(secure.Certificate())
	e := o.endpoint(secure.URL)
	o.deliver(e, 1)
	o.sender(func(c *webhook.SenderConfig) { c.TLS = &tls.Config{RootCAs: trust} })
	o.await(e, "delivered", all("delivered"))
}

// TestEndlessAnswer: the status counts, and little more is read.
func TestEndlessAnswer(t *testing.T) {
	o := newOffice(t)
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			n, err := w.Write(make([]byte, 4096))
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	e := o.endpoint(server.URL)
	o.deliver(e, 1)
	o.sender(nil)
	if got := o.await(e, "delivered", all("delivered"))[0]; got.LastAnswer != "200 OK" {
		t.Errorf("answer %q", got.LastAnswer)
	}
	if n := sent.Load(); n > 32<<20 { // what the kernel buffers
		t.Errorf("%d bytes were taken", n)
	}
}

func TestStopKeepsWhatWasAnswered(t *testing.T) {
	o := newOffice(t)
	asked, release := make(chan struct{}), make(chan struct{})
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		hits.Add(1)
		asked <- struct{}{}
		<-release
	}))
	t.Cleanup(server.Close)
	e := o.endpoint(server.URL)
	o.deliver(e, 1)
	_, stop := o.sender(nil)
	<-asked
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	stop()
	got, err := o.db.Deliveries(t.Context(), e.Merchant, e.ID, ids.Event{}, 1)
	if err != nil || got[0].State() != "delivered" || hits.Load() != 1 {
		t.Errorf("%v, %v, %d requests", got, err, hits.Load())
	}
}

// TestCrashDelays: what a server had claimed when it died is due again when its lease is over.
func TestCrashDelays(t *testing.T) {
	o := newOffice(t)
	var secret webhook.Secret
	shop := newShop(t, &secret)
	e := o.endpoint(shop.URL)
	secret = e.Secret
	o.deliver(e, 1)
	_, _, err := o.db.ClaimDeliveries(t.Context(), e.ID.Bucket(buckets), webhook.Claiming{
		Now: o.clock(), Until: o.clock().Add(time.Minute), Room: func(ids.Webhook) int { return 1 }, Limit: 1,
	})
	o.must(err)
	s, _ := o.sender(nil)
	s.Nudge(e.ID.Bucket(buckets))
	time.Sleep(50 * time.Millisecond)
	if n := len(shop.times()); n != 0 {
		t.Fatalf("%d attempts under another server's lease", n)
	}
	o.later(time.Minute)
	s.Nudge(e.ID.Bucket(buckets))
	o.await(e, "delivered", all("delivered"))
}

// spoken is a form of which only the body "heard" means that it was received.
type spoken struct{ webhook.Standard }

func (spoken) Request(_ context.Context, j webhook.Job, now time.Time) (http.Header, []byte, error) {
	return http.Header{"Content-Type": {"text/plain"}}, append([]byte(now.Format(time.RFC3339)+" "), j.Body...), nil
}

func (spoken) Outcome(_ int, body []byte) webhook.Outcome {
	if string(body) == "heard" {
		return webhook.Received
	}
	return webhook.Again
}

// TestCallbackGoesInItsForm: to its own URL, signed anew each time, until the form takes the
// answer for one; meanwhile a server that does not speak the form spoils nothing.
func TestCallbackGoesInItsForm(t *testing.T) {
	o := newOffice(t)
	answers := []string{"not yet", "heard"}
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		defer o.mu.Unlock()
		bodies = append(bodies, r.URL.Path+" "+string(body))
		io.WriteString(w, answers[0])
		answers = answers[1:]
	}))
	t.Cleanup(server.Close)
	merchant := ids.New[ids.Merchant](o.maker, o.clock(), 2)
	desk := &webhook.Desk{Callbacks: o.db, Policy: loopback, Now: o.clock}
	o.must(desk.Ask(t.Context(), webhook.Callback{Merchant: merchant, Form: "spoken", Number: "A1", URL: server.URL + "/a1"}))
	lanes, err := o.db.ListeningEndpoints(t.Context(), 2, []ids.Merchant{merchant})
	if err != nil || len(lanes) != 1 {
		t.Fatal(lanes, err)
	}
	d := webhook.Delivery{Endpoint: lanes[0].ID, Event: ids.New[ids.Event](o.maker, o.clock(), 1), URL: server.URL + "/a1", Body: []byte("paid"), NextAt: o.clock()}
	o.must(o.db.AddDeliveries(t.Context(), 2, []webhook.Delivery{d}))
	until := func(s *webhook.Sender, want func(time.Time) bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			next, err := o.db.NextDelivery(t.Context(), 2)
			if err == nil && want(next) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the next is due at %v, %v", next, err)
			}
			s.Nudge(2)
		}
	}
	began := o.clock()
	o.later(time.Second) // tells what was put back from what nobody claimed
	s, stop := o.sender(nil)
	until(s, func(next time.Time) bool { return next.Equal(began.Add(time.Second).Truncate(time.Microsecond)) })
	stop()
	o.later(9 * time.Second)
	s, _ = o.sender(func(c *webhook.SenderConfig) {
		c.Forms["spoken"] = spoken{webhook.Standard{Waits: []time.Duration{time.Hour, time.Hour}}}
	})
	until(s, func(next time.Time) bool { return next.After(began.Add(50 * time.Minute)) })
	o.later(2 * time.Hour)
	until(s, time.Time.IsZero)
	want := []string{"/a1 " + began.Add(10*time.Second).Format(time.RFC3339) + " paid", "/a1 " + o.clock().Format(time.RFC3339) + " paid"}
	if fmt.Sprint(bodies) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", bodies, want)
	}
}
