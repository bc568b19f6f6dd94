package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// settled waits until so much can be paid out, as the relay rolls it up.
func (w *world) settled(merchant string, want float64) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got := w.want(w.call(bearer(w.op), "GET", "/v1/merchants/"+merchant+"/balance", nil), 200)
		if got.body["settled"] == want {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("settled: %s, want %v", got.text, want)
		}
	}
}

func TestPayouts(t *testing.T) {
	w := newWorld(t)
	op := bearer(w.op)
	id, key := w.newMerchant("Corner Shop")
	till, path := bearer(key), "/v1/merchants/"+id
	w.want(w.call(op, "PUT", path+"/fee", obj{"fee_bp": 100}), 200)
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	for i := range 3 {
		w.want(w.call(till, "POST", "/v1/payments", charge(fmt.Sprint("A-", i), p.digits(), 1000)), 201)
	}
	w.settled(id, 2970)
	if own := w.want(w.call(till, "GET", "/v1/merchant/balance", nil), 200); own.text != `{"currency":"CNY","payable":2970,"settled":2970}` {
		t.Errorf("own balance: %s", own.text)
	}
	ask := obj{"payout_no": "n/1", "amount": 970, "currency": "CNY", "reference": "bank 7"}
	first := w.want(w.call(op, "POST", path+"/payouts", ask), 201)
	if !strings.HasPrefix(first.str("id"), "po_") || first.str("status") != "paid" || first.body["amount"] != 970.0 || first.str("merchant_id") != id || first.str("reference") != "bank 7" {
		t.Errorf("payout: %s", first.text)
	}
	if again := w.want(w.call(op, "POST", path+"/payouts", ask), 200); again.text != first.text {
		t.Errorf("again: %s", again.text)
	}
	for name, c := range map[string]struct {
		change obj
		status int
		code   string
	}{
		"another amount":                   {obj{"amount": 971}, 409, "payout_conflict"},
		"another reference":                {obj{"reference": "bank 8"}, 409, "payout_conflict"},
		"too much":                         {obj{"payout_no": "2", "amount": 2001}, 409, "payout_exceeds_balance"},
		"another currency":                 {obj{"payout_no": "2", "currency": "EUR"}, 422, "invalid_request"},
		"nothing":                          {obj{"payout_no": "2", "amount": 0}, 422, "invalid_request"},
		"no number":                        {obj{"payout_no": ""}, 422, "invalid_request"},
		"a dot":                            {obj{"payout_no": ".."}, 422, "invalid_request"},
		"a reference that cannot be shown": {obj{"payout_no": "2", "reference": "a\x00"}, 422, "invalid_request"},
	} {
		body := obj{}
		for k, v := range ask {
			body[k] = v
		}
		for k, v := range c.change {
			body[k] = v
		}
		if got := w.call(op, "POST", path+"/payouts", body); got.status != c.status || got.str("code") != c.code {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	all := w.want(w.call(op, "POST", path+"/payouts", obj{"payout_no": "all", "currency": "CNY"}), 201)
	if all.body["amount"] != 2000.0 {
		t.Errorf("all: %s", all.text)
	}
	w.want(w.call(op, "POST", path+"/payouts", obj{"payout_no": "more", "currency": "CNY"}), 409, "payout_exceeds_balance")

	for _, list := range []reply{
		w.want(w.call(op, "GET", path+"/payouts?limit=1", nil), 200), w.want(w.call(till, "GET", "/v1/merchant/payouts?limit=1", nil), 200),
	} {
		if got := list.body["payouts"].([]any); len(got) != 1 || got[0].(obj)["payout_no"] != "all" || list.str("next_cursor") != all.str("id") {
			t.Errorf("first page: %s", list.text)
		}
	}
	rest := w.want(w.call(till, "GET", "/v1/merchant/payouts?cursor="+all.str("id"), nil), 200)
	if got := rest.body["payouts"].([]any); len(got) != 1 || got[0].(obj)["payout_no"] != "n/1" || rest.str("next_cursor") != "" {
		t.Errorf("rest: %s", rest.text)
	}
	for _, one := range []reply{w.want(w.call(op, "GET", path+"/payouts/n%2F1", nil), 200), w.want(w.call(till, "GET", "/v1/merchant/payouts/n%2F1", nil), 200)} {
		if one.text != first.text {
			t.Errorf("one: %s", one.text)
		}
	}

	back := w.want(w.call(op, "POST", path+"/payouts/all/return", nil), 200)
	if back.str("status") != "returned" || back.str("returned_at") == "" {
		t.Errorf("returned: %s", back.text)
	}
	if again := w.want(w.call(op, "POST", path+"/payouts/all/return", nil), 200); again.text != back.text {
		t.Errorf("returned again: %s", again.text)
	}
	w.settled(id, 2000)
	day := w.clock.now().UTC().Format(time.DateOnly)
	if text := w.want(w.call(till, "GET", "/v1/statements/"+day, nil), 200).text; !strings.Contains(text, "\r\ntotal_payout,,,,,,,,-2970,CNY,2,") ||
		!strings.Contains(text, "\r\ntotal_payout_return,,,,,,,,2000,CNY,1,") || !strings.Contains(text, "\r\ntotal_fee,,,,,,,,-30,CNY,3,") || !strings.Contains(text, "\r\ntotal,,,,,,,,2000,CNY,6,") {
		t.Errorf("statement:\n%s", text)
	}
	if audit := w.want(w.call(op, "GET", "/v1/ledger/audit", nil), 200); audit.body["balanced"] != true {
		t.Errorf("audit: %s", audit.text)
	}
}

func TestPayoutsOfNobody(t *testing.T) {
	w := newWorld(t)
	op := bearer(w.op)
	id, key := w.newMerchant("Corner Shop")
	_, otherKey := w.newMerchant("Another")
	for _, path := range []string{"/balance", "/payouts", "/payouts/1"} {
		w.want(w.call(op, "GET", "/v1/merchants/mer_01jfja0yrcfgzrmq9f3r69q2kp"+path, nil), 404, "not_found")
		w.want(w.call(bearer(key), "GET", "/v1/merchants/"+id+path, nil), 403, "forbidden")
	}
	body := obj{"payout_no": "1", "amount": 1, "currency": "CNY"}
	w.want(w.call(op, "POST", "/v1/merchants/mer_01jfja0yrcfgzrmq9f3r69q2kp/payouts", body), 404, "not_found")
	w.want(w.call(op, "POST", "/v1/merchants/"+id+"/payouts", body), 409, "payout_exceeds_balance")
	w.want(w.call(bearer(key), "POST", "/v1/merchants/"+id+"/payouts", body), 403, "forbidden")
	w.want(w.call(op, "POST", "/v1/merchants/"+id+"/payouts/1/return", nil), 404, "not_found")
	w.want(w.call(bearer(otherKey), "GET", "/v1/merchant/payouts/1", nil), 404, "not_found")
	w.want(w.call(bearer(otherKey), "GET", "/v1/merchant/payouts/"+strings.Repeat("1", 65), nil), 422, "invalid_request")
	w.want(w.call(op, "POST", "/v1/merchants/"+id+"/payouts", obj{"payout_no": "2", "amount": nil, "currency": "CNY"}), 422, "invalid_request")
	if own := w.want(w.call(bearer(key), "GET", "/v1/merchant/payouts", nil), 200); own.text != `{"payouts":[]}` {
		t.Errorf("none: %s", own.text)
	}
}
