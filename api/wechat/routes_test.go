package wechat_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/api/wechat"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/platform"
)

// TestAllRoutesAreOneOrder has the same orders asked for by our own call, by both
// versions of WeChat Pay and by Alipay's gateway, all at once, by the same code and by
// others: each is charged once, and every route answers the same payment.
func TestAllRoutesAreOneOrder(t *testing.T) {
	w := newWorld(t)
	w.enableAlipay()
	for i, sameCode := range []bool{true, false} {
		order := fmt.Sprint("one", i)
		codes := []string{w.code()}
		for !sameCode && len(codes) < 4 {
			codes = append(codes, w.code())
		}
		routes := []func(code string) string{
			func(code string) string {
				var p client.Payment
				w.must(w.native.Call(t.Context(), "POST", "/v1/payments", map[string]any{"order_no": order, "code": code, "amount": 100, "currency": "CNY"}, &p))
				return p.ID
			},
			func(code string) string { return w.micropayed(order, code) },
			func(code string) string {
				body := codepay(order, code, 100)
				body["appid"], body["mchid"] = w.appID, w.mchID
				return str(w.send(w.v3Call("POST", "/v3/pay/transactions/codepay", body)).said["transaction_id"])
			},
			func(code string) string { return w.alipayed(order, code) },
		}
		found := make([]string, 3*len(routes))
		var all sync.WaitGroup
		for n := range found {
			all.Go(func() { found[n] = routes[n%len(routes)](codes[n/3%len(codes)]) })
		}
		all.Wait()
		if ids := slices.Compact(slices.Sorted(slices.Values(found))); len(ids) != 1 || ids[0] == "" {
			t.Errorf("the same code: %v: the payments %v", sameCode, ids)
		}
		w.balance(10_000 - int64(i+1)*100)
	}
	// Another merchant has other orders of the same number.
	m, err := w.server.Access.CreateMerchant(t.Context(), "other", "CNY")
	w.must(err)
	w.mchID, w.appID = w.enableWeChat(m.ID)
	if got := w.send(w.v3Call("GET", "/v3/pay/transactions/out-trade-no/one0?mchid="+w.mchID, nil)); got.status != http.StatusNotFound {
		t.Errorf("another merchant's order: %d %s", got.status, got.body)
	}
	w.says("another merchant's own", w.run(w.server.URL(), step{"v3", "codepay", codepay("one0", w.code(), 100)})[0], map[string]string{"trade_state": "SUCCESS", "mchid": w.mchID})
	w.balance(9_700)
}

// micropayed is the number of the payment that version 2 answers.
func (w *world) micropayed(order, code string) string {
	call := map[string]string{"appid": w.appID, "mch_id": w.mchID, "nonce_str": "n", "out_trade_no": order, "body": "b", "total_fee": "100", "auth_code": code}
	call["sign"] = wechat.Sign("MD5", apiKey, call)
	_, id, _ := strings.Cut(w.post("/pay/micropay", string(wechat.Format(call))), "<transaction_id>")
	id, _, _ = strings.Cut(id, "<")
	return id
}

// enableAlipay lets the merchant's tills speak Alipay's OpenAPI as well, with the same key.
func (w *world) enableAlipay() {
	w.Helper()
	w.must(w.op.Call(w.Context(), "POST", "/v1/merchants/"+w.mchID+"/alipay", map[string]any{"public_key": platform.PublicText(&them().Key.PublicKey)}, nil))
}

// alipayed is the number of the payment that Alipay's gateway answers.
func (w *world) alipayed(order, code string) string {
	content, err := json.Marshal(map[string]string{"out_trade_no": order, "scene": "bar_code", "auth_code": code, "subject": "b", "total_amount": "1.00"})
	w.must(err)
	call := url.Values{
		"app_id": {w.mchID}, "method": {"alipay.trade.pay"}, "sign_type": {"RSA2"}, "version": {"1.0"}, "biz_content": {string(content)},
		"timestamp": {time.Now().In(time.FixedZone("", 8*60*60)).Format("2006-01-02 15:04:05")},
	}
	var parts []string
	for name, values := range call {
		parts = append(parts, name+"="+values[0])
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	signature, err := rsa.SignPKCS1v15(nil, them().Key, crypto.SHA256, sum[:])
	w.must(err)
	call.Set("sign", base64.StdEncoding.EncodeToString(signature))
	resp, err := http.PostForm(w.server.URL()+"/gateway.do", call)
	w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.must(err)
	var said struct {
		Pay struct {
			TradeNo string `json:"trade_no"`
		} `json:"alipay_trade_pay_response"`
	}
	w.must(json.Unmarshal(bytes.TrimSpace(text), &said))
	return said.Pay.TradeNo
}

// TestNativeIsPaidByTheShopsCode: the order of a code that was answered is there once it is paid.
func TestNativeIsPaidByTheShopsCode(t *testing.T) {
	w := newWorld(t)
	query := step{"v3", "query", params{"out_trade_no": "table7"}}
	native := codepay("table7", "", 1250)
	got := w.run(w.server.URL(), step{"v3", "native", native}, query)
	if got[1].Error != "ORDER_NOT_EXIST" {
		t.Errorf("before it is paid: %v", got[1])
	}
	p, err := w.phone.Pay(t.Context(), str(got[0].Data["code_url"]), 0)
	w.must(err)
	asked := w.run(w.server.URL(), query, step{"tenpay", "orderQuery", params{"out_trade_no": "table7"}})
	for _, asked := range asked {
		w.says("once it is paid", asked, map[string]string{"trade_state": "SUCCESS", "trade_type": "NATIVE", "transaction_id": p.ID})
	}
	w.balance(8_750)
}
