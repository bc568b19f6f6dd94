package api

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// oneKey is an access.Store that knows one merchant's key, whatever it is.
type oneKey struct {
	access.Store
	merchant ids.Merchant
}

func (s oneKey) Key(_ context.Context, hash [32]byte) (access.Key, error) {
	return access.Key{Hash: hash, Caller: access.ForMerchant(s.merchant)}, nil
}

// decided is a payment.Store in which every order was paid for before.
type decided struct {
	payment.Store
	payer ids.Payer
}

func (decided) Claim(_ context.Context, claims []payment.Claim) ([]payment.Claimed, error) {
	all := make([]payment.Claimed, len(claims))
	for i, c := range claims {
		all[i] = payment.Claimed{Claim: c, Terms: payment.Merchant{ID: c.Merchant, Currency: "CNY"}}
	}
	return all, nil
}

func (s decided) Update(_ context.Context, _ int, needs []payment.Need, decide func(*payment.Rows)) error {
	rows := payment.NewRows()
	for _, n := range needs {
		rows.Payments[n.Payment] = payment.Payment{
			ID: ids.Payment{1}, Merchant: n.Merchant, Payer: s.payer, OrderNo: "A-1001", Status: payment.Succeeded, Method: payment.OfflineDigits,
			Amount: money.Amount{Minor: n.Minor, Currency: "CNY"}, CreatedAt: madeAt, SettledAt: madeAt, TerminalID: "till-7",
		}
	}
	decide(rows)
	return nil
}

// Reachable implements payment.Presence.
func (decided) Reachable(ids.Payer, []ids.Server) bool { return false }

var madeAt = time.Date(2026, 11, 21, 9, 30, 0, 123456000, time.UTC)

// calls is an API with nothing below it, and a request's head with a good key.
func calls(tb testing.TB) (*API, http.Header) {
	tb.Helper()
	now := func() time.Time { return time.Now().Truncate(time.Microsecond) }
	maker := ids.Maker{Random: rand.Reader, Buckets: 4}
	store := decided{payer: ids.New[ids.Payer](maker, madeAt, 1)}
	p := payment.New(payment.Config{
		Store: store, Presence: store, Profile: paycode.DefaultProfile(), Zone: time.UTC, Clock: payment.RealClock(now), Random: rand.Reader,
		Buckets: 4, Parallel: 2, Log: slog.New(slog.DiscardHandler),
	})
	tb.Cleanup(p.Close)
	a, err := New(Config{
		Access:   access.New(access.Config{Store: oneKey{merchant: ids.New[ids.Merchant](maker, madeAt, 2)}, Now: now, Random: rand.Reader, Buckets: 4}),
		Payments: p, Profile: paycode.DefaultProfile(), Zone: time.UTC, Now: now, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	a.Named(store.payer, "Ada Lovelace")
	key, err := bearer.New(rand.Reader, "mk_")
	if err != nil {
		tb.Fatal(err)
	}
	return a, http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}}
}

const aCharge = `{"order_no":"A-1001","code":"701234567893326376","amount":1250,"currency":"CNY"}`

// asked is a request as net/http hands it on.
func asked(head http.Header, body string) *http.Request {
	r := httptest.NewRequest("POST", ChargePath, strings.NewReader(body))
	r.Header = head.Clone()
	return r
}

// thrown is a http.ResponseWriter that keeps nothing.
type thrown struct {
	header http.Header
	status int
}

func (w *thrown) Header() http.Header         { return w.header }
func (w *thrown) WriteHeader(status int)      { w.status = status }
func (w *thrown) Write(b []byte) (int, error) { return len(b), nil }

// bodies are charges that are good, good in an unusual way, and wrong.
var bodies = []string{
	aCharge,
	`{"amount":1250,"currency":"CNY","code":"701234567893326376","order_no":"A-1001","subject":"两碗面","terminal_id":"till-7"}`,
	` { "order_no" : "A-1001" , "code" : " 701234567893326376\n" , "amount" : 1250 , "currency" : "CNY" , "newer" : {"a":[null]} } `,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","challenge":"0011223344556677"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","challenge":"00112233445566zz"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","challenge":""}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","challenge":"0"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","subject":"","terminal_id":""}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","subject":null}`,
	`{"order_no":"A-1001","code":"null","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A 1001","code":"x","amount":1250,"currency":"CNY"}`, `{"order_no":"","code":"x","amount":1250,"currency":"CNY"}`,
	`{"order_no":"..","code":"x","amount":1250,"currency":"CNY"}`, `{"order_no":"A\u0031","code":"x","amount":1250,"currency":"CNY"}`,
	`{"order_no":"付款","code":"x","amount":1250,"currency":"CNY"}`, `{"order_no":7,"code":"x","amount":1250,"currency":"CNY"}`,
	`{"order_no":"` + strings.Repeat("a", 64) + `","code":"x","amount":1250,"currency":"CNY"}`,
	`{"order_no":"` + strings.Repeat("a", 65) + `","code":"x","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"` + strings.Repeat("9", 512) + `","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"` + strings.Repeat("9", 513) + `","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"` + strings.Repeat("码", 300) + `","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"","amount":1250,"currency":"CNY"}`, `{"order_no":"A-1001","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"x","amount":0,"currency":"CNY"}`, `{"order_no":"A-1001","code":"x","amount":-1,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"x","amount":1000000000000,"currency":"CNY"}`, `{"order_no":"A-1001","code":"x","amount":1000000000001,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"x","amount":1250.0,"currency":"CNY"}`, `{"order_no":"A-1001","code":"x","amount":1e3,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"x","amount":"1250","currency":"CNY"}`, `{"order_no":"A-1001","code":"x","amount":99999999999999999999,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"cny"}`, `{"order_no":"A-1001","code":"x","amount":1250,"currency":"ZZZ"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNYX"}`, `{"order_no":"A-1001","code":"x","amount":1250,"currency":"元"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","subject":"` + strings.Repeat("面", 128) + `"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","subject":"` + strings.Repeat("面", 129) + `"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","subject":"a\u0007"}`,
	`{"order_no":"A-1001","code":"x","amount":1250,"currency":"CNY","terminal_id":"` + strings.Repeat("t", 65) + `"}`,
	`{"order_no":"A-1001","order_no":"A-1002","code":"x","amount":1250,"currency":"CNY"}`, `{"Order_No":"A-1001","code":"x","amount":1250,"currency":"CNY"}`,
	`{"order_no":"A-1001","code":"\xff","amount":1250,"currency":"CNY"}`, "{\"order_no\":\"A-1001\",\"code\":\"\xff\",\"amount\":1250,\"currency\":\"CNY\"}",
	``, `{}`, `[]`, `null`, `7`, `{"order_no"`, aCharge + aCharge, aCharge + "x", strings.Repeat("[", 10000),
}

// answers is how a charge is answered on both ways.
func answers(a *API, head http.Header, body string) (short, long *httptest.ResponseRecorder) {
	ways := [2]*httptest.ResponseRecorder{}
	for i, way := range []http.Handler{a, http.HandlerFunc(a.longWay)} {
		ways[i] = httptest.NewRecorder()
		way.ServeHTTP(ways[i], asked(head, body))
		ways[i].Header().Del("X-Request-Id")
		ways[i].Header().Del("Content-Length") // net/http adds it to what is short
	}
	return ways[0], ways[1]
}

// longWay is ServeHTTP without the short way.
func (a *API) longWay(w http.ResponseWriter, r *http.Request) {
	x := &exchange{id: "x", origin: a.Origin(r)}
	for name, values := range always {
		w.Header()[name] = values
	}
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
}

// TestBothWaysAnswerAlike, to the byte.
func TestBothWaysAnswerAlike(t *testing.T) {
	a, head := calls(t)
	other := head.Clone()
	other.Set("Content-Type", "text/plain")
	for _, h := range []http.Header{head, other, {"Content-Type": head["Content-Type"]}, {"Authorization": head["Authorization"]}} {
		for _, body := range bodies {
			alike(t, a, h, body)
		}
	}
}

func alike(t *testing.T, a *API, head http.Header, body string) {
	t.Helper()
	short, long := answers(a, head, body)
	if short.Code != long.Code || short.Body.String() != long.Body.String() {
		t.Errorf("%.200s:\n%d %s, and\n%d %s", body, short.Code, short.Body, long.Code, long.Body)
	}
	if d := cmp.Diff(short.Header(), long.Header()); d != "" {
		t.Errorf("%.200s: headers %s", body, d)
	}
}

// TestNamesAsSpelled: what is spelled otherwise is not there.
func TestNamesAsSpelled(t *testing.T) {
	a, head := calls(t)
	for _, name := range []string{"order_no", "code", "amount", "currency"} {
		for _, spelled := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
			w := httptest.NewRecorder()
			a.ServeHTTP(w, asked(head, strings.Replace(aCharge, name, spelled, 1)))
			if w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", spelled, w.Code, w.Body)
			}
		}
	}
}

// TestPlainCharges: the short way is taken where it may be.
func TestPlainCharges(t *testing.T) {
	for _, body := range bodies[:2] {
		if !new(Charge).plain([]byte(body)) {
			t.Errorf("not plain: %s", body)
		}
	}
}

func FuzzBothWays(f *testing.F) {
	for _, body := range bodies {
		f.Add(body)
	}
	a, head := calls(f)
	f.Fuzz(func(t *testing.T, body string) { alike(t, a, head, body) })
}

// BenchmarkCharge is what a charge costs above the store: the API and the lanes.
// It is asked by so many callers at once, as under load.
func BenchmarkCharge(b *testing.B) {
	for name, body := range map[string]string{"plain": aCharge, "checked": strings.Replace(aCharge, "{", `{"newer":1,`, 1)} {
		b.Run(name, func(b *testing.B) {
			a, head := calls(b)
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				in := strings.NewReader(body)
				r, w := asked(head, body), &thrown{header: http.Header{}}
				held := io.NopCloser(in)
				for pb.Next() {
					in.Reset(body)
					r.Body, r.Header["Accept"] = held, nil
					clear(w.header)
					if a.ServeHTTP(w, r); w.status != http.StatusOK {
						b.Fatal(w.status)
					}
				}
			})
		})
	}
}
