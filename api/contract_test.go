package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPayer(t *testing.T) {
	w := newWorld(t)
	op := bearer(w.op)
	made := w.want(w.call(op, "POST", "/v1/payers", obj{"external_id": "u-1", "currency": "CNY", "name": "王伟", "newer_field": true}), 200)
	if again := w.call(op, "POST", "/v1/payers", obj{"external_id": "u-1", "currency": "CNY"}); again.str("id") != made.str("id") || again.str("name") != "王伟" {
		t.Errorf("the same external id answered another payer: %s", again.text)
	}
	w.want(w.call(op, "POST", "/v1/payers", obj{"external_id": "u-1", "currency": "USD"}), 409, "payer_conflict")
	path := "/v1/payers/" + made.str("id")
	topUp := w.want(w.call(op, "POST", path+"/topups", obj{"reference": "r1", "amount": 5000}), 201)
	if again := w.want(w.call(op, "POST", path+"/topups", obj{"reference": "r1", "amount": 5000}), 200); again.str("id") != topUp.str("id") {
		t.Errorf("the same reference added money again: %s", again.text)
	}
	w.want(w.call(op, "POST", path+"/topups", obj{"reference": "r1", "amount": 5001}), 409, "topup_conflict")
	limits := obj{"per_payment": 100.0, "per_day": 200.0, "count_per_day": 3.0, "confirm_above": 50.0}
	w.want(w.call(op, "PUT", path+"/limits", limits), 200)
	got := w.want(w.call(op, "GET", path, nil), 200)
	if got.object("balance")["amount"] != 5000.0 || got.object("credit")["amount"] != 0.0 || fmt.Sprint(got.object("limits")) != fmt.Sprint(limits) {
		t.Errorf("payer is %s", got.text)
	}
	ticket := w.want(w.call(op, "POST", path+"/tickets", nil), 201)
	if want := w.url + "/wallet/#ticket=" + ticket.str("ticket"); ticket.str("enrol_url") != want {
		t.Errorf("enrol_url = %s, want %s", ticket.str("enrol_url"), want)
	}
	nobodys := "/v1/payers/payer_01jfja0yrcfgzrmq9f3r69q2kp"
	w.want(w.call(op, "GET", nobodys, nil), 404, "not_found")
	w.want(w.call(op, "POST", nobodys+"/topups", obj{"reference": "r1", "amount": 1}), 404, "not_found")
	w.want(w.call(op, "PUT", nobodys+"/limits", limits), 404, "not_found")
	w.want(w.call(op, "POST", nobodys+"/tickets", nil), 404, "not_found")
	if audit := w.want(w.call(op, "GET", "/v1/ledger/audit", nil), 200); audit.body["balanced"] != true || audit.body["postings"] != 2.0 || len(audit.body["differences"].([]any)) != 0 {
		t.Errorf("audit: %s", audit.text)
	}
}

func TestMerchantsKeysAndGates(t *testing.T) {
	w := newWorld(t)
	op := bearer(w.op)
	id, key := w.newMerchant("Corner Shop")
	path := "/v1/merchants/" + id
	if self := w.want(w.call(bearer(key), "GET", "/v1/merchant", nil), 200); self.str("id") != id || self.str("name") != "Corner Shop" || self.str("currency") != "CNY" {
		t.Errorf("merchant is %s", self.text)
	}
	w.want(w.call(op, "GET", path, nil), 200)
	if m := w.want(w.call(op, "POST", path+"/suspend", nil), 200); m.str("status") != "suspended" {
		t.Errorf("suspended merchant is %s", m.text)
	}
	if p := w.want(w.call(bearer(key), "POST", "/v1/payments", charge("s-1", "701234567893326376", 5)), 201); p.str("decline_code") != "merchant_suspended" {
		t.Errorf("charge of a suspended merchant: %s", p.text)
	}
	w.want(w.call(op, "POST", path+"/resume", nil), 200)
	if m := w.want(w.call(op, "PUT", path+"/fee", obj{"fee_bp": 60}), 200); m.body["fee_bp"] != 60.0 {
		t.Errorf("merchant with a fee is %s", m.text)
	}
	for _, wrong := range []any{-1, 10_001, 0.5, "60", nil} {
		w.want(w.call(op, "PUT", path+"/fee", obj{"fee_bp": wrong}), 422, "invalid_request")
	}
	w.want(w.call(bearer(key), "PUT", path+"/fee", obj{"fee_bp": 0}), 403, "forbidden")
	keys := w.want(w.call(op, "GET", path+"/keys", nil), 200).body["keys"].([]any)
	if len(keys) != 1 || keys[0].(obj)["head"] != key[:8] {
		t.Errorf("keys: %v", keys)
	}
	w.want(w.call(op, "DELETE", path+"/keys/"+key[:8], nil), 204)
	w.want(w.call(op, "DELETE", path+"/keys/mk_zzzzz", nil), 404, "not_found")
	w.want(w.call(bearer(key), "GET", "/v1/merchant", nil), 401, "unauthorized")
	gate := w.want(w.call(op, "POST", "/v1/gates", obj{"name": "North", "line": "2", "station": "Opera"}), 201)
	if !strings.HasPrefix(gate.str("id"), "gate_") || !strings.HasPrefix(gate.str("key"), "gk_") {
		t.Errorf("gate is %s", gate.text)
	}
	w.want(w.call(bearer(gate.str("key")), "GET", "/v1/merchant", nil), 403, "forbidden")
	nobodys := "/v1/merchants/mer_01jfja0yrcfgzrmq9f3r69q2kp"
	w.want(w.call(op, "PUT", nobodys+"/fee", obj{"fee_bp": 60}), 404, "not_found")
	for _, call := range []string{"GET ", "POST /suspend", "POST /resume", "POST /keys", "GET /keys", "DELETE /keys/mk_zzzzz"} {
		method, rest, _ := strings.Cut(call, " ")
		w.want(w.call(op, method, nobodys+rest, nil), 404, "not_found")
	}
}

func TestDeviceLife(t *testing.T) {
	w := newWorld(t)
	op := bearer(w.op)
	payer := w.newPayer("u-1", "Ada", 5000)
	ticket := w.want(w.call(op, "POST", "/v1/payers/"+payer+"/tickets", nil), 201).str("ticket")
	p := newPhone(w)
	r := w.want(w.call(nobody, "POST", "/v1/devices", p.enrolment(ticket)), 201)
	p.id, p.token = r.str("device_id"), r.str("access_token")
	p.take(r)
	if r.object("balance")["amount"] != 5000.0 || r.object("payer")["name"] != "Ada" || r.object("profile")["alias_digits"] != 9.0 || r.body["generation"] != 1.0 {
		t.Errorf("enrolment: %s", r.text)
	}
	first := p.token
	again := w.want(w.call(nobody, "POST", "/v1/devices", p.enrolment(ticket)), 201)
	if p.token = again.str("access_token"); again.str("device_id") != p.id || p.token == first {
		t.Errorf("enrolled again: %s", again.text)
	}
	w.want(w.call(nobody, "POST", "/v1/devices", newPhone(w).enrolment(ticket)), 403, "ticket_used")
	w.want(w.call(nobody, "POST", "/v1/devices", newPhone(w).enrolment(ticket+"0")), 403, "ticket_invalid")

	for name, held := range map[string]any{
		"nothing said": nil, "a number": obj{"alias": p.alias, "generation": 1}, "a string": obj{"alias": fmt.Sprint(p.alias), "generation": 1}, "an empty object": obj{},
	} {
		s := w.want(w.call(p.as, "POST", "/v1/device/sync", held), 200)
		sealed, holds := s.object("seed_sealed") != nil, held != nil && len(held.(obj)) > 0
		if sealed == holds {
			t.Errorf("sync with %s: seed sealed is %v", name, sealed)
		}
		p.take(s)
	}
	path := "/v1/devices/" + p.id
	if d := w.want(w.call(op, "POST", path+"/rotate", nil), 200); d.body["generation"] != 2.0 {
		t.Errorf("rotated device is %s", d.text)
	}
	p.take(w.want(w.call(p.as, "POST", "/v1/device/sync", obj{"alias": p.alias, "generation": 1}), 200))
	if p.generation != 2 {
		t.Errorf("generation %d after a rotation", p.generation)
	}
	code := w.want(w.call(p.as, "POST", "/v1/device/codes", nil), 201)
	if !strings.HasPrefix(code.str("code"), "71") || len(code.str("code")) != 18 {
		t.Errorf("online code: %s", code.text)
	}
	if d := w.want(w.call(op, "POST", path+"/freeze", obj{"reason": "lost"}), 200); d.str("status") != "frozen" {
		t.Errorf("frozen device is %s", d.text)
	}
	w.want(w.call(p.as, "POST", "/v1/device/sync", nil), 403, "device_frozen")
	w.want(w.call(p.as, "POST", "/v1/device/codes", nil), 403, "device_frozen")
	w.want(w.call(p.as, "POST", "/v1/device/payments/pay_01jfja0yrcfgzrmq9f3r69q2kp/confirm", nil), 403, "device_frozen")
	w.want(w.call(p.as, "POST", "/v1/device/payments/pay_01jfja0yrcfgzrmq9f3r69q2kp/reject", nil), 403, "device_frozen")
	w.want(w.call(op, "POST", path+"/unfreeze", nil), 200)
	w.clock.advance(31 * 24 * time.Hour)
	w.want(w.call(p.as, "POST", "/v1/device/codes", nil), 403, "device_expired")
	w.want(w.call(op, "GET", path, nil), 200)
	w.want(w.call(p.as, "POST", "/v1/device/remove", nil), 204)
	for _, call := range []string{"POST sync", "POST codes", "POST remove", "GET payments", "GET payments/pay_01jfja0yrcfgzrmq9f3r69q2kp", "GET events"} {
		method, rest, _ := strings.Cut(call, " ")
		w.want(w.call(p.as, method, "/v1/device/"+rest, nil), 403, "device_revoked")
	}
	w.want(w.call(op, "POST", path+"/revoke", nil), 200)
	for _, verb := range []string{"freeze", "unfreeze", "rotate"} {
		w.want(w.call(op, "POST", path+"/"+verb, nil), 403, "device_revoked")
	}
	for _, verb := range []string{"/freeze", "/unfreeze", "/rotate", "/revoke"} {
		w.want(w.call(op, "POST", "/v1/devices/dev_01jfja0yrcfgzrmq9f3r69q2kp"+verb, nil), 404, "not_found")
	}
	w.want(w.call(op, "GET", "/v1/devices/dev_01jfja0yrcfgzrmq9f3r69q2kp", nil), 404, "not_found")
}

func TestTicketExpires(t *testing.T) {
	w := newWorld(t)
	ticket := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+w.newPayer("u", "", 0)+"/tickets", nil), 201).str("ticket")
	w.clock.advance(10 * time.Minute)
	w.want(w.call(nobody, "POST", "/v1/devices", newPhone(w).enrolment(ticket)), 403, "ticket_expired")
}

func TestPaymentLife(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	till := bearer(key)
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	body := charge("A-1", p.digits(), 1250)
	body["subject"], body["terminal_id"] = "coffee", "T1"
	made := w.want(w.call(till, "POST", "/v1/payments", body), 201)
	want := obj{"order_no": "A-1", "status": "succeeded", "amount": 1250.0, "currency": "CNY", "refunded": 0.0, "method": "offline_digits", "subject": "coffee", "terminal_id": "T1"}
	for name, value := range want {
		if made.body[name] != value {
			t.Errorf("%s = %v, want %v", name, made.body[name], value)
		}
	}
	if made.object("payer")["masked"] != "A***" {
		t.Errorf("payer = %v", made.object("payer"))
	}
	path := "/v1/payments/" + made.str("id")
	for _, r := range []reply{
		w.want(w.call(till, "POST", "/v1/payments", body), 200),
		w.want(w.call(till, "POST", "/v1/payments", charge("A-1", p.digits(), 1250)), 200),
		w.want(w.call(till, "GET", path, nil), 200),
		w.want(w.call(till, "GET", "/v1/payments?order_no=A-1", nil), 200),
	} {
		if r.text != made.text {
			t.Errorf("answered again\n%s, at first\n%s", r.text, made.text)
		}
	}
	w.want(w.call(till, "POST", "/v1/payments", charge("A-1", p.digits(), 1251)), 409, "order_conflict")
	used := w.want(w.call(till, "POST", "/v1/payments", charge("A-2", body["code"].(string), 1)), 201)
	if used.str("status") != "declined" || used.str("decline_code") != "code_used" {
		t.Errorf("the same code for another order: %s", used.text)
	}
	w.want(w.call(till, "POST", "/v1/payments/"+used.str("id")+"/refunds", obj{"refund_no": "R", "amount": 1}), 409, "not_refundable")

	refund := w.want(w.call(till, "POST", path+"/refunds", obj{"refund_no": "R1", "amount": 250, "reason": "cold"}), 201)
	if again := w.want(w.call(till, "POST", path+"/refunds", obj{"refund_no": "R1", "amount": 250}), 200); again.text != refund.text {
		t.Errorf("refund answered again %s, at first %s", again.text, refund.text)
	}
	w.want(w.call(till, "POST", path+"/refunds", obj{"refund_no": "R1", "amount": 251}), 409, "refund_conflict")
	w.want(w.call(till, "POST", path+"/refunds", obj{"refund_no": "R2", "amount": 1001}), 409, "refund_exceeds_payment")
	if list := w.want(w.call(till, "GET", path+"/refunds", nil), 200); len(list.body["refunds"].([]any)) != 1 {
		t.Errorf("refunds: %s", list.text)
	}
	w.want(w.call(till, "POST", path+"/cancel", nil), 409, "not_cancelable")
	w.want(w.call(till, "POST", "/v1/orders/A-1/cancel", nil), 409, "not_cancelable")

	second := w.want(w.call(till, "POST", "/v1/payments", charge("A-3", p.text(), 500)), 201)
	if got := w.want(w.call(till, "POST", "/v1/payments/"+second.str("id")+"/cancel", nil), 200); got.str("status") != "canceled" || second.str("method") != "offline_text" {
		t.Errorf("canceled: %s", got.text)
	}
	if got := w.want(w.call(till, "POST", "/v1/orders/never%2Fseen/cancel", nil), 200); got.str("status") != "canceled" || got.str("order_no") != "never/seen" {
		t.Errorf("order never seen: %s", got.text)
	}
	if got := w.want(w.call(till, "POST", "/v1/payments", charge("never/seen", p.digits(), 5)), 200); got.str("status") != "canceled" {
		t.Errorf("charge of a canceled order: %s", got.text)
	}
	nobodys := "/v1/payments/pay_01jfja0yrcfgzrmq9f3r69q2kp"
	for _, rest := range []string{"GET ", "GET /refunds", "POST /cancel"} {
		method, rest, _ := strings.Cut(rest, " ")
		w.want(w.call(till, method, nobodys+rest, nil), 404, "not_found")
	}
	w.want(w.call(till, "POST", nobodys+"/refunds", obj{"refund_no": "R", "amount": 1}), 404, "not_found")
	w.want(w.call(till, "GET", "/v1/payments?order_no=B-1", nil), 404, "not_found")
}

func TestDayAndStatement(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	till := bearer(key)
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	day := w.clock.now().UTC().Format(time.DateOnly)
	for i := range 3 {
		w.want(w.call(till, "POST", "/v1/payments", charge(fmt.Sprint("A-", i), p.digits(), 100)), 201)
	}
	path := "/v1/payments?limit=2&date=" + day
	first := w.want(w.call(till, "GET", path, nil), 200)
	second := w.want(w.call(till, "GET", path+"&cursor="+first.str("next_cursor"), nil), 200)
	var orders []any
	for _, payment := range append(first.body["payments"].([]any), second.body["payments"].([]any)...) {
		orders = append(orders, payment.(obj)["order_no"])
	}
	if fmt.Sprint(orders) != "[A-2 A-1 A-0]" || second.str("next_cursor") != "" {
		t.Errorf("pages: %v, then %q", orders, second.str("next_cursor"))
	}
	history := w.want(w.call(p.as, "GET", "/v1/device/payments?limit=2", nil), 200)
	if history.object("balance")["amount"] != 4700.0 || len(history.body["payments"].([]any)) != 2 || history.str("next_cursor") == "" {
		t.Errorf("history: %s", history.text)
	}
	if one := history.body["payments"].([]any)[0].(obj); one["merchant"].(obj)["name"] != "Corner Shop" {
		t.Errorf("payer's payment: %v", one)
	}
	statement := w.want(w.call(till, "GET", "/v1/statements/"+day, nil), 200)
	lines := strings.Split(strings.TrimSpace(statement.text), "\r\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[5], "total,") || !strings.Contains(lines[5], ",300,CNY") {
		t.Errorf("statement:\n%s", statement.text)
	}
	for query, want := range map[string]struct{ media, begin string }{
		"?form=paycode": {"text/csv; charset=utf-8; header=present", "type,time,"},
		"?form=wechat":  {"text/csv; charset=utf-8; header=present", "\ufeff交易时间,"},
		"?form=alipay":  {"application/zip", "PK"},
	} {
		got := w.want(w.call(till, "GET", "/v1/statements/"+day+query, nil), 200)
		if media := got.header.Get("Content-Type"); media != want.media || !strings.HasPrefix(got.text, want.begin) {
			t.Errorf("%s: %s, %.40q", query, media, got.text)
		}
	}
	w.want(w.call(till, "GET", "/v1/statements/"+day+"?form=other", nil), 422, "invalid_request")
	w.want(w.call(till, "GET", "/v1/statements/2026-02-30", nil), 422, "invalid_request")
	for _, query := range []string{"", "?date=2026-02-30", "?order_no=a&date=" + day, "?date=" + day + "&cursor=x", "?date=" + day + "&limit=0"} {
		w.want(w.call(till, "GET", "/v1/payments"+query, nil), 422, "invalid_request")
	}
	if empty := w.want(w.call(till, "GET", "/v1/payments?date=2001-01-01", nil), 200); empty.text != `{"payments":[]}` {
		t.Errorf("empty day: %s", empty.text)
	}
}

func TestConfirmation(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	payer := w.newPayer("u-1", "Ada", 5000)
	w.want(w.call(bearer(w.op), "PUT", "/v1/payers/"+payer+"/limits", obj{"per_payment": 5000, "per_day": 5000, "count_per_day": 9, "confirm_above": 100}), 200)
	p := enrolled(w, payer)
	online := func() string { return w.want(w.call(p.as, "POST", "/v1/device/codes", nil), 201).str("code") }
	for i, verb := range []string{"confirm", "reject"} {
		pending := w.want(w.call(bearer(key), "POST", "/v1/payments", charge(fmt.Sprint("A-", i), online(), 200)), 201)
		if pending.str("status") != "pending" || pending.str("expires_at") == "" {
			t.Errorf("above the threshold: %s", pending.text)
		}
		path := "/v1/device/payments/" + pending.str("id")
		w.want(w.call(p.as, "GET", path, nil), 200)
		answered := w.want(w.call(p.as, "POST", path+"/"+verb, nil), 200)
		if again := w.want(w.call(p.as, "POST", path+"/"+verb, nil), 200); again.text != answered.text {
			t.Errorf("the same answer again: %s", again.text)
		}
		other := map[string]string{"confirm": "reject", "reject": "confirm"}[verb]
		w.want(w.call(p.as, "POST", path+"/"+other, nil), 409, "not_pending")
		w.want(w.call(p.as, "POST", "/v1/device/payments/pay_01jfja0yrcfgzrmq9f3r69q2kp/"+verb, nil), 404, "not_found")
	}
	offline := w.want(w.call(bearer(key), "POST", "/v1/payments", charge("A-3", p.digits(), 200)), 201)
	if offline.str("decline_code") != "needs_network" {
		t.Errorf("payer who cannot be reached: %s", offline.text)
	}
	w.want(w.call(p.as, "GET", "/v1/device/payments/pay_01jfja0yrcfgzrmq9f3r69q2kp", nil), 404, "not_found")
}

func TestChallenge(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	for challenge, want := range map[string]int{"0011223344556677": 201, "001122334455667": 422, "00112233445566778": 422, "001122334455667g": 422} {
		body := charge("A-"+challenge, "701234567893326376", 5)
		body["challenge"] = challenge
		w.want(w.call(bearer(key), "POST", "/v1/payments", body), want)
	}
}

func TestElsewhere(t *testing.T) {
	w := newWorld(t)
	w.want(w.call(nobody, "GET", "/v1/nothing", nil), 404, "unknown_path")
	w.want(w.call(nobody, "POST", "/wallet/", nil), 404, "unknown_path")
	refused := w.want(w.call(nobody, "PATCH", "/v1/payments", nil), 405, "method_not_allowed")
	if refused.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow = %q", refused.header.Get("Allow"))
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/wallet/", "/cashier/", "/sdk/index.js"} {
		r := w.want(w.call(nobody, "GET", path, nil), 200)
		if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s has headers %v", path, r.header)
		}
	}
	if r := w.call(nobody, "GET", "/", nil); r.status != http.StatusFound {
		t.Errorf("/ answered %d", r.status)
	}
}
