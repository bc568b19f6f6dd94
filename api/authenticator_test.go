package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// app is an authenticator app, which knows nothing of us but a URI.
type app struct {
	w      *world
	id     string
	member string
	key    *otp.Key
}

func enrolledApp(w *world, payer string) *app {
	w.t.Helper()
	ticket := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/tickets", nil), 201).str("ticket")
	got := w.want(w.call(nobody, "POST", "/v1/devices", obj{"ticket": ticket, "kind": "authenticator", "name": "any app"}), 201)
	for _, absent := range []string{"access_token", "seed_sealed", "sync_by"} {
		if v, there := got.body[absent]; there {
			w.t.Errorf("an authenticator was given %s: %v", absent, v)
		}
	}
	// Whoever finds the ticket later is not given the secret.
	w.want(w.call(nobody, "POST", "/v1/devices", obj{"ticket": ticket, "kind": "authenticator", "name": "any app"}), 403, "ticket_used")
	w.want(w.call(nobody, "POST", "/v1/devices", newPhone(w).enrolment(ticket)), 403, "ticket_used")

	// All that follows happens within the first moments of a step.
	w.clock.advance(30*time.Second - w.clock.now().Sub(w.clock.now().Truncate(30*time.Second)))

	given := got.object("authenticator")
	key, err := otp.NewKeyFromURL(given["uri"].(string))
	if err != nil {
		w.t.Fatal(err)
	}
	if key.AccountName() != given["member_no"] || got.str("alias") != given["member_no"] {
		w.t.Errorf("account %q, alias %q, member number %v", key.AccountName(), got.str("alias"), given["member_no"])
	}
	return &app{w, got.str("device_id"), given["member_no"].(string), key}
}

// code is what the payer says, this many steps from now.
func (a *app) code(steps int) string {
	a.w.t.Helper()
	digits, err := totp.GenerateCodeCustom(a.key.Secret(), a.w.clock.now().Add(time.Duration(steps)*30*time.Second),
		totp.ValidateOpts{Period: uint(a.key.Period()), Digits: a.key.Digits(), Algorithm: a.key.Algorithm()})
	if err != nil {
		a.w.t.Fatal(err)
	}
	return a.member + "-" + digits
}

// wrong is a code that is good in no step near now.
func (a *app) wrong() string {
	for n := range 10 {
		wrong := fmt.Sprintf("%s-%06d", a.member, n)
		if wrong != a.code(-1) && wrong != a.code(0) && wrong != a.code(1) && wrong != a.code(-2) && wrong != a.code(2) {
			return wrong
		}
	}
	panic("ten codes in five steps")
}

// declined has a code charged and wants it declined.
func (w *world) declined(till as, order, code string, minor int, why string) {
	w.t.Helper()
	got := w.want(w.call(till, "POST", "/v1/payments", charge(order, code, minor)), 201)
	if got.str("status") != "declined" || got.str("decline_code") != why {
		w.t.Errorf("%s: %s %s, want declined for %s", order, got.str("status"), got.str("decline_code"), why)
	}
}

func (w *world) paid(till as, order, code string, minor int) {
	w.t.Helper()
	got := w.want(w.call(till, "POST", "/v1/payments", charge(order, code, minor)), 201)
	if got.str("status") != "succeeded" {
		w.t.Errorf("%s: %s %v", order, got.str("status"), got.body["decline_code"])
	}
}

func TestAuthenticatorPays(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	till := bearer(key)
	payer := w.newPayer("u-1", "Ada", 500_000)
	a := enrolledApp(w, payer)

	first := a.code(0)
	got := w.want(w.call(till, "POST", "/v1/payments", charge("A-1", first, 1250)), 201)
	if got.str("status") != "succeeded" || got.str("method") != "authenticator" {
		t.Errorf("paid: %v", got.body)
	}
	again := w.want(w.call(till, "POST", "/v1/payments", charge("A-1", first, 1250)), 200)
	if again.str("id") != got.str("id") {
		t.Error("the same request again is another payment")
	}
	w.declined(till, "A-2", first, 1250, "code_used")
	w.paid(till, "A-3", a.code(-1), 100)
	w.paid(till, "A-4", a.code(1), 100)
	w.declined(till, "A-5", a.code(-1), 100, "code_used")
	w.declined(till, "A-6", a.code(2), 100, "code_invalid")
	w.declined(till, "A-7", "1234567890-123456", 100, "code_malformed")

	w.clock.advance(60 * 24 * time.Hour) // an authenticator never syncs
	w.paid(till, "A-8", a.code(0), 100)

	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+a.id+"/rotate", nil), 422, "kind_unsupported")
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+a.id+"/freeze", nil), 200)
	w.clock.advance(time.Minute)
	w.declined(till, "A-9", a.code(0), 100, "device_frozen")
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+a.id+"/revoke", nil), 200)
	w.clock.advance(time.Minute)
	w.declined(till, "A-10", a.code(0), 100, "device_frozen")
}

func TestAuthenticatorHasTheLowestLimits(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	till := bearer(key)
	payer := w.newPayer("u-1", "Ada", 5_000_000)
	a, p := enrolledApp(w, payer), enrolled(w, payer)

	w.declined(till, "B-1", a.code(0), 20_001, "limit_per_payment")
	for i := range 2 {
		w.paid(till, fmt.Sprintf("B-2-%d", i), a.code(0), 20_000)
		w.clock.advance(30 * time.Second)
	}
	w.declined(till, "B-3", a.code(0), 10_001, "limit_per_day")
	w.paid(till, "B-4", p.digits(), 90_000) // the phone's limits are its own
	w.declined(till, "B-5", a.code(0), 1, "limit_per_day")

	limits := obj{"per_payment": 100, "per_day": 1_000_000, "count_per_day": 100, "confirm_above": 50}
	other := w.newPayer("u-2", "Bob", 5_000_000)
	w.want(w.call(bearer(w.op), "PUT", "/v1/payers/"+other+"/limits", limits), 200)
	b := enrolledApp(w, other)
	w.declined(till, "B-6", b.code(0), 101, "limit_per_payment")
	w.declined(till, "B-7", b.code(0), 51, "needs_network")
	w.paid(till, "B-8", b.code(0), 50)
}

func TestAuthenticatorIsNotGuessed(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("u-1", "Ada", 500_000)
	a, p := enrolledApp(w, payer), enrolled(w, payer)
	var till as
	for shop := range 4 {
		_, key := w.newMerchant(fmt.Sprint("Shop ", shop))
		till = bearer(key)
		for i := range 5 {
			w.declined(till, fmt.Sprintf("C-%d-%d", shop, i), a.wrong(), 100, "code_invalid")
		}
		w.declined(till, fmt.Sprintf("C-%d-5", shop), a.code(0), 100, "too_many_attempts")
	}
	w.clock.advance(24 * time.Hour)
	w.declined(till, "C-late", a.code(0), 100, "too_many_attempts")
	w.paid(till, "C-phone", p.digits(), 100) // the payer's other devices go on
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+a.id+"/unfreeze", nil), 200)
	w.paid(till, "C-forgiven", a.code(0), 100)
}
