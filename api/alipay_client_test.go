package api_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

// official has the official client (alipay-sdk, in api/alipay/client) make calls one after
// another at a gateway, and verify the answers.
func (a *alipayTill) official(gateway string, calls ...obj) (answers []obj) {
	t := a.w.t
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(a.platform)
	if err != nil {
		t.Fatal(err)
	}
	config := obj{
		"appId": a.id, "gateway": gateway, "endpoint": strings.TrimSuffix(gateway, "/gateway.do"), "keyType": "PKCS8",
		"privateKey": base64.StdEncoding.EncodeToString(private), "alipayPublicKey": base64.StdEncoding.EncodeToString(public),
	}
	maps.Copy(config, a.config)
	in, err := json.Marshal(obj{"calls": calls, "config": config})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "call.mjs")
	var errs bytes.Buffer
	node.Dir, node.Stdin, node.Stderr = "alipay/client", bytes.NewReader(in), &errs
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v: %s\n(.ci/install installs the client)", err, errs.String())
	}
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return answers
}

func asks(method string, biz obj) obj { return obj{"method": method, "bizContent": biz} }

// TestAlipayOfficialClient: the company's own client pays, asks, refunds and cancels with a
// wallet's code, and believes what it is answered.
func TestAlipayOfficialClient(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	code := p.digits()
	for i, got := range a.official(w.url+"/gateway.do",
		asks("alipay.trade.pay", barcode("N1", code, "60.00")),
		asks("alipay.trade.query", obj{"out_trade_no": "N1"}),
		asks("alipay.trade.pay", barcode("N1", code, "60.00")), // its answer was lost
		asks("alipay.trade.pay", barcode("N2", code, "1.00")),
		asks("alipay.trade.pay", barcode("N1", code, "61.00")),
		asks("alipay.trade.query", obj{"out_trade_no": "N9"}),
		asks("alipay.trade.pay", barcode("N3", p.text(), "60.00")),
		asks("alipay.trade.refund", obj{"out_trade_no": "N1", "refund_amount": "10.00", "out_request_no": "R1"}),
		asks("alipay.trade.refund", obj{"out_trade_no": "N1", "refund_amount": "50.00", "out_request_no": "R2"}),
		asks("alipay.trade.query", obj{"out_trade_no": "N1"}),
		asks("alipay.trade.cancel", obj{"out_trade_no": "N2"}),
		asks("alipay.trade.query", obj{"out_trade_no": "N2"}),
	) {
		want := []struct{ code, subCode, tradeStatus string }{
			{"10000", "", ""}, {"10000", "", "TRADE_SUCCESS"}, {"10000", "", ""},
			{"40004", "ACQ.PAYMENT_AUTH_CODE_INVALID", ""}, {"40004", "ACQ.CONTEXT_INCONSISTENT", ""}, {"40004", "ACQ.TRADE_NOT_EXIST", ""},
			{"40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH", ""},
			{"10000", "", ""}, {"10000", "", ""}, {"10000", "", "TRADE_CLOSED"}, {"10000", "", ""}, {"10000", "", "TRADE_CLOSED"},
		}[i]
		str := func(name string) string { s, _ := got[name].(string); return s }
		if str("code") != want.code || str("subCode") != want.subCode || str("tradeStatus") != want.tradeStatus {
			t.Errorf("call %d: %v, want %v", i, got, want)
		}
	}
	if got := p.has(w); got != 10_000 {
		t.Errorf("%v is left, want all of it", got)
	}
	w.balanced()
}

// TestAlipayOfficialClientDisbelieves: it refuses an answer of which somebody in between changed one byte.
func TestAlipayOfficialClientDisbelieves(t *testing.T) {
	w := newWorld(t)
	a, p := newAlipayTill(w, "Tea"), enrolled(w, w.newPayer("anna", "Anna", 10_000))
	at, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	between := httputil.NewSingleHostReverseProxy(at)
	var behind string // what is changed is the byte behind it
	between.ModifyResponse = func(r *http.Response) error {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		before, _, found := bytes.Cut(text, []byte(behind))
		if !found {
			t.Errorf("%s is not in %s", behind, text)
		}
		if changed := &text[len(before)+len(behind)]; *changed == '1' {
			*changed = '2'
		} else {
			*changed = '1'
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		return nil
	}
	middle := httptest.NewServer(between)
	defer middle.Close()
	pay := asks("alipay.trade.pay", barcode("B1", p.digits(), "2.00"))
	for _, change := range []string{`"total_amount":"`, `"code":"`, `"sign":"`} {
		behind = change
		got := a.official(middle.URL+"/gateway.do", pay)[0]
		if message, _ := got["error"].(string); !strings.Contains(message, "验签失败") { // "verification failed"
			t.Errorf("changed behind %s: %v", behind, got)
		}
	}
	if got := p.has(w); got != 9_800 {
		t.Errorf("%v is left: each try was the same order", got)
	}
}
