package api_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/server"
)

func TestMerchantSeesOnlyItsOwn(t *testing.T) {
	w := newWorld(t)
	_, mine := w.newMerchant("Corner Shop")
	_, other := w.newMerchant("Rival")
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	paid := w.want(w.call(bearer(mine), "POST", "/v1/payments", charge("A-1", p.digits(), 100)), 201)
	path := "/v1/payments/" + paid.str("id")
	hook := w.want(w.call(bearer(mine), "POST", "/v1/webhooks", obj{"url": "https://shop.example/"}), 201)
	rival := bearer(other)
	w.want(w.call(rival, "GET", path, nil), 404, "not_found")
	w.want(w.call(rival, "GET", path+"/refunds", nil), 404, "not_found")
	w.want(w.call(rival, "POST", path+"/cancel", nil), 404, "not_found")
	w.want(w.call(rival, "POST", path+"/refunds", obj{"refund_no": "R", "amount": 1}), 404, "not_found")
	w.want(w.call(rival, "GET", "/v1/payments?order_no=A-1", nil), 404, "not_found")
	w.want(w.call(rival, "DELETE", "/v1/webhooks/"+hook.str("id"), nil), 404, "not_found")
	w.want(w.call(rival, "GET", "/v1/webhooks/"+hook.str("id")+"/deliveries", nil), 404, "not_found")
	w.want(w.call(rival, "PATCH", "/v1/webhooks/"+hook.str("id"), obj{"enabled": false}), 404, "not_found")
	w.want(w.call(rival, "POST", "/v1/webhooks/"+hook.str("id")+"/secret", nil), 404, "not_found")
	w.want(w.call(rival, "POST", "/v1/webhooks/"+hook.str("id")+"/redeliver", obj{"since": "2026-11-20T00:00:00Z"}), 404, "not_found")
	day := w.clock.now().UTC().Format(time.DateOnly)
	if list := w.want(w.call(rival, "GET", "/v1/payments?date="+day, nil), 200); list.text != `{"payments":[]}` {
		t.Errorf("the other merchant's day: %s", list.text)
	}
	if got := w.want(w.call(bearer(mine), "GET", path, nil), 200); got.str("status") != "succeeded" {
		t.Errorf("afterwards the payment is %s", got.text)
	}
	stranger := enrolled(w, w.newPayer("u-2", "Eve", 0))
	w.want(w.call(stranger.as, "GET", "/v1/device/payments/"+paid.str("id"), nil), 404, "not_found")
	w.want(w.call(stranger.as, "POST", "/v1/device/payments/"+paid.str("id")+"/confirm", nil), 404, "not_found")
}

func TestDeviceProofs(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("u-1", "Ada", 0)
	p, thief := enrolled(w, payer), newPhone(w)
	thief.token = p.token
	url, now := w.url+"/v1/device/payments", w.clock.now()
	used := p.proof("GET", url, rand.Text(), now)
	with := func(scheme, token string, proofs ...string) as {
		return func(r *http.Request) {
			r.Header.Set("Authorization", scheme+" "+token)
			r.Header["Dpop"] = proofs
		}
	}
	for _, c := range []struct {
		name string
		who  as
		want int
		code string
	}{
		{"good", with("DPoP", p.token, used), 200, ""},
		{"the same proof again", with("DPoP", p.token, used), 401, "proof_replayed"},
		{"scheme in lower case", with("dpop", p.token, p.proof("GET", url, rand.Text(), now)), 200, ""},
		{"stolen token, own key", with("DPoP", p.token, thief.proof("GET", url, rand.Text(), now)), 401, "proof_key"},
		{"stolen token, no proof", with("DPoP", p.token), 401, "proof_malformed"},
		{"token as a bearer", with("Bearer", p.token, p.proof("GET", url, rand.Text(), now)), 401, "token_invalid"},
		{"two proofs", with("DPoP", p.token, p.proof("GET", url, rand.Text(), now), "x"), 401, "proof_malformed"},
		{"for another method", with("DPoP", p.token, p.proof("POST", url, rand.Text(), now)), 401, "proof_mismatch"},
		{"for another path", with("DPoP", p.token, p.proof("GET", w.url+"/v1/device/sync", rand.Text(), now)), 401, "proof_mismatch"},
		{"for another host", with("DPoP", p.token, p.proof("GET", "http://elsewhere/v1/device/payments", rand.Text(), now)), 401, "proof_mismatch"},
		{"old", with("DPoP", p.token, p.proof("GET", url, rand.Text(), now.Add(-2*time.Minute))), 401, "proof_stale"},
		{"of the future", with("DPoP", p.token, p.proof("GET", url, rand.Text(), now.Add(2*time.Minute))), 401, "proof_stale"},
		{"nonsense", with("DPoP", p.token, "nonsense"), 401, "proof_malformed"},
		{"mistyped token", with("DPoP", p.token+"0", p.proof("GET", url, rand.Text(), now)), 401, "token_invalid"},
		{"the operator's key", bearer(w.op), 401, "token_invalid"},
		{"nobody", nobody, 401, "token_invalid"},
	} {
		r := w.call(c.who, "GET", "/v1/device/payments", nil)
		if r.status != c.want || r.str("code") != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, r.status, r.str("code"), c.want, c.code)
		}
		if r.status == 401 && r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no challenge", c.name)
		}
	}
}

// TestPublicURL: behind a proxy, proofs are for the URL that devices know.
func TestPublicURL(t *testing.T) {
	w := newWorldOf(t, server.Config{PublicURL: "https://pay.example"})
	payer := w.newPayer("u-1", "Ada", 0)
	p := enrolled(w, payer)
	w.want(w.call(p.as, "GET", "/v1/device/payments", nil), 401, "proof_mismatch")
	public := func(r *http.Request) {
		r.Header.Set("Authorization", "DPoP "+p.token)
		r.Header.Set("DPoP", p.proof(r.Method, "https://pay.example/v1/device/payments", rand.Text(), w.clock.now()))
	}
	w.want(w.call(public, "GET", "/v1/device/payments?limit=1", nil), 200)
	ticket := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/tickets", nil), 201)
	if !strings.HasPrefix(ticket.str("enrol_url"), "https://pay.example/wallet/#ticket=tk_") {
		t.Errorf("enrol_url = %s", ticket.str("enrol_url"))
	}
}
