package wechat_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
)

type params = map[string]any

func pay(order, code string, fen int) params {
	return params{"out_trade_no": order, "body": "面 & <noodles>", "total_fee": fen, "auth_code": code, "spbill_create_ip": "127.0.0.1"}
}

func TestClientsPayQueryReverseRefund(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct{ client, kind string }{{"tenpay", ""}, {"tenpay", "HMAC-SHA256"}, {"axios", ""}, {"axios", "HMAC-SHA256"}} {
		signed := func(p params) params {
			if c.kind != "" {
				p["sign_type"] = c.kind
			}
			return p
		}
		a, b, r := "A"+strconv.Itoa(i), "B"+strconv.Itoa(i), "R"+strconv.Itoa(i)
		refund := params{"out_trade_no": a, "out_refund_no": r, "total_fee": 1000, "refund_fee": 300}
		got := w.run(w.server.URL(),
			step{c.client, "micropay", signed(pay(a, w.code(), 1000))},
			step{c.client, "orderQuery", signed(params{"out_trade_no": a})},
			step{c.client, "refund", signed(refund)},
			step{c.client, "refund", signed(refund)}, // its answer was lost
			step{c.client, "refundQuery", signed(params{"out_refund_no": r})},
			step{c.client, "orderQuery", signed(params{"out_trade_no": a})},
			step{c.client, "micropay", signed(pay(b, w.code(), 2000))},
			step{c.client, "reverse", signed(params{"out_trade_no": b})},
			step{c.client, "reverse", signed(params{"out_trade_no": b})},
			step{c.client, "orderQuery", signed(params{"out_trade_no": b})},
			step{c.client, "reverse", signed(params{"out_trade_no": "never" + a})},
		)
		name := c.client + " " + c.kind
		paid := map[string]string{"result_code": "SUCCESS", "trade_type": "MICROPAY", "total_fee": "1000", "out_trade_no": a, "fee_type": "CNY"}
		w.says(name+" pays", got[0], paid)
		paid["trade_state"] = "SUCCESS"
		w.says(name+" asks", got[1], paid)
		for _, again := range got[2:4] {
			w.says(name+" refunds", again, map[string]string{"refund_fee": "300", "out_refund_no": r})
		}
		if got[2].Data["refund_id"] != got[3].Data["refund_id"] {
			t.Errorf("%s: the same refund twice: %v and %v", name, got[2], got[3])
		}
		w.says(name+" asks of the refund", got[4], map[string]string{"refund_count": "1", "refund_fee_0": "300", "refund_status_0": "SUCCESS"})
		w.says(name+" asks again", got[5], map[string]string{"trade_state": "REFUND"})
		w.says(name+" pays again", got[6], map[string]string{"total_fee": "2000"})
		for _, again := range got[7:9] {
			w.says(name+" reverses", again, map[string]string{"result_code": "SUCCESS", "recall": "N"})
		}
		w.says(name+" asks what was reversed", got[9], map[string]string{"trade_state": "REVOKED"})
		w.says(name+" reverses what was never seen", got[10], map[string]string{"result_code": "SUCCESS", "recall": "N"})
		w.balance(10_000 - int64(i+1)*700)
	}
}

// TestAnyPrefixIsTaken: whatever digits an issuer has chosen so that tills route his codes here.
func TestAnyPrefixIsTaken(t *testing.T) {
	for _, prefix := range []string{"13", "28", "62"} {
		t.Run(prefix, func(t *testing.T) {
			p := paycode.DefaultProfile()
			p.Prefix = prefix
			if prefix == "62" {
				p.OTPDigits = 7 // 19 digits, as UnionPay's
			}
			w := newWorldOf(t, p)
			code := w.code()
			got := w.run(w.server.URL(), step{"tenpay", "micropay", pay("A1", code, 1000)})[0]
			if code[:2] != prefix || got.Error != "" || got.Data["total_fee"] != "1000" {
				t.Errorf("%s: %+v", code, got)
			}
			w.balance(9000)
		})
	}
}

func TestClientsAreTold(t *testing.T) {
	w := newWorld(t)
	used := w.code()
	for i, c := range []string{"tenpay", "axios"} {
		n := strconv.Itoa(i)
		if i == 0 {
			w.says("the code is used", w.run(w.server.URL(), step{c, "micropay", pay("first", used, 100)})[0], map[string]string{"result_code": "SUCCESS"})
		}
		var steps []step // by one run of Node: it takes longer to start than all calls
		tells := []struct {
			step step
			want string
		}{
			{step{c, "micropay", pay("used"+n, used, 100)}, "AUTH_CODE_INVALID"},
			{step{c, "micropay", pay("poor"+n, w.code(), 20_000)}, "NOTENOUGH"},
			{step{c, "micropay", pay("junk"+n, "not a code", 100)}, "AUTH_CODE_INVALID"},
			{step{c, "micropay", pay("first", w.code(), 101)}, "OUT_TRADE_NO_USED"},
			{step{c, "micropay", pay("free"+n, w.code(), 0)}, "PARAM_ERROR"},
			{step{c, "micropay", pay("a.b", w.code(), 1)}, "PARAM_ERROR"},
			{step{c, "orderQuery", params{"out_trade_no": "unknown"}}, "ORDERNOTEXIST"},
			{step{c, "refund", params{"out_trade_no": "unknown", "out_refund_no": "r", "total_fee": 1, "refund_fee": 1}}, "ORDERNOTEXIST"},
			{step{c, "refund", params{"out_trade_no": "first", "out_refund_no": "r" + n, "total_fee": 100, "refund_fee": 101}}, "INVALID_REQUEST"},
			{step{c, "refund", params{"out_trade_no": "first", "out_refund_no": "r", "total_fee": 99, "refund_fee": 1}}, "REFUND_FEE_MISMATCH"},
			{step{c, "refund", params{"out_trade_no": "used" + n, "out_refund_no": "u" + n, "total_fee": 100, "refund_fee": 1}}, "TRADE_ERROR"},
			{step{c, "refundQuery", params{"out_refund_no": "unknown"}}, "REFUNDNOTEXIST"},
			{step{c, "refundQuery", params{"out_trade_no": "first"}}, "REFUNDNOTEXIST"},
		}
		for _, tell := range tells {
			steps = append(steps, tell.step)
		}
		for i, got := range w.run(w.server.URL(), steps...) {
			if got.Error != tells[i].want {
				t.Errorf("%v: told %q, want %s", tells[i].step, got.Error, tells[i].want)
			}
		}
	}
	w.balance(9_900)
}

func str(v any) string { s, _ := v.(string); return s }

// TestBrokenAnswerIsRefused has one byte of what was signed, or of the signature,
// changed on the way: both clients must see it.
func TestBrokenAnswerIsRefused(t *testing.T) {
	w := newWorld(t)
	to, err := url.Parse(w.server.URL())
	w.must(err)
	for name, breaks := range map[string]*regexp.Regexp{
		"signature": regexp.MustCompile(`<sign>(.)`), "amount": regexp.MustCompile(`<total_fee>(.)`),
	} {
		proxy := httputil.NewSingleHostReverseProxy(to)
		proxy.ModifyResponse = func(r *http.Response) error {
			b, err := io.ReadAll(r.Body)
			at := breaks.FindSubmatchIndex(b)
			if err != nil || at == nil {
				t.Errorf("nothing to break in %s", b)
				return err
			}
			if b[at[2]]++; b[at[2]] == '9'+1 {
				b[at[2]] = '8'
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
			return nil
		}
		between := httptest.NewServer(proxy)
		defer between.Close()
		for _, c := range []string{"tenpay", "axios"} {
			got := w.run(between.URL, step{c, "micropay", pay(name+c, w.code(), 100)})[0]
			if got.Error == "" {
				t.Errorf("%s took an answer with a broken %s: %v", c, name, got.Data)
			}
			if !strings.Contains(w.stateOf(name+c), "SUCCESS") {
				t.Errorf("%s: what was paid cannot be asked for", c)
			}
		}
	}
}

// stateOf is the trade_state of an order, asked without anybody between.
func (w *world) stateOf(order string) string {
	return str(w.run(w.server.URL(), step{"tenpay", "orderQuery", params{"out_trade_no": order}})[0].Data["trade_state"])
}

// TestBothRoutesAreOneOrder has our own call and WeChat Pay's meet on the same orders.
func TestBothRoutesAreOneOrder(t *testing.T) {
	w := newWorld(t)
	native := func(order, code string) (p client.Payment) {
		w.must(w.native.Call(t.Context(), "POST", "/v1/payments", map[string]any{"order_no": order, "code": code, "amount": 100, "currency": "CNY"}, &p))
		return p
	}
	code := w.code()
	ours := native("one", code)
	for _, again := range []string{code, w.code()} { // the same code, and another payer's after him
		got := w.run(w.server.URL(), step{"tenpay", "micropay", pay("one", again, 100)})[0]
		w.says("paid by our own call", got, map[string]string{"transaction_id": ours.ID})
	}
	theirs := w.run(w.server.URL(), step{"axios", "micropay", pay("two", w.code(), 100)})[0]
	if p := native("two", w.code()); p.ID != str(theirs.Data["transaction_id"]) {
		t.Errorf("our own call answered %v, want the payment %v", p, theirs.Data)
	}
	w.balance(9_800)
	w.must(w.native.Call(t.Context(), "POST", "/v1/orders/one/cancel", nil, nil))
	if got := w.run(w.server.URL(), step{"tenpay", "micropay", pay("one", w.code(), 100)})[0]; got.Error != "ORDERREVERSED" {
		t.Errorf("a canceled order answered %v", got)
	}
	w.balance(9_900)
}
