package api_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func curls(path string, body obj) obj {
	return obj{"curl": []any{"POST", "/v3/alipay/" + path, obj{"body": body}}}
}

// TestAlipayV3OfficialClient: the company's own client goes through the life of orders by OpenAPI v3,
// believes what it is answered, and hears declines by the documented codes.
func TestAlipayV3OfficialClient(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("anna", "Anna", 50_000)
	w.want(w.call(bearer(w.op), "PUT", "/v1/payers/"+payer+"/limits", obj{"per_payment": 500_000, "per_day": 500_000, "count_per_day": 10, "confirm_above": 10_000}), 200)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, payer)
	w.listen(p)
	s := newTold(t)
	code := p.digits()
	told := barcode("V1", code, "60.00")
	told["notify_url"] = s.URL
	yesterday := w.clock.now().AddDate(0, 0, -1).UTC().Format(time.DateOnly)
	wants := []struct {
		call   obj
		status float64
		code   string // of an error
		name   string // of a value of the answer
		value  string
	}{
		{curls("trade/query", obj{"out_trade_no": "V1"}), 400, "ACQ.TRADE_NOT_EXIST", "", ""},
		{curls("trade/pay", told), 200, "", "total_amount", "60.00"},
		{curls("trade/pay", told), 200, "", "total_amount", "60.00"}, // its answer was lost
		{curls("trade/query", obj{"out_trade_no": "V1"}), 200, "", "trade_status", "TRADE_SUCCESS"},
		{curls("trade/pay", barcode("V2", code, "1.00")), 400, "ACQ.PAYMENT_AUTH_CODE_INVALID", "", ""},
		{curls("trade/pay", barcode("V1", code, "61.00")), 400, "ACQ.CONTEXT_INCONSISTENT", "", ""},
		{curls("trade/pay", barcode("V3", p.text(), "1000.00")), 400, "ACQ.BUYER_BALANCE_NOT_ENOUGH", "", ""},
		{curls("trade/pay", barcode("V4", p.text(), "x")), 400, "ACQ.INVALID_PARAMETER", "", ""},
		{curls("trade/refund", obj{"out_trade_no": "V1", "refund_amount": "10.00", "out_request_no": "R1"}), 200, "", "refund_fee", "10.00"},
		{curls("trade/fastpay/refund/query", obj{"out_trade_no": "V1", "out_request_no": "R1"}), 200, "", "refund_status", "REFUND_SUCCESS"},
		{curls("trade/cancel", obj{"out_trade_no": "V1"}), 400, "ACQ.CANCEL_NOT_ALLOWED", "", ""},
		{curls("trade/close", obj{"out_trade_no": "V1"}), 400, "ACQ.TRADE_STATUS_ERROR", "", ""},
		{curls("trade/close", obj{"out_trade_no": "V2"}), 200, "", "out_trade_no", "V2"},
		{curls("trade/cancel", obj{"out_trade_no": "never"}), 200, "", "action", "close"},
		{curls("trade/precreate", obj{"out_trade_no": "P1", "subject": "Tea", "total_amount": "12.50"}), 200, "", "out_trade_no", "P1"},
		{curls("trade/pay", barcode("V5", p.text(), "200.00")), 400, "ORDER_SUCCESS_PAY_INPROCESS", "", ""},
		{curls("trade/query", obj{"out_trade_no": "V5"}), 200, "", "trade_status", "WAIT_BUYER_PAY"},
		{obj{"curl": []any{"GET", "/v3/alipay/data/dataservice/bill/downloadurl/query", obj{"query": obj{"bill_type": "trade", "bill_date": yesterday}}}}, 200, "", "", ""},
	}
	var calls []obj
	for _, want := range wants {
		calls = append(calls, want.call)
	}
	for i, got := range a.official(w.url+"/gateway.do", calls...) {
		want := wants[i]
		data, _ := got["data"].(map[string]any)
		if code, _ := got["code"].(string); got["status"] != want.status || code != want.code || want.name != "" && data[want.name] != want.value {
			t.Errorf("%v: %v, want %v %s", want.call, got, want.status, want.code)
		}
		if want.status == 200 && (data["code"] != nil || data["msg"] != nil) {
			t.Errorf("%v: the answer has a code: %v", want.call, data)
		}
	}
	a.verifies(true, s.next(t))
	w.balanced()
}

// v3 is a call by OpenAPI v3, signed.
func (a *alipayTill) v3(method, path, body string) *http.Request {
	a.w.t.Helper()
	auth := "app_id=" + a.id + ",nonce=" + rand.Text() + ",timestamp=" + strconv.FormatInt(a.w.clock.now().UnixMilli(), 10)
	return a.v3As(auth, method, path, body)
}

func (a *alipayTill) v3As(auth, method, path, body string) *http.Request {
	a.w.t.Helper()
	sum := sha256.Sum256([]byte(auth + "\n" + method + "\n" + path + "\n" + body + "\n"))
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, sum[:])
	if err != nil {
		a.w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(a.w.t.Context(), method, a.w.url+path, strings.NewReader(body))
	if err != nil {
		a.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "ALIPAY-SHA256withRSA "+auth+",sign="+base64.StdEncoding.EncodeToString(signature))
	return r
}

// sendV3 answers what was answered, whose signature it has verified.
func (a *alipayTill) sendV3(r *http.Request) reply {
	a.w.t.Helper()
	out := a.w.send(r)
	sum := sha256.Sum256([]byte(out.header.Get("alipay-timestamp") + "\n" + out.header.Get("alipay-nonce") + "\n" + out.text + "\n"))
	signature, err := base64.StdEncoding.DecodeString(out.header.Get("alipay-signature"))
	if err == nil {
		err = rsa.VerifyPKCS1v15(a.platform, crypto.SHA256, sum[:], signature)
	}
	if err != nil {
		a.w.t.Fatalf("%v: %s", err, out.text)
	}
	return out
}

func text(t *testing.T, v obj) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAlipayV3Refuses: whatever of a call is another than was signed, whichever call it is; what is
// old; and what was sent before.
func TestAlipayV3Refuses(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	stranger := newAlipayTill(w, "Stranger")
	w.want(a.sendV3(a.v3("POST", "/v3/alipay/trade/pay", text(t, barcode("S0", p.text(), "1.00")))), 200)
	calls := map[string]obj{
		"trade/pay": barcode("S1", p.text(), "1.00"), "trade/query": {"out_trade_no": "S0"}, "trade/cancel": {"out_trade_no": "S0"},
		"trade/close": {"out_trade_no": "S1"}, "trade/refund": {"out_trade_no": "S0", "refund_amount": "1.00"},
		"trade/precreate":                         {"out_trade_no": "P1", "subject": "x", "total_amount": "1.00"},
		"trade/fastpay/refund/query":              {"out_trade_no": "S0", "out_request_no": "R"},
		"data/dataservice/bill/downloadurl/query": nil,
	}
	for path, body := range calls {
		method, target, sent := "POST", "/v3/alipay/"+path, text(t, body)
		if body == nil {
			method, target, sent = "GET", target+"?bill_type=trade&bill_date=2026-01-01", ""
		}
		good := a.v3(method, target, sent).Header.Get("Authorization")
		altered := map[string]func(r *http.Request){
			"the body": func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(sent + " ")); r.ContentLength++ },
			"a query": func(r *http.Request) {
				if r.URL.RawQuery += "&secure=true"; body != nil {
					r.URL.RawQuery = "secure=true"
				}
			},
			"an agent's token": func(r *http.Request) { r.Header.Set("alipay-app-auth-token", "x") },
			"no signature":     func(r *http.Request) { r.Header.Del("Authorization") },
			"two signatures":   func(r *http.Request) { r.Header.Add("Authorization", good) },
		}
		for _, name := range []string{"app_id", "nonce", "timestamp", "sign"} {
			altered[name] = func(r *http.Request) {
				before, rest, _ := strings.Cut(good, name+"=")
				value, after, more := strings.Cut(rest, ",")
				switch name {
				case "app_id":
					value = stranger.id
				case "timestamp":
					value = value[:len(value)-1] + string('0'+(value[len(value)-1]-'0'+1)%10)
				case "sign":
					value = "AAAA" + value[4:]
				default:
					value += "1"
				}
				if more {
					after = "," + after
				}
				r.Header.Set("Authorization", before+name+"="+value+after)
			}
		}
		for what, alter := range altered {
			r := a.v3(method, target, sent)
			r.Header.Set("Authorization", good)
			alter(r)
			if got := a.sendV3(r); got.status != 401 || got.str("code") == "" || got.str("message") == "" {
				t.Errorf("%s with %s altered: %d %s", path, what, got.status, got.text)
			}
		}
	}
	if got := p.has(w); got != 9_900 {
		t.Errorf("%v is left, want 99.00", got)
	}

	query, body := "/v3/alipay/trade/query", `{"out_trade_no":"S0"}`
	stamp := func(d time.Duration) string { return strconv.FormatInt(w.clock.now().Add(d).UnixMilli(), 10) }
	auth := func(rest string) string { return "app_id=" + a.id + "," + rest }
	for rest, want := range map[string]string{
		"nonce=n1,timestamp=" + stamp(-11*time.Minute):                              "isv.invalid-timestamp",
		"nonce=n2,timestamp=" + stamp(11*time.Minute):                               "isv.invalid-timestamp",
		"nonce=n3,timestamp=" + stamp(-time.Minute) + ",expired_seconds=30":         "isv.invalid-timestamp",
		"nonce=n4,timestamp=" + stamp(-time.Minute) + ",expired_seconds=120":        "",
		"nonce=n5,timestamp=" + stamp(-9*time.Minute):                               "",
		"nonce=n6,timestamp=" + stamp(-11*time.Minute) + ",expired_seconds=9999999": "isv.invalid-timestamp",
		"nonce=n7,timestamp=" + stamp(0) + ",app_cert_sn=x":                         "isv.invalid-app-cert-sn",
		"nonce=n8,timestamp=" + stamp(0) + ",nonce=n8":                              "isv.invalid-authorization",
		"nonce=n9,timestamp=" + stamp(0) + ",who=me":                                "isv.invalid-authorization",
		"nonce=,timestamp=" + stamp(0):                                              "isv.invalid-authorization",
		"timestamp=" + stamp(0):                                                     "isv.invalid-authorization",
		"nonce=n10,timestamp=now":                                                   "isv.invalid-authorization",
		"nonce=n 11,timestamp=" + stamp(0):                                          "isv.invalid-authorization",
	} {
		if got := a.sendV3(a.v3As(auth(rest), "POST", query, body)); got.str("code") != want || (want == "") != (got.status == 200) {
			t.Errorf("%s: %d %s, want %q", rest, got.status, got.text, want)
		}
	}
	token := a.v3("POST", query, body)
	token.Header.Set("alipay-encrypt-type", "AES")
	if got := a.sendV3(token); got.str("code") != "isv.invalid-encrypt-type" {
		t.Errorf("encrypted: %s", got.text)
	}
	once := auth("nonce=once,timestamp=" + stamp(0))
	w.want(a.sendV3(a.v3As(once, "POST", query, body)), 200)
	w.want(a.sendV3(a.v3As(once, "POST", query, body)), 401, "isv.invalid-nonce")
	w.want(a.sendV3(a.v3As(auth("nonce=once,timestamp="+stamp(time.Millisecond)), "POST", query, `{"out_trade_no": "S0"}`)), 401, "isv.invalid-nonce")
	w.want(stranger.sendV3(stranger.v3As("app_id="+stranger.id+",nonce=once,timestamp="+stamp(0), "POST", query, body)), 400, "ACQ.TRADE_NOT_EXIST")
	w.want(a.sendV3(a.v3("POST", query, `{`)), 400, "ACQ.INVALID_PARAMETER")
}

// TestAlipayV3ClientDisbelieves: it refuses an answer of which somebody in between changed one byte.
func TestAlipayV3ClientDisbelieves(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	at, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	pay := curls("trade/pay", barcode("B1", p.digits(), "2.00"))
	for _, change := range []string{"body", "alipay-timestamp", "alipay-nonce", "alipay-signature"} {
		between := httputil.NewSingleHostReverseProxy(at)
		between.ModifyResponse = func(r *http.Response) error {
			if change != "body" {
				value := []byte(r.Header.Get(change))
				value[5] ^= 1
				r.Header.Set(change, string(value))
				return nil
			}
			body, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte(`"2.00"`), []byte(`"3.00"`), 1)))
			return err
		}
		middle := httptest.NewServer(between)
		defer middle.Close()
		if got := a.official(middle.URL+"/gateway.do", pay)[0]; got["code"] != "response-signature-verify-error" {
			t.Errorf("%s changed: %v", change, got)
		}
	}
	if got := p.has(w); got != 9_800 {
		t.Errorf("%v is left: each try was the same order", got)
	}
}

// TestAlipayRoutesMeet: an order that one route began is the same by each of the others, for the same
// merchant and for no other; and all of them at once charge it once.
func TestAlipayRoutesMeet(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 100_000))
	stranger := newAlipayTill(w, "Stranger")
	code := p.digits()
	pay, body := a.call("alipay.trade.pay", barcode("T1", code, "7.00")), text(t, barcode("T1", code, "7.00"))
	found := make(chan any, 18)
	var all sync.WaitGroup
	for range cap(found) / 3 {
		all.Go(func() { found <- a.send(split(t, w.url+"/gateway.do", pay))["trade_no"] })
		all.Go(func() { found <- a.sendV3(a.v3("POST", "/v3/alipay/trade/pay", body)).str("trade_no") })
		all.Go(func() { found <- w.call(a.merchant, "POST", "/v1/payments", charge("T1", code, 700)).str("id") })
	}
	all.Wait()
	close(found)
	payments := map[any]int{}
	for id := range found {
		payments[id]++
	}
	if len(payments) != 1 || payments[""] > 0 || payments[nil] > 0 {
		t.Errorf("of the payments %v", payments)
	}
	for id := range payments {
		for name, got := range map[string]any{
			"gateway": a.do("alipay.trade.query", obj{"out_trade_no": "T1"})["trade_no"],
			"v3":      a.sendV3(a.v3("POST", "/v3/alipay/trade/query", `{"out_trade_no":"T1"}`)).str("trade_no"),
			"native":  w.call(a.merchant, "GET", "/v1/payments?order_no=T1", nil).str("id"),
		} {
			if got != id {
				t.Errorf("by the %s it is %v, want %v", name, got, id)
			}
		}
		for _, asks := range []obj{{"out_trade_no": "T1"}, {"trade_no": id}} {
			w.want(stranger.sendV3(stranger.v3("POST", "/v3/alipay/trade/query", text(t, asks))), 400, "ACQ.TRADE_NOT_EXIST")
			stranger.want(stranger.do("alipay.trade.query", asks), "40004", "ACQ.TRADE_NOT_EXIST")
		}
	}
	w.want(stranger.sendV3(stranger.v3("POST", "/v3/alipay/trade/cancel", `{"out_trade_no":"T1"}`)), 200) // his own of that number
	if got := p.has(w); got != 99_300 {
		t.Errorf("%v is left, want 993.00", got)
	}
	w.balanced()
}

// TestAlipayRefusesWhatWasAltered: each parameter of each method, after it was signed.
func TestAlipayRefusesWhatWasAltered(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	stranger := newAlipayTill(w, "Stranger")
	a.want(a.do("alipay.trade.pay", barcode("S0", p.text(), "1.00")), "10000", "")
	for method, biz := range map[string]obj{
		"alipay.trade.pay": barcode("S1", p.text(), "1.00"), "alipay.trade.query": {"out_trade_no": "S0"}, "alipay.trade.cancel": {"out_trade_no": "S0"},
		"alipay.trade.close": {"out_trade_no": "S1"}, "alipay.trade.refund": {"out_trade_no": "S0", "refund_amount": "1.00"},
		"alipay.trade.precreate":                         {"out_trade_no": "P1", "subject": "x", "total_amount": "1.00"},
		"alipay.trade.fastpay.refund.query":              {"out_trade_no": "S0", "out_request_no": "R"},
		"alipay.open.app.alipaycert.download":            {"alipay_cert_sn": "x"},
		"alipay.data.dataservice.bill.downloadurl.query": {"bill_type": "trade", "bill_date": "2026-01-01"},
	} {
		good := a.call(method, biz)
		good["notify_url"], good["format"], good["return_url"] = "https://shop.example/", "json", "https://shop.example/back"
		a.sign(good)
		alter := func(name, value string) {
			call := map[string]string{}
			for k, v := range good {
				call[k] = v
			}
			if call[name] = value; value == "" {
				delete(call, name)
			}
			if got := a.send(split(t, w.url+"/gateway.do", call)); got["code"] != "40002" && got["code"] != "40001" {
				t.Errorf("%s with %s altered: %v", method, name, got)
			}
		}
		for name, value := range good {
			other := value + "1"
			switch name {
			case "app_id":
				other = stranger.id
			case "sign":
				other = "AAAA" + value[4:]
			case "timestamp":
				other = w.clock.now().In(a.zone).Add(-2 * time.Second).Format("2006-01-02 15:04:05")
			case "biz_content":
				other = value + " "
			}
			alter(name, other)
			alter(name, "")
		}
		alter("app_auth_token", "added")
	}
	if got := p.has(w); got != 9_900 {
		t.Errorf("%v is left, want 99.00", got)
	}
	a.want(a.do("alipay.trade.query", obj{"out_trade_no": "S1"}), "40004", "ACQ.TRADE_NOT_EXIST")
	agents := a.call("alipay.trade.query", obj{"out_trade_no": "S0"})
	agents["app_auth_token"] = "x"
	a.sign(agents)
	a.want(a.send(split(t, w.url+"/gateway.do", agents)), "20001", "aop.invalid-app-auth-token")
}

// TestAlipayBill: the address of a bill serves it to whoever has it, for some minutes.
func TestAlipayBill(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	a.want(a.do("alipay.trade.pay", barcode("L1", p.text(), "12.34")), "10000", "")
	today := w.clock.now().UTC().Format(time.DateOnly)
	bill := func(kind, date string) obj {
		return a.do("alipay.data.dataservice.bill.downloadurl.query", obj{"bill_type": kind, "bill_date": date})
	}
	a.want(bill("trade", today), "40004", "BILL_NOT_EXIST")
	a.want(bill("signcustomer", today), "40004", "TYPE_NOT_SUPPORTED")
	a.want(bill("trade", "2026-11"), "40004", "INVAILID_ARGUMENTS")
	w.clock.advance(25 * time.Hour)
	address := a.want(bill("trade", today), "10000", "")["bill_download_url"].(string)
	if !strings.HasPrefix(address, w.url+"/v3/alipay/bill/") {
		t.Fatal(address)
	}
	get := func(address string) reply {
		r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		return w.send(r)
	}
	out := w.want(get(address), 200)
	file, err := zip.NewReader(strings.NewReader(out.text), int64(len(out.text)))
	if err != nil || len(file.File) != 2 || out.header.Get("Content-Type") != "application/zip" {
		t.Fatalf("%v, %v, %v", file, err, out.header)
	}
	details, err := file.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if lines, err := io.ReadAll(details); err != nil || !bytes.Contains(lines, []byte("L1\t,")) || !bytes.Contains(lines, []byte(",12.34,")) {
		t.Errorf("%v in %s", err, lines)
	}
	other := []byte(address)
	for i := len(w.url) + len("/v3/alipay/bill/"); i < len(other); i += 7 {
		was := other[i]
		if other[i] = 'A'; was == 'A' {
			other[i] = 'B'
		}
		w.want(get(string(other)), 403)
		other[i] = was
	}
	w.clock.advance(6 * time.Minute)
	w.want(get(address), 403)
}
