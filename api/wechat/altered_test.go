package wechat_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/paycode/paycode/api/wechat"
)

// TestAlteredCallIsRefused signs a call of each kind, alters one field, adds one
// and takes one away: each is refused before anything is done.
func TestAlteredCallIsRefused(t *testing.T) {
	w := newWorld(t)
	paid := w.run(w.server.URL(), step{"tenpay", "micropay", pay("paid", w.code(), 1000)})[0]
	w.says("paid", paid, map[string]string{"result_code": "SUCCESS"})
	for path, own := range map[string]map[string]string{
		"/pay/micropay":       {"out_trade_no": "A1", "body": "b", "total_fee": "100", "auth_code": w.code(), "spbill_create_ip": "127.0.0.1"},
		"/pay/orderquery":     {"out_trade_no": "paid"},
		"/secapi/pay/reverse": {"out_trade_no": "paid"},
		"/secapi/pay/refund":  {"out_trade_no": "paid", "out_refund_no": "R1", "total_fee": "1000", "refund_fee": "100"},
		"/pay/refundquery":    {"out_trade_no": "paid"},
	} {
		for _, kind := range []string{"MD5", "HMAC-SHA256"} {
			call := map[string]string{"appid": w.appID, "mch_id": w.mchID, "nonce_str": "n", "sign_type": kind}
			maps.Copy(call, own)
			call["sign"] = wechat.Sign(kind, apiKey, call)
			altered := map[string]map[string]string{"unsigned": with(call, "sign", ""), "more": with(call, "attach", "x"), "unknown till": with(call, "mch_id", "1230000109")}
			for name := range call {
				altered["altered "+name] = with(call, name, call[name]+"1")
			}
			wrong := with(call, "sign", wechat.Sign(kind, strings.ToLower(apiKey), call))
			altered["another key"] = wrong
			for what, fields := range altered {
				if got := w.post(path, string(wechat.Format(fields))); !strings.Contains(got, "<return_code>FAIL</return_code>") {
					t.Errorf("%s %s, %s: %s", path, kind, what, got)
				}
			}
		}
	}
	w.balance(9_000)
	for _, body := range []string{"", "<xml>", "{}", "<xml><a>" + strings.Repeat("x", 65<<10) + "</a></xml>"} {
		if got := w.post("/pay/micropay", body); !strings.Contains(got, "<return_code>FAIL</return_code>") {
			t.Errorf("%.20q answered %s", body, got)
		}
	}
}

func with(all map[string]string, name, value string) map[string]string {
	c := maps.Clone(all)
	c[name] = value
	return c
}

// TestKeyIsReplaced has a new key end the old one at once, and nothing in the
// database hold either as it is.
func TestKeyIsReplaced(t *testing.T) {
	w := newWorld(t)
	k, err := w.server.DB.WeChatKey(t.Context(), w.merchant)
	w.must(err)
	if strings.Contains(string(k.Sealed), apiKey[:8]) {
		t.Error("the key is in the database as it is")
	}
	other := strings.ToUpper(apiKey)
	w.must(w.op.Call(t.Context(), "POST", "/v1/merchants/"+w.mchID+"/wechat", map[string]any{"api_key": other}, nil))
	call := map[string]string{"appid": w.appID, "mch_id": w.mchID, "nonce_str": "n", "out_trade_no": "unknown"}
	for key, want := range map[string]string{apiKey: "<return_code>FAIL<", other: "<err_code>ORDERNOTEXIST<"} {
		if got := w.post("/pay/orderquery", string(wechat.Format(with(call, "sign", wechat.Sign("MD5", key, call))))); !strings.Contains(got, want) {
			t.Errorf("signed with %.4s…: %s, want %s", key, got, want)
		}
	}
	call["appid"] = "wx0000000000000000"
	if got := w.post("/pay/orderquery", string(wechat.Format(with(call, "sign", wechat.Sign("MD5", other, call))))); !strings.Contains(got, "APPID_MCHID_NOT_MATCH") {
		t.Errorf("another appid answered %s", got)
	}
	// Another merchant's till sees none of this one's orders.
	w.must(w.op.Call(t.Context(), "POST", "/v1/merchants/"+w.mchID+"/wechat", map[string]any{"api_key": apiKey}, nil))
	paid := w.run(w.server.URL(), step{"tenpay", "micropay", pay("mine", w.code(), 100)})[0]
	m, err := w.server.Access.CreateMerchant(t.Context(), "other", "CNY")
	w.must(err)
	w.mchID, w.appID = w.enableWeChat(m.ID)
	for _, p := range []params{{"out_trade_no": "mine"}, {"transaction_id": paid.Data["transaction_id"]}} {
		for _, c := range []string{"orderQuery", "refundQuery"} {
			if got := w.run(w.server.URL(), step{"tenpay", c, p})[0]; got.Error != "ORDERNOTEXIST" {
				t.Errorf("%s %v of another merchant: %v", c, p, got)
			}
		}
	}
}
