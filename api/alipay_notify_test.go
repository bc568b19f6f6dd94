package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// told is a merchant's server at a notify_url: what it hears, and what it says.
type told struct {
	*httptest.Server
	heard chan url.Values
	says  chan string // once each; then "success"
}

func newTold(t *testing.T, says ...string) *told {
	s := &told{heard: make(chan url.Values, 100), says: make(chan string, 100)}
	for _, text := range says {
		s.says <- text
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		v, bad := url.ParseQuery(string(body))
		if err != nil || bad != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded; charset=utf-8" {
			t.Errorf("no form: %s %s", r.Header, body)
		}
		answer := "success"
		select {
		case answer = <-s.says:
		default:
		}
		io.WriteString(w, answer)
		s.heard <- v
	}))
	t.Cleanup(s.Close)
	return s
}

// next waits for what is told next.
func (s *told) next(t *testing.T) url.Values {
	t.Helper()
	select {
	case v := <-s.heard:
		for name, values := range v {
			if len(values) != 1 || values[0] == "" {
				t.Errorf("%s is told as %q", name, values)
			}
		}
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is told")
	}
	return nil
}

// TestAlipayNotified: a merchant is told of a trade that named a notify_url, with the same
// notify_id until he says success, in a form that the official client believes, and not
// when one byte of it is another.
func TestAlipayNotified(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	s := newTold(t, "fail", "success\n", "SUCCESS")
	pay := asks("alipay.trade.pay", barcode("N1", p.digits(), "60.00"))
	pay["notifyUrl"] = s.URL + "/notify?shop=1"
	if got := a.official(w.url+"/gateway.do", pay)[0]; got["code"] != "10000" {
		t.Fatal(got)
	}
	tries := []url.Values{s.next(t)}
	for range 3 {
		select {
		case v := <-s.heard:
			t.Fatalf("told again at once: %v", v)
		case <-time.After(50 * time.Millisecond):
		}
		w.clock.advance(12 * time.Minute)
		tries = append(tries, s.next(t))
	}
	for _, v := range tries {
		if v.Get("notify_id") != tries[0].Get("notify_id") || v.Get("notify_id") == "" {
			t.Errorf("notify_id %q, then %q", tries[0].Get("notify_id"), v.Get("notify_id"))
		}
	}
	if tries[0].Get("notify_time") == tries[1].Get("notify_time") {
		t.Error("both were told at one time")
	}
	select {
	case v := <-s.heard:
		t.Errorf("told after success: %v", v)
	case <-time.After(50 * time.Millisecond):
	}
	a.want(a.do("alipay.trade.refund", obj{"out_trade_no": "N1", "refund_amount": "10.00", "out_request_no": "R1"}), "10000", "")
	part := s.next(t)
	a.want(a.do("alipay.trade.refund", obj{"out_trade_no": "N1", "refund_amount": "50.00", "out_request_no": "R2"}), "10000", "")
	whole := s.next(t)
	for name, want := range map[string][3]string{
		"trade_status": {"TRADE_SUCCESS", "TRADE_SUCCESS", "TRADE_CLOSED"}, "refund_fee": {"", "10.00", "60.00"}, "out_biz_no": {"", "R1", "R2"},
		"out_trade_no": {"N1", "N1", "N1"}, "total_amount": {"60.00", "60.00", "60.00"}, "app_id": {a.id, a.id, a.id},
		"notify_type": {"trade_status_sync", "trade_status_sync", "trade_status_sync"}, "sign_type": {"RSA2", "RSA2", "RSA2"},
		"subject": {"Tea 茶 {a}", "Tea 茶 {a}", "Tea 茶 {a}"},
	} {
		if got := [3]string{tries[0].Get(name), part.Get(name), whole.Get(name)}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if tries[0].Get("gmt_close") != "" || whole.Get("gmt_close") == "" || part.Get("gmt_refund") == "" || tries[0].Get("gmt_payment") == "" {
		t.Errorf("times: %v, %v, %v", tries[0], part, whole)
	}
	a.verifies(true, append(tries, part, whole)...)
	var broken []url.Values
	for name := range whole {
		altered, err := url.ParseQuery(whole.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if altered.Set(name, altered.Get(name)+"1"); name == "sign" {
			altered.Set(name, "AAAA"+altered.Get(name)[4:])
		}
		if name != "sign_type" { // which is not signed
			broken = append(broken, altered)
		}
	}
	a.verifies(false, broken...)
}

// verifies has the official client say whether it believes what was told.
func (a *alipayTill) verifies(want bool, all ...url.Values) {
	a.w.t.Helper()
	var calls []obj
	for _, v := range all {
		one := obj{}
		for name := range v {
			one[name] = v.Get(name)
		}
		calls = append(calls, obj{"notified": one})
	}
	for i, got := range a.official(a.w.url+"/gateway.do", calls...) {
		if got["verified"] != want || got["verifiedV2"] != want {
			text, _ := json.Marshal(calls[i])
			a.w.t.Errorf("the official client says %v of %s", got, text)
		}
	}
}

// TestAlipayNotifiedOfItsOwn: of a shop's code that was paid by reading it, and of an order
// given up; not of what was never asked for, nor by an address that deliveries may not go to.
func TestAlipayNotifiedOfItsOwn(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	s := newTold(t)
	notified := func(method string, biz obj, to string) obj {
		call := a.call(method, biz)
		call["notify_url"] = to
		a.sign(call)
		return a.send(split(t, w.url+"/gateway.do", call))
	}
	for _, bad := range []string{"http://shop.example/", "https://10.0.0.1/", "https://169.254.169.254/", "ftp://x", "x"} {
		a.want(notified("alipay.trade.pay", barcode("B1", p.text(), "1.00"), bad), "40002", "isv.invalid-notify-url")
	}
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "B1"}), "40004", "ACQ.TRADE_NOT_EXIST")
	a.want(a.do("alipay.trade.pay", barcode("U1", p.text(), "1.00")), "10000", "") // tells nobody
	code := a.want(notified("alipay.trade.precreate", obj{"out_trade_no": "P1", "subject": "Tea", "total_amount": "12.50"}, s.URL), "10000", "")["qr_code"]
	w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "reference": "x"}), 201)
	if v := s.next(t); v.Get("out_trade_no") != "P1" || v.Get("trade_status") != "TRADE_SUCCESS" || v.Get("total_amount") != "12.50" {
		t.Errorf("told %v", v)
	}
	a.want(notified("alipay.trade.pay", barcode("C1", p.text(), "2.00"), s.URL), "10000", "")
	if v := s.next(t); v.Get("out_trade_no") != "C1" {
		t.Errorf("told %v", v)
	}
	a.want(a.do("alipay.trade.cancel", obj{"out_trade_no": "C1"}), "10000", "")
	canceled := s.next(t)
	if canceled.Get("trade_status") != "TRADE_CLOSED" || canceled.Get("gmt_close") == "" {
		t.Errorf("told %v", canceled)
	}
	a.verifies(true, canceled)
	w.balanced()
}

// TestAlipayNotifiedByAnotherServer: what one server owes, the next one tells: a notification that
// nobody took, and one of a trade that went on meanwhile.
func TestAlipayNotifiedByAnotherServer(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	s := newTold(t, "fail")
	call := a.call("alipay.trade.pay", barcode("N1", p.digits(), "60.00"))
	call["notify_url"] = s.URL
	a.sign(call)
	a.want(a.send(split(t, w.url+"/gateway.do", call)), "10000", "")
	first := s.next(t)
	w.stop()
	w.clock.advance(5 * time.Minute)
	w.start()
	again := s.next(t)
	if again.Get("notify_id") != first.Get("notify_id") || again.Get("notify_time") == first.Get("notify_time") {
		t.Errorf("told %v, then %v", first, again)
	}
	a.want(a.do("alipay.trade.refund", obj{"out_trade_no": "N1", "refund_amount": "60.00"}), "10000", "")
	if v := s.next(t); v.Get("trade_status") != "TRADE_CLOSED" {
		t.Errorf("told %v", v)
	}
}
