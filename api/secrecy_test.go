package api_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestLogKeepsSecrets makes calls that carry every kind of secret, good and
// wrong ones, and then looks for each in the log of level debug.
func TestLogKeepsSecrets(t *testing.T) {
	w := newWorld(t)
	secrets := map[string]string{"operator key": w.op}
	_, key := w.newMerchant("Corner Shop")
	secrets["merchant key"] = key
	payer := w.newPayer("u-1", "Ada", 5000)
	ticket := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/tickets", nil), 201).str("ticket")
	secrets["ticket"] = ticket
	p := newPhone(w)
	r := w.want(w.call(nobody, "POST", "/v1/devices", p.enrolment(ticket)), 201)
	p.id, p.token = r.str("device_id"), r.str("access_token")
	p.take(r)
	secrets["access token"], secrets["seed"] = p.token, hex.EncodeToString(p.seed[:])
	secrets["sealed seed"] = r.object("seed_sealed")["ciphertext"].(string)
	secrets["gate key"] = w.want(w.call(bearer(w.op), "POST", "/v1/gates", obj{"name": "N", "line": "2"}), 201).str("key")
	secrets["webhook secret"] = w.want(w.call(bearer(key), "POST", "/v1/webhooks", obj{"url": "https://shop.example/"}), 201).str("secret")
	secrets["online code"] = w.want(w.call(p.as, "POST", "/v1/device/codes", nil), 201).str("code")
	secrets["digits"], secrets["text"] = p.digits(), p.text()
	var proof string
	w.call(func(r *http.Request) { p.as(r); proof = r.Header.Get("DPoP") }, "POST", "/v1/device/sync", obj{})
	secrets["proof"] = proof

	for name, secret := range secrets {
		w.call(bearer(secret), "GET", "/v1/merchant", nil)
		w.call(bearer(secret[:len(secret)-1]), "POST", "/v1/payers", obj{"external_id": "x"})
		w.call(bearer(key), "POST", "/v1/payments", charge("A-"+name[:3], secret, 1))
		w.call(bearer(key), "POST", "/v1/payments", obj{"order_no": "x", "code": secret, "amount": secret, "currency": secret})
		w.call(bearer(key), "POST", "/v1/payments", `{"code":"`+secret+`"`)
		w.call(nobody, "POST", "/v1/devices", p.enrolment(secret))
		w.call(nobody, "POST", "/v1/devices", obj{"ticket": secret, "public_key": secret, "seal_key": secret})
		w.call(nobody, "GET", "/v1/"+secret, nil)
		w.call(bearer(key), "GET", "/v1/payments/"+secret, nil)
		w.call(bearer(key), "GET", "/v1/payments?order_no="+secret, nil)
		w.call(func(r *http.Request) { r.Header.Set("Authorization", "DPoP "+secret); r.Header.Set("DPoP", secret) }, "POST", "/v1/device/sync", nil)
	}
	w.stop()
	log := w.log.String()
	for name, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the %s", name)
		}
		if len(secret) > 30 && strings.Contains(log, secret[8:30]) {
			t.Errorf("the log holds a part of the %s", name)
		}
	}
	if lines := strings.Count(log, `"msg":"request"`); lines < len(secrets)*11 {
		t.Errorf("%d requests are in the log", lines)
	}
}

// TestLogLine: one line for each request, with who called and what became of it.
func TestLogLine(t *testing.T) {
	w := newWorld(t)
	id, key := w.newMerchant("Corner Shop")
	r := w.call(bearer(key), "GET", "/v1/payments/pay_01jfja0yrcfgzrmq9f3r69q2kp", nil)
	w.stop()
	for line := range strings.Lines(w.log.String()) {
		var got obj
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if got["request_id"] != r.header.Get("X-Request-Id") {
			continue
		}
		want := obj{"route": "GET /v1/payments/{id}", "status": 404.0, "role": "merchant", "caller": id, "code": "not_found"}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s = %v, want %v", name, got[name], value)
			}
		}
		return
	}
	t.Error("the request is not in the log")
}
