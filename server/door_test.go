package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// unread is a body that must not be touched.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a refused request was read")
	return 0, nil
}

func TestDoor(t *testing.T) {
	full, begun := make(chan struct{}), make(chan struct{}, maxInside)
	busy := false
	d := &door{busy: func() bool { return busy }, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/wait" {
			begun <- struct{}{}
			<-full
		}
	})}
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(method, path, unread{t}))
		return w
	}
	check := func(when, method, path string, refused bool) {
		t.Helper()
		w := ask(method, path)
		if got := w.Code == http.StatusServiceUnavailable; got != refused {
			t.Errorf("%s, %s %s is answered %d", when, method, path, w.Code)
		}
		if refused && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"overloaded"`)) {
			t.Errorf("%s, %s %s: Retry-After %q, %s", when, method, path, w.Header().Get("Retry-After"), w.Body)
		}
	}
	check("idle", "POST", "/v1/payments", false)
	busy = true
	check("busy", "POST", "/v1/payments", true)
	check("busy", "POST", "/pay/micropay", true)
	check("busy", "POST", "/v3/pay/transactions/codepay", true)
	check("busy", "GET", "/v3/pay/transactions/out-trade-no/a", false)
	check("busy", "POST", "/pay/orderquery", false)
	check("busy", "POST", "/gateway.do?app_id=mer_1&method=alipay.trade.pay&sign=x", true)
	check("busy", "POST", "/gateway.do?app_id=mer_1&method=alipay.trade.query&sign=x", false)
	check("busy", "GET", "/gateway.do?app_id=mer_1&method=alipay.trade.pay&biz_content=x&sign=x", true)
	check("busy", "POST", "/gateway.do", false)
	check("busy", "GET", "/v1/payments", false)
	check("busy", "POST", "/v1/payments/pay_1/cancel", false)
	busy = false

	var waiting sync.WaitGroup
	for range maxInside {
		waiting.Go(func() { ask("POST", "/v1/wait") })
	}
	for range maxInside {
		<-begun
	}
	check("full", "GET", "/v1/payments/pay_1", true)
	check("full", "GET", "/v1/device/events", false)
	check("full", "GET", "/healthz", false)
	check("full", "GET", "/metrics", false)
	close(full)
	waiting.Wait()
	check("idle again", "GET", "/v1/payments/pay_1", false)
	if n := d.refused.Load(); n != 6 {
		t.Errorf("%d were refused, want 6", n)
	}
}
