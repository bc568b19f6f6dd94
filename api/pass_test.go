package api_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/paycode/paycode/pass"
)

// gateway is what a gate verifies with: the keys that the issuer publishes.
func gateway(w *world) *pass.Verifier {
	w.t.Helper()
	published := w.want(w.call(nobody, "GET", "/v1/issuer/keys", nil), 200)
	var keys struct{ Keys []pass.PublicKey }
	if err := json.Unmarshal([]byte(published.text), &keys); err != nil {
		w.t.Fatal(err)
	}
	v, err := pass.NewVerifier(keys.Keys...)
	if err != nil || len(keys.Keys) == 0 {
		w.t.Fatal(len(keys.Keys), err)
	}
	return v
}

// TestPasses: a device has a pass when it enrols, the same one until half of its
// time is over, and another one then, good for its own key, and a gate that knows nothing but the issuer's keys takes it.
func TestPasses(t *testing.T) {
	w := newWorld(t)
	p := newPhone(w)
	ticket := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+w.newPayer("u-1", "Ada", 5000)+"/tickets", nil), 201).str("ticket")
	enrolment := w.want(w.call(nobody, "POST", "/v1/devices", p.enrolment(ticket)), 201)
	p.id, p.token = enrolment.str("device_id"), enrolment.str("access_token")
	p.take(enrolment)
	gate := gateway(w)
	ids := map[[8]byte]bool{}
	sync := func() reply { return w.want(w.call(p.as, "POST", "/v1/device/sync", nil), 200) }
	for i, answer := range []func() reply{func() reply { return enrolment }, sync, func() reply { w.clock.advance(4 * 24 * time.Hour); return sync() }} {
		answer := answer()
		signed, err := base64.StdEncoding.DecodeString(answer.str("pass"))
		if err != nil || len(signed) == 0 {
			t.Fatalf("pass %q: %v", answer.str("pass"), err)
		}
		now := w.clock.now()
		var nonce [4]byte
		rand.Read(nonce[:])
		shown, err := pass.Present(p.sign, signed, now, nonce, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := gate.Verify(shown, now, nil)
		if err != nil || got.Pass.CapMinor != 5000 || got.Pass.Currency != "CNY" || got.Pass.Fund != pass.Balance {
			t.Errorf("%+v, %v", got.Pass, err)
		}
		if ids[got.Pass.ID] = true; len(ids) != []int{1, 1, 2}[i] {
			t.Errorf("%d passes after %d answers", len(ids), i+1)
		}
		if n := len(pass.Text(shown)); n > 340 {
			t.Errorf("%d characters", n)
		}
		if want := now.AddDate(0, 0, 7); i != 1 && (got.Pass.Expires.After(want) || got.Pass.Expires.Before(want.Add(-2e9))) {
			t.Errorf("it expires at %v, want %v", got.Pass.Expires, want)
		}
	}
}
