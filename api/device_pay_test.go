package api_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// shopCode is the code that a merchant shows; without an amount when minor is 0.
func (w *world) shopCode(merchant string, minor int64, order, terminal string) string {
	w.t.Helper()
	id, err := ids.Parse[ids.Merchant](merchant)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := emvqr.Shop{Merchant: id, Name: "Corner Shop", City: "Town", Country: "CN", Currency: "CNY", Minor: minor, Reference: order, Terminal: terminal}.Text()
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// verified is what a till without network reads from a receipt: it has nothing
// but the issuer's public keys.
func (w *world) verified(text string, due pass.Due) pass.Receipt {
	w.t.Helper()
	var keys []pass.PublicKey
	published := w.want(w.call(nobody, "GET", "/v1/issuer/keys", nil), 200)
	b, err := json.Marshal(published.body["keys"])
	if err == nil {
		err = json.Unmarshal(b, &keys)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := pass.NewVerifier(keys...)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := pass.ParseReceiptText(text)
	if err != nil {
		w.t.Fatalf("%q: %v", text, err)
	}
	r, err := v.VerifyReceipt(raw, w.clock.now(), due)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestPayByShopCode(t *testing.T) {
	w := newWorld(t)
	merchant, key := w.newMerchant("Corner Shop")
	p := enrolled(w, w.newPayer("u-1", "Ada", 100_000))
	id, _ := ids.Parse[ids.Merchant](merchant)
	body := obj{"merchant_qr": w.shopCode(merchant, 1250, "A-1", "till-1"), "reference": "r1"}

	paid := w.want(w.call(p.as, "POST", "/v1/device/pay", body), 201)
	if paid.str("status") != "succeeded" || paid.str("method") != "merchant_qr" || paid.str("order_no") != "A-1" || paid.str("terminal_id") != "till-1" ||
		paid.object("merchant")["name"] != "Corner Shop" {
		t.Errorf("%s", paid.text)
	}
	due := pass.Due{Merchant: id, Terminal: "till-1", OrderRef: "A-1", Amount: money.Amount{Minor: 1250, Currency: "CNY"}}
	first := w.verified(paid.str("receipt"), due)

	w.clock.advance(time.Minute)
	for name, again := range map[string]reply{
		"again": w.call(p.as, "POST", "/v1/device/pay", body),
		"asked": w.call(p.as, "GET", "/v1/device/payments/"+paid.str("id"), nil),
	} {
		w.want(again, 200)
		if r := w.verified(again.str("receipt"), due); r != first || again.str("id") != paid.str("id") {
			t.Errorf("%s: %+v, want %+v", name, r, first)
		}
	}
	if list := w.want(w.call(p.as, "GET", "/v1/device/payments", nil), 200); list.object("balance")["amount"] != float64(98_750) {
		t.Errorf("after one payment: %s", list.text)
	}
	if got := w.want(w.call(bearer(key), "GET", "/v1/payments?order_no=A-1", nil), 200); got.str("id") != paid.str("id") {
		t.Errorf("the merchant's order: %s", got.text)
	}
	if got := w.want(w.call(bearer(key), "POST", "/v1/payments", charge("A-1", p.digits(), 1250)), 200); got.str("id") != paid.str("id") {
		t.Errorf("a till charged the order once more: %s", got.text)
	}
	w.want(w.call(bearer(key), "POST", "/v1/payments/"+paid.str("id")+"/refunds", obj{"refund_no": "f", "amount": 50}), 201)
	if r := w.want(w.call(p.as, "GET", "/v1/device/payments/"+paid.str("id"), nil), 200); r.str("receipt") != "" {
		t.Error("a receipt for what was given back")
	}
}

// TestPayAnyAmount: a printed code asks for nothing; the payer says how much, and
// no limit of offline codes holds.
func TestPayAnyAmount(t *testing.T) {
	w := newWorld(t)
	merchant, _ := w.newMerchant("Corner Shop")
	p := enrolled(w, w.newPayer("u-1", "Ada", 300_000))
	code := w.shopCode(merchant, 0, "", "")
	paid := w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "amount": 150_000, "reference": "r1"}), 201)
	if paid.str("status") != "succeeded" {
		t.Errorf("%s", paid.text)
	}
	if again := w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "amount": 150_000, "reference": "r1"}), 200); again.str("order_no") != paid.str("order_no") {
		t.Errorf("again: %s", again.text)
	}
	w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "amount": 150_001, "reference": "r1"}), 409, "reference_conflict")
	poor := w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "amount": 150_001, "reference": "r2"}), 201)
	if poor.str("decline_code") != "insufficient_funds" || poor.str("receipt") != "" {
		t.Errorf("%s", poor.text)
	}
	more := w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": code, "amount": 150_000, "reference": "r3"}), 201)
	if more.str("order_no") == paid.str("order_no") || more.str("status") != "succeeded" {
		t.Errorf("%s", more.text)
	}
}

func TestPayRefuses(t *testing.T) {
	w := newWorld(t)
	merchant, _ := w.newMerchant("Corner Shop")
	other, _ := w.newMerchant("Rival")
	p, stranger := enrolled(w, w.newPayer("u-1", "Ada", 5000)), enrolled(w, w.newPayer("u-2", "Eve", 5000))
	order, open := w.shopCode(merchant, 100, "A-1", "t"), w.shopCode(merchant, 0, "", "")
	w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": order, "reference": "r1"}), 201)
	nobodys := ids.Merchant{1}.String()
	for name, c := range map[string]struct {
		who    as
		body   obj
		status int
		code   string
	}{
		"no code":                 {p.as, obj{"merchant_qr": "hello", "reference": "x"}, 422, "invalid_request"},
		"no amount":               {p.as, obj{"merchant_qr": open, "reference": "x"}, 422, "invalid_request"},
		"another amount":          {p.as, obj{"merchant_qr": order, "amount": 101, "reference": "x"}, 422, "invalid_request"},
		"nothing":                 {p.as, obj{"merchant_qr": open, "amount": 0, "reference": "x"}, 422, "invalid_request"},
		"no reference":            {p.as, obj{"merchant_qr": order}, 422, "invalid_request"},
		"reference with a blank":  {p.as, obj{"merchant_qr": order, "reference": "a b"}, 422, "invalid_request"},
		"a till of 66 bytes":      {p.as, obj{"merchant_qr": w.shopCode(merchant, 1, "A-3", "店店店店店店店店店店店店店店店店店店店店店店"), "reference": "x"}, 422, "invalid_request"},
		"an order with a blank":   {p.as, obj{"merchant_qr": w.shopCode(merchant, 1, "A 3", ""), "reference": "x"}, 422, "invalid_request"},
		"another shop":            {p.as, obj{"merchant_qr": w.shopCode(other, 100, "A-1", "t"), "reference": "r1"}, 409, "reference_conflict"},
		"another order":           {p.as, obj{"merchant_qr": w.shopCode(merchant, 100, "A-2", "t"), "reference": "r1"}, 409, "reference_conflict"},
		"another till":            {p.as, obj{"merchant_qr": w.shopCode(merchant, 100, "A-1", "t2"), "reference": "r1"}, 409, "reference_conflict"},
		"another reference":       {p.as, obj{"merchant_qr": order, "reference": "r2"}, 409, "order_taken"},
		"another payer":           {stranger.as, obj{"merchant_qr": order, "reference": "r1"}, 409, "order_taken"},
		"a forged amount":         {stranger.as, obj{"merchant_qr": w.shopCode(merchant, 1, "A-1", "t"), "reference": "r1"}, 409, "order_conflict"},
		"a shop that is not here": {p.as, obj{"merchant_qr": w.shopCode(nobodys, 100, "A-1", "t"), "reference": "x"}, 404, "not_found"},
		"nobody":                  {nobody, obj{"merchant_qr": order, "reference": "r1"}, 401, "token_invalid"},
	} {
		if r := w.call(c.who, "POST", "/v1/device/pay", c.body); r.status != c.status || r.str("code") != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, r.status, r.text, c.status, c.code)
		}
	}
	for who, want := range map[*phone]float64{p: 4900, stranger: 5000} {
		if list := w.want(w.call(who.as, "GET", "/v1/device/payments", nil), 200); list.object("balance")["amount"] != want {
			t.Errorf("refused, and yet: %s", list.text)
		}
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/merchants/"+merchant+"/suspend", obj{"reason": "test"}), 200)
	if r := w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": open, "amount": 1, "reference": "r9"}), 201); r.str("decline_code") != "merchant_suspended" {
		t.Errorf("%s", r.text)
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+p.id+"/freeze", obj{"reason": "test"}), 200)
	if r := w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": w.shopCode(other, 0, "", ""), "amount": 1, "reference": "r10"}), 201); r.str("decline_code") != "device_frozen" {
		t.Errorf("%s", r.text)
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+p.id+"/revoke", obj{"reason": "test"}), 200)
	w.want(w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": open, "amount": 1, "reference": "r11"}), 403, "device_revoked")
}

// TestPayAtOnce: a request that is sent many times at once pays once; so does an
// order that many payers scan.
func TestPayAtOnce(t *testing.T) {
	w := newWorld(t)
	merchant, _ := w.newMerchant("Corner Shop")
	var phones []*phone
	for _, name := range []string{"u-1", "u-2", "u-3", "u-4"} {
		phones = append(phones, enrolled(w, w.newPayer(name, name, 5000)))
	}
	order := w.shopCode(merchant, 100, "A-1", "")
	var mu sync.Mutex
	paid, fresh := map[string]bool{}, 0
	var all sync.WaitGroup
	for range 4 {
		for _, p := range phones {
			all.Go(func() {
				r := w.call(p.as, "POST", "/v1/device/pay", obj{"merchant_qr": order, "reference": "same"})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case r.status == 201:
					fresh++
					fallthrough
				case r.status == 200:
					paid[r.str("id")] = true
				case r.status != 409 || r.str("code") != "order_taken":
					t.Errorf("%d %s", r.status, r.text)
				}
			})
		}
	}
	all.Wait()
	if len(paid) != 1 || fresh != 1 {
		t.Errorf("%d payments, %d of them new", len(paid), fresh)
	}
}
