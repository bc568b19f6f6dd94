package wechat_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/platform"
)

// routes are a good call of each kind, about the order "paid".
func (w *world) routes() map[string]v3Call {
	w.Helper()
	id := w.stateID("paid")
	own := params{"appid": w.appID, "mchid": w.mchID}
	yesterday := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	with := func(p params) params { p["appid"], p["mchid"] = w.appID, w.mchID; return p }
	return map[string]v3Call{
		"codepay":      w.v3Call("POST", "/v3/pay/transactions/codepay", with(codepay("A1", w.code(), 100))),
		"native":       w.v3Call("POST", "/v3/pay/transactions/native", with(codepay("N1", "", 100))),
		"transaction":  w.v3Call("GET", "/v3/pay/transactions/id/"+id+"?mchid="+w.mchID, nil),
		"query":        w.v3Call("GET", "/v3/pay/transactions/out-trade-no/paid?mchid="+w.mchID, nil),
		"reverse":      w.v3Call("POST", "/v3/pay/transactions/out-trade-no/other/reverse", own),
		"close":        w.v3Call("POST", "/v3/pay/transactions/out-trade-no/another/close", own),
		"refund":       w.v3Call("POST", "/v3/refund/domestic/refunds", giveBack("paid", "R1", 1000, 100)),
		"refund query": w.v3Call("GET", "/v3/refund/domestic/refunds/R0", nil),
		"certificates": w.v3Call("GET", "/v3/certificates", nil),
		"bill":         w.v3Call("GET", "/v3/bill/tradebill?bill_date="+yesterday, nil),
		"bill's file":  w.v3Call("GET", "/v3/billdownload/file?bill_date="+yesterday, nil),
	}
}

// stateID is the number of an order's payment.
func (w *world) stateID(order string) string {
	w.Helper()
	got := w.run(w.server.URL(), step{"v3", "query", params{"out_trade_no": order}})[0]
	return str(got.Data["transaction_id"])
}

// alterations are a call with one thing altered after it was signed, or signed by who may not.
func alterations(c v3Call, other string) map[string]v3Call {
	all := map[string]v3Call{}
	alter := func(name string, do func(c *v3Call)) {
		altered := c
		altered.signature = bytes.Clone(c.signature)
		do(&altered)
		all[name] = altered
	}
	alter("mchid", func(c *v3Call) { c.mchID = other })
	alter("mchid of nobody", func(c *v3Call) { c.mchID = "1230000109" })
	alter("nonce", func(c *v3Call) { c.nonce += "x" })
	alter("no nonce", func(c *v3Call) { c.nonce = "" })
	alter("timestamp", func(c *v3Call) { c.at = fmt.Sprint(time.Now().Unix() - 7) })
	alter("timestamp with a sign", func(c *v3Call) { c.at = "+" + c.at })
	alter("serial", func(c *v3Call) { c.serial = c.serial[1:] + c.serial[:1] })
	alter("signature", func(c *v3Call) { c.signature[100] ^= 1 })
	alter("no signature", func(c *v3Call) { c.signature = nil })
	alter("probe", func(c *v3Call) {
		c.header = strings.Replace(c.authorization(), `signature="`, `signature="WECHATPAY/SIGNTEST/`, 1)
	})
	alter("scheme", func(c *v3Call) { c.scheme = "WECHATPAY2-SM2-WITH-SM3" })
	alter("no header", func(c *v3Call) { c.header = "none" })
	alter("two headers", func(c *v3Call) { c.twice = true })
	alter("a part twice", func(c *v3Call) { c.header = c.authorization() + `,nonce_str="` + c.nonce + `"` })
	alter("a part more", func(c *v3Call) { c.header = c.authorization() + `,more="x"` })
	alter("unquoted", func(c *v3Call) { c.header = strings.ReplaceAll(c.authorization(), `"`, "") })
	alter("another path", func(c *v3Call) { c.target = strings.Replace(c.target, "paid", "Paid", 1) + "&x" })
	alter("another key", func(c *v3Call) { *c = c.signedAt(time.Now(), us().Key) })
	alter("old", func(c *v3Call) { *c = c.signedAt(time.Now().Add(-302*time.Second), them().Key) })
	alter("of the future", func(c *v3Call) { *c = c.signedAt(time.Now().Add(303*time.Second), them().Key) })
	alter("body", func(c *v3Call) { c.body += " " })
	if strings.Contains(c.target, "?") {
		alter("query", func(c *v3Call) { c.target += "&x=1" })
		delete(all, "another path")
	}
	if c.target == "/v3/certificates" || c.method == "POST" || strings.HasSuffix(c.target, "R0") {
		delete(all, "another path")
		alter("query", func(c *v3Call) { c.target += "?x=1" })
	}
	return all
}

// TestV3AlteredCallIsRefused signs a call of each kind and alters each part of it: every
// one is refused before anything is done. Then the call itself is good, once.
func TestV3AlteredCallIsRefused(t *testing.T) {
	w := newWorld(t)
	w.says("paid", w.run(w.server.URL(), step{"v3", "codepay", codepay("paid", w.code(), 1000)})[0], map[string]string{"trade_state": "SUCCESS"})
	w.says("refunded", w.run(w.server.URL(), step{"v3", "refund", giveBack("paid", "R0", 1000, 1)})[0], map[string]string{"status": "SUCCESS"})
	m, err := w.server.Access.CreateMerchant(t.Context(), "other", "CNY")
	w.must(err)
	w.must(w.op.Call(t.Context(), "POST", "/v1/merchants/"+m.ID.String()+"/wechat",
		map[string]any{"api_v3_key": v3Key, "public_key": platform.PublicText(&third().Key.PublicKey), "serial_no": them().Certificate.Serial()}, nil))
	calls := w.routes()
	for name, call := range calls {
		for what, altered := range alterations(call, m.ID.String()) {
			if got := w.send(altered); got.status != http.StatusUnauthorized || got.said["code"] != "SIGN_ERROR" {
				t.Errorf("%s, altered %s: %d %s", name, what, got.status, got.body)
			}
		}
	}
	w.balance(9_001)
	for name, call := range calls {
		if name != "codepay" { // signed anew, in another order and spelling that clients use
			call = w.v3Call(call.method, call.target, nil)
			call.body = calls[name].body
			call = call.signedAt(time.Now(), them().Key)
			call.header = fmt.Sprintf(`%s serial_no="%s", timestamp="%s",signature="%s",nonce_str="%s",mchid="%s"`, call.scheme,
				strings.ToLower(call.serial), call.at, base64.StdEncoding.EncodeToString(call.signature), call.nonce, call.mchID)
		}
		if got := w.send(call); got.status/100 != 2 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if got := w.send(call); got.status != http.StatusUnauthorized {
			t.Errorf("%s, replayed: %d %s", name, got.status, got.body)
		}
	}
	w.balance(9_001) // 1.00 was paid, and 1.00 given back; what was closed or reversed was never paid
}

// TestV3NonceIsGoodOnce also where servers are asked at once.
func TestV3NonceIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	call := w.v3Call("GET", "/v3/certificates", nil)
	statuses := make(chan int, 8)
	for range cap(statuses) {
		go func() { statuses <- w.send(call).status }()
	}
	good := 0
	for range cap(statuses) {
		if <-statuses == http.StatusOK {
			good++
		}
	}
	if good != 1 {
		t.Errorf("one nonce was good %d times", good)
	}
	late := w.v3Call("GET", "/v3/certificates", nil).signedAt(time.Now().Add(-295*time.Second), them().Key)
	if got := w.send(late); got.status != http.StatusOK {
		t.Errorf("of five minutes ago: %d %s", got.status, got.body)
	}
}

// TestV3BrokenAnswerIsRefused has one byte of what was signed, or of a header, changed
// on the way: the official client's rules see each.
func TestV3BrokenAnswerIsRefused(t *testing.T) {
	w := newWorld(t)
	to, err := url.Parse(w.server.URL())
	w.must(err)
	alter := func(h http.Header, name string) {
		b := []byte(h.Get(name))
		if b[7]++; b[7] == '9'+1 || b[7] == 'z'+1 || b[7] == 'Z'+1 {
			b[7] -= 2
		}
		h.Set(name, string(b))
	}
	n := 0
	for name, breaks := range map[string]func(http.Header, []byte){
		"body":      func(_ http.Header, b []byte) { b[bytes.Index(b, []byte(`"total":`))+8]++ },
		"signature": func(h http.Header, _ []byte) { alter(h, "Wechatpay-Signature") },
		"timestamp": func(h http.Header, _ []byte) { alter(h, "Wechatpay-Timestamp") },
		"nonce":     func(h http.Header, _ []byte) { alter(h, "Wechatpay-Nonce") },
		"serial":    func(h http.Header, _ []byte) { alter(h, "Wechatpay-Serial") },
		"unsigned":  func(h http.Header, _ []byte) { h.Del("Wechatpay-Signature") },
	} {
		proxy := httputil.NewSingleHostReverseProxy(to)
		proxy.ModifyResponse = func(r *http.Response) error {
			b, err := io.ReadAll(r.Body)
			breaks(r.Header, b)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			return err
		}
		between := httptest.NewServer(proxy)
		defer between.Close()
		n++
		if got := w.run(between.URL, step{"v3", "codepay", codepay(name, w.code(), 100)})[0]; got.Error == "" || got.Status/100 == 4 {
			t.Errorf("an answer with a broken %s was taken: %v", name, got)
		}
		if got := w.run(w.server.URL(), step{"v3", "query", params{"out_trade_no": name}})[0]; str(got.Data["trade_state"]) != "SUCCESS" {
			t.Errorf("what was paid cannot be asked for: %v", got)
		}
	}
	w.balance(10_000 - int64(n)*100)
}
