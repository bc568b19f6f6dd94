package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode"
)

func newDevice(n int) *device {
	p := paycode.DefaultProfile()
	return &device{seed: paycode.Seed{byte(n), byte(n >> 8)}, alias: paycode.Alias(n), profile: &p}
}

func TestDeviceShowsEachSlotOnceAndOnlyWhatIsTaken(t *testing.T) {
	now := time.Unix(1795284017, 0)
	d := newDevice(7)
	p := d.profile
	var burned paycode.BurnMap
	shown := 0
	for minute := range 4 {
		for i := 0; ; i++ {
			text, ok := d.show(now, i%2 == 0)
			if !ok {
				break
			}
			code, err := p.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			m, err := p.Match([]paycode.Seed{d.seed}, &code, p.CounterAt(now), nil)
			if err != nil {
				t.Fatalf("minute %d, code %d: %v", minute, i, err)
			}
			if burned, ok = burned.Burn(m.Slot); !ok {
				t.Fatalf("slot %v was shown twice", m.Slot)
			}
			shown++
		}
		now = now.Add(time.Minute)
	}
	if want := slotsAtOnce + 3*10; shown != want {
		t.Errorf("%d codes in four minutes, want %d", shown, want)
	}
}

func TestPayersFor(t *testing.T) {
	for _, c := range []struct {
		perSecond int
		d         time.Duration
		want      int
	}{{8000, 20 * time.Second, 8001}, {1, time.Second, 1}, {6000, 2 * time.Minute, 18001}} {
		if got := PayersFor(c.perSecond, c.d); got != c.want {
			t.Errorf("%d/s for %v: %d, want %d", c.perSecond, c.d, got, c.want)
		}
	}
}

// shop takes each code once, and now and then misbehaves.
type shop struct {
	t      *testing.T
	mu     sync.Mutex
	orders map[string]bool
	codes  map[string]bool
	every  map[int]http.HandlerFunc // what every n-th request meets instead
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		OrderNo  string `json:"order_no"`
		Code     string
		Amount   int64
		Currency string
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &q) != nil || q.Amount != amountMinor || q.Currency != currency {
		s.t.Errorf("body %q, %v", body, err)
	}
	if r.URL.Path != "/v1/payments" || r.Method != "POST" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer mk_") {
		s.t.Errorf("%s %s, %v", r.Method, r.URL, r.Header)
	}
	s.mu.Lock()
	if s.orders[q.OrderNo] || s.codes[q.Code] {
		s.t.Errorf("order %s or its code came twice", q.OrderNo)
	}
	s.orders[q.OrderNo], s.codes[q.Code] = true, true
	n := len(s.orders)
	s.mu.Unlock()
	for every, instead := range s.every {
		if n%every == 0 {
			instead(w, r)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(201)
	fmt.Fprint(w, `{"id":"pay_1","status":"succeeded"}`)
}

func newShop(t *testing.T, every map[int]http.HandlerFunc) (*shop, *World) {
	t.Helper()
	s := &shop{t: t, orders: map[string]bool{}, codes: map[string]bool{}, every: every}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	w := &World{server: server.URL, keys: []string{"mk_1", "mk_2"}}
	for n := range 40 {
		w.devices = append(w.devices, newDevice(n))
	}
	return s, w
}

func TestRunCountsWhatWasAnswered(t *testing.T) {
	s, w := newShop(t, map[int]http.HandlerFunc{
		// 201 with a decline, a problem, and a connection that breaks.
		50: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			fmt.Fprint(w, `{"status":"declined"}`)
		},
		77: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			fmt.Fprint(w, `{"code":"overloaded"}`)
		},
		99: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	})
	r, err := w.Run(t.Context(), Load{Clients: 4, Payments: 300})
	if err != nil {
		t.Fatal(err)
	}
	if r.Payments != 300-6-3-3 || r.Declined != 6 || r.Errors != 6 || r.RanOut || r.FirstError == "" {
		t.Errorf("%+v", r)
	}
	if len(s.orders) != 300 || r.P50 <= 0 || r.P50 > r.P95 || r.P95 > r.P99 || r.P99 > r.Max || r.PerSecond() <= 0 {
		t.Errorf("%d orders, %+v", len(s.orders), r)
	}
}

func TestRunEndsWithItsTimeOrItsCodes(t *testing.T) {
	_, w := newShop(t, nil)
	if r, err := w.Run(t.Context(), Load{Clients: 2, Duration: 50 * time.Millisecond}); err != nil || r.Elapsed > 5*time.Second || r.Payments == 0 {
		t.Errorf("by time: %+v, %v", r, err)
	}
	if r, err := w.Run(t.Context(), Load{Clients: 2, Payments: 100_000}); err != nil || !r.RanOut || r.Payments > 40*int64(slotsAtOnce+10) {
		t.Errorf("by codes: %+v, %v", r, err)
	}
	if _, err := w.Run(t.Context(), Load{Clients: 41, Payments: 1}); err == nil {
		t.Error("more clients than payers")
	}
}

func TestRunGivesUpOnAServerThatIsGone(t *testing.T) {
	_, w := newShop(t, nil)
	w.server = "http://localhost:1"
	if r, err := w.Run(t.Context(), Load{Clients: 2, Duration: time.Minute}); err != nil || r.Errors != 2*maxErrors || r.Payments != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"no length": func(w http.ResponseWriter) { w.(http.Flusher).Flush(); fmt.Fprint(w, "chunked") },
		"cut off":   func(w http.ResponseWriter) { w.Header().Set("Content-Length", "100"); fmt.Fprint(w, "short") },
		"too long":  func(w http.ResponseWriter) { w.Header().Set("Content-Length", "99999999") },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w) }))
		base, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		c, err := dial(t.Context(), base, "mk_1")
		if err != nil {
			t.Fatal(err)
		}
		if status, body, err := c.post([]byte("{}")); err == nil {
			t.Errorf("%s: %d %q", name, status, body)
		}
		c.close()
		server.Close()
	}
}
