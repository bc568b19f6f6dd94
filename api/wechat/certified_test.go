package wechat_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paycode/paycode/api/wechat"
)

// TestMoneyGoesBackOnlyToWhoHasTheCertificate, where a merchant has registered one: over TLS,
// with that one and no other. What gives nothing back asks for none.
func TestMoneyGoesBackOnlyToWhoHasTheCertificate(t *testing.T) {
	w := newWorld(t)
	w.says("paid", w.run(w.server.URL(), step{"tenpay", "micropay", pay("A", w.code(), 1000)})[0], map[string]string{"result_code": "SUCCESS"})
	secure := httptest.NewUnstartedServer(w.server.Handler())
	secure.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	secure.StartTLS()
	defer secure.Close()
	n := 0
	call := func(to string, as *tls.Certificate, path string, own map[string]string) string {
		t.Helper()
		n++
		c := map[string]string{"appid": w.appID, "mch_id": w.mchID, "nonce_str": fmt.Sprint(n)}
		for name, value := range own {
			c[name] = value
		}
		trust := secure.Client().Transport.(*http.Transport).Clone()
		if as != nil {
			trust.TLSClientConfig.Certificates = []tls.Certificate{*as}
		}
		defer trust.CloseIdleConnections()
		resp, err := (&http.Client{Transport: trust}).Post(to+path, "text/xml", strings.NewReader(string(wechat.Format(with(c, "sign", wechat.Sign("MD5", apiKey, c))))))
		w.must(err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		w.must(err)
		return string(text)
	}
	refund := func(fee string) map[string]string {
		return map[string]string{"out_trade_no": "A", "out_refund_no": "R" + fee, "total_fee": "1000", "refund_fee": fee}
	}
	ours := &tls.Certificate{Certificate: [][]byte{them().Certificate.Raw}, PrivateKey: them().Key}
	others := &tls.Certificate{Certificate: [][]byte{third().Certificate.Raw}, PrivateKey: third().Key}
	register := func(text string) {
		w.must(w.op.Call(t.Context(), "POST", "/v1/merchants/"+w.mchID+"/wechat", map[string]any{"client_certificate": text}, nil))
	}
	check := func(what, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	const good, bad = "<result_code>SUCCESS</result_code>", "<err_code>CERT_ERROR</err_code>"
	check("before one is registered", call(w.server.URL(), nil, "/secapi/pay/refund", refund("1")), good)
	register(them().Certificate.PEM())
	check("without TLS", call(w.server.URL(), ours, "/secapi/pay/refund", refund("2")), bad)
	check("without a certificate", call(secure.URL, nil, "/secapi/pay/refund", refund("3")), bad)
	check("with another one", call(secure.URL, others, "/secapi/pay/refund", refund("4")), bad)
	check("reverse with another one", call(secure.URL, others, "/secapi/pay/reverse", map[string]string{"out_trade_no": "B"}), bad)
	check("with the one", call(secure.URL, ours, "/secapi/pay/refund", refund("5")), good)
	check("reverse with the one", call(secure.URL, ours, "/secapi/pay/reverse", map[string]string{"out_trade_no": "B"}), good)
	check("what gives nothing back", call(w.server.URL(), nil, "/pay/orderquery", map[string]string{"out_trade_no": "A"}), good)
	w.balance(10_000 - 1000 + 6)
	register("")
	check("when none is asked for any more", call(w.server.URL(), nil, "/secapi/pay/refund", refund("7")), good)
}

// TestRefundsArePaged: by refund_id alone, and ten by ten.
func TestRefundsArePaged(t *testing.T) {
	w := newWorld(t)
	steps := []step{{"axios", "micropay", pay("A", w.code(), 1000)}}
	for i := range 12 {
		steps = append(steps, step{"axios", "refund", params{"out_trade_no": "A", "out_refund_no": fmt.Sprint("R", i), "total_fee": 1000, "refund_fee": i + 1}})
	}
	made := w.run(w.server.URL(), steps...)
	got := w.run(w.server.URL(),
		step{"axios", "refundQuery", params{"refund_id": made[3].Data["refund_id"]}},
		step{"axios", "refundQuery", params{"out_trade_no": "A"}},
		step{"axios", "refundQuery", params{"out_trade_no": "A", "offset": 10}},
		step{"axios", "refundQuery", params{"out_trade_no": "A", "offset": 12}},
		step{"axios", "refundQuery", params{"out_trade_no": "A", "offset": -1}},
		step{"axios", "refundQuery", params{"refund_id": "ref_01m8dx13pkfthvqvhteb2ta62x"}},
	)
	w.says("by refund_id", got[0], map[string]string{"refund_count": "1", "out_refund_no_0": "R2", "refund_fee_0": "3", "out_trade_no": "A"})
	w.says("the first ten", got[1], map[string]string{"refund_count": "10", "total_refund_count": "12", "out_refund_no_0": "R0", "out_refund_no_9": "R9"})
	w.says("the rest", got[2], map[string]string{"refund_count": "2", "total_refund_count": "12", "out_refund_no_0": "R10", "out_refund_no_1": "R11"})
	for i, want := range []string{"REFUNDNOTEXIST", "PARAM_ERROR", "REFUNDNOTEXIST"} {
		if got[3+i].Error != want {
			t.Errorf("%v, want %s", got[3+i], want)
		}
	}
	m, err := w.server.Access.CreateMerchant(t.Context(), "other", "CNY")
	w.must(err)
	w.mchID, w.appID = w.enableWeChat(m.ID)
	if got := w.run(w.server.URL(), step{"axios", "refundQuery", params{"refund_id": made[3].Data["refund_id"]}})[0]; got.Error != "REFUNDNOTEXIST" {
		t.Errorf("another merchant's refund: %v", got)
	}
}
