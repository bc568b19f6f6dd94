package bench

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
)

// shop takes each code once, and now and then misbehaves.
type shop struct {
	t       *testing.T
	mu      sync.Mutex
	orders  map[string]bool
	codes   map[string]bool
	keys    map[string]int
	refunds int
	till    *rsa.PublicKey
	every   map[int]reply // what every n-th charge meets instead
}

// reply is what a charge is answered with; without a status the connection breaks.
type reply struct {
	status int
	body   string
	after  time.Duration
}

var paid = reply{status: 201, body: `{"id":"pay_1","status":"succeeded"}`}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		fmt.Fprint(w, "process_cpu_seconds_total 1\nprocess_resident_memory_bytes 2e+06\n")
		return
	}
	if strings.HasSuffix(r.URL.Path, "/alipay") || r.URL.Path == gatewayPath {
		s.gateway(w, r)
		return
	}
	var q struct {
		OrderNo  string `json:"order_no"`
		RefundNo string `json:"refund_no"`
		Code     string
		Amount   int64
		Currency string
	}
	body, err := io.ReadAll(r.Body)
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer mk_")
	if err != nil || json.Unmarshal(body, &q) != nil || strconv.FormatInt(q.Amount, 10) != amountText || r.Method != "POST" || !ok {
		s.t.Errorf("%s %s %v, body %q, %v", r.Method, r.URL, r.Header, body, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.take(r, q.OrderNo, q.Code, q.RefundNo, key)
	time.Sleep(answer.after)
	if answer.status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(answer.status)
	fmt.Fprint(w, answer.body)
}

// gateway hears of a key, and then takes charges that it signed.
func (s *shop) gateway(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != gatewayPath {
		var in struct {
			PublicKey []byte `json:"public_key"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			s.t.Error(err)
		}
		any, err := x509.ParsePKIXPublicKey(in.PublicKey)
		if err != nil {
			s.t.Error(err)
		}
		s.till = any.(*rsa.PublicKey)
		fmt.Fprint(w, "{}")
		return
	}
	err := r.ParseForm()
	var parts []string
	for name, v := range r.Form {
		if name != "sign" {
			parts = append(parts, name+"="+v[0])
		}
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	signature, bad := base64.StdEncoding.DecodeString(r.Form.Get("sign"))
	var biz struct{ OutTradeNo, AuthCode, TotalAmount string }
	if err := errors.Join(err, bad, rsa.VerifyPKCS1v15(s.till, crypto.SHA256, sum[:], signature), json.Unmarshal([]byte(strings.ReplaceAll(r.Form.Get("biz_content"), "_", "")), &biz)); err != nil {
		s.t.Errorf("%v: %v", r.Form, err)
	}
	r.URL.Path = "/v1/payments"
	s.take(r, biz.OutTradeNo, biz.AuthCode, "", r.Form.Get("app_id"))
	fmt.Fprint(w, `{"alipay_trade_pay_response":{"code":"10000"},"sign":""}`)
}

func (s *shop) take(r *http.Request, order, code, refund, key string) reply {
	if r.URL.Path == "/v1/payments/pay_1/refunds" && refund != "" {
		s.refunds++
		return paid
	}
	if r.URL.Path != "/v1/payments" || s.orders[order] || s.codes[code] {
		s.t.Errorf("%s: order %s or its code came twice", r.URL, order)
	}
	s.orders[order], s.codes[code] = true, true
	s.keys[key]++
	for every, instead := range s.every {
		if len(s.orders)%every == 0 {
			return instead
		}
	}
	return paid
}

func newShop(t *testing.T, every map[int]reply) (*shop, *World) {
	t.Helper()
	s := &shop{t: t, orders: map[string]bool{}, codes: map[string]bool{}, keys: map[string]int{}, every: every}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	w := worldAt(t, server.URL)
	for n := range 40 {
		w.devices = append(w.devices, newDevice(n))
	}
	return s, w
}

func worldAt(t *testing.T, server string) *World {
	t.Helper()
	base, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return &World{base: base, name: "t", merchants: []string{"mer_1", "mer_2"}, operator: &client.Client{Server: server, Authorize: client.Bearer("op_1")}, heads: [][]byte{head(base, "mk_1"), head(base, "mk_2")}}
}

// ways are the kinds of connection.
var ways = map[string]func(context.Context, *url.URL, int) (wires, error){"plain": dialPlain, "polled": polled}

func TestRunCountsWhatWasAnswered(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			// Declines, refusals, and connections that break.
			s, w := newShop(t, map[int]reply{
				50: {status: 201, body: `{"status":"declined"}`},
				77: {status: 503, body: `{"code":"overloaded"}`},
				99: {},
			})
			c, err := way(t.Context(), w.base, 4)
			if err != nil {
				t.Fatal(err)
			}
			defer c.close()
			l := Load{Clients: 4, Payments: 300, Rest: time.Millisecond, RefundEvery: 10}
			if err := l.check(w); err != nil {
				t.Fatal(err)
			}
			r := newLoop(w, l, c)
			r.run(t.Context())
			if r.Payments != 300-6-3-3 || r.Declined != 6 || r.Refused != 3 || r.Errors != 3 || r.Unknown != 3 || r.RanOut || r.FirstError == "" {
				t.Errorf("%+v", r.Result)
			}
			checkResult(t, s, &r.Result)
		})
	}
}

func checkResult(t *testing.T, s *shop, r *Result) {
	t.Helper()
	s.mu.Lock() // the detector of races does not see that what came over a socket came later
	defer s.mu.Unlock()
	var slots int64
	for _, n := range r.PerSlot {
		slots += n
	}
	if slots != r.Payments || r.Latency.total != r.Payments || r.Refusal.total != r.Refused {
		t.Errorf("%d payments, %d in slots, %d latencies; %d refusals", r.Payments, slots, r.Latency.total, r.Refusal.total)
	}
	if p50, p99 := r.Latency.Quantile(0.5), r.Latency.Quantile(0.99); p50 <= 0 || p50 > p99 || p99 > r.Latency.Max() || r.PerSecond() <= 0 {
		t.Errorf("p50 %v, p99 %v", p50, p99)
	}
	if r.Refunds != r.Payments/10 || int64(s.refunds) != r.Refunds {
		t.Errorf("%d refunds, the shop knows of %d", r.Refunds, s.refunds)
	}
	if len(s.keys) != 2 || s.keys["1"] != s.keys["2"] {
		t.Errorf("merchants %v", s.keys)
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
	if _, err := w.Run(t.Context(), Load{Payments: 1}); err == nil {
		t.Error("no connections")
	}
	if _, err := w.Run(t.Context(), Load{Clients: 1, Payments: 1, Merchants: 3}); err == nil {
		t.Error("more merchants than there are")
	}
}

func TestOpenLoadKeepsItsRateAndCountsFromWhenDue(t *testing.T) {
	_, w := newShop(t, map[int]reply{60: {status: paid.status, body: paid.body, after: 100 * time.Millisecond}})
	r, err := w.Run(t.Context(), Load{Clients: 1, Payments: 100, PerSecond: 500})
	if err != nil || r.Payments != 100 || r.Elapsed < 100*time.Millisecond {
		t.Fatalf("%+v, %v", r, err)
	}
	// Nothing is sent while the only connection waits, but what was due then was late.
	if late := r.Latency.Quantile(0.7); late < 10*time.Millisecond {
		t.Errorf("after a stop of 100 ms, 70 %% were answered within %v", late)
	}
}

func TestRunGivesUpOnAServerThatIsGone(t *testing.T) {
	_, w := newShop(t, map[int]reply{1: {}})
	if r, err := w.Run(t.Context(), Load{Clients: 2, Duration: time.Minute}); err != nil || r.Errors != 2*maxErrors || r.Payments != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	w = worldAt(t, "http://localhost:1")
	w.devices = append(w.devices, newDevice(1))
	if _, err := w.Run(t.Context(), Load{Clients: 2, Duration: time.Minute}); err == nil {
		t.Error("a run without a server began")
	}
}

func TestMeterReadsTheServersMetrics(t *testing.T) {
	_, w := newShop(t, nil)
	if got, want := w.meter(), (reading{time.Second, 2_000_000}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := w.peakMemory(t.Context())(); got != 2_000_000 {
		t.Errorf("peak %d", got)
	}
}
