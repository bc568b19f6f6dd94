package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/gtfs"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/server"
)

// turnstile is a gate written only from the contract.
type turnstile struct {
	w             *world
	id, key, kind string
	seq           int
}

func (w *world) newGate(what obj) *turnstile {
	w.t.Helper()
	r := w.want(w.call(bearer(w.op), "POST", "/v1/gates", what), 201)
	return &turnstile{w: w, id: r.str("id"), key: r.str("key"), kind: r.str("kind")}
}

// shows is a presentation of the phone's newest pass.
func (p *phone) shows(w *world) []byte { return p.presents(w, p.pass(w)) }

func (p *phone) pass(w *world) []byte {
	w.t.Helper()
	signed, err := base64.StdEncoding.DecodeString(w.want(w.call(p.as, "POST", "/v1/device/sync", nil), 200).str("pass"))
	if err != nil || len(signed) == 0 {
		w.t.Fatalf("no pass: %v", err)
	}
	return signed
}

func (p *phone) presents(w *world, signed []byte) []byte { return p.answers(w, signed, nil) }

// answers is what it presents to a reader that sent a challenge.
func (p *phone) answers(w *world, signed, challenge []byte) []byte {
	var nonce [4]byte
	rand.Read(nonce[:])
	shown, err := pass.Present(p.sign, signed, w.clock.now(), nonce, challenge)
	if err != nil {
		w.t.Fatal(err)
	}
	return shown
}

// tap is one that the gate let through now.
func (g *turnstile) tap(presentation []byte) obj {
	g.seq++
	return obj{"seq": g.seq, "at": g.w.clock.now(), "kind": g.kind, "presentation": base64.StdEncoding.EncodeToString(presentation)}
}

// upload answers what became of each, as "accepted" or "rejected clock".
func (g *turnstile) upload(taps ...obj) (told []string) {
	g.w.t.Helper()
	r := g.w.want(g.w.call(bearer(g.key), "POST", "/v1/gate/taps", obj{"taps": taps}), 200)
	for i, one := range r.body["taps"].([]any) {
		a := one.(obj)
		if a["seq"] != float64(taps[i]["seq"].(int)) {
			g.w.t.Errorf("tap %v answered as %v", taps[i]["seq"], a["seq"])
		}
		text := a["result"].(string)
		if reason, ok := a["reason"]; ok {
			text += " " + reason.(string)
		}
		told = append(told, text)
	}
	return told
}

func (g *turnstile) want(want string, taps ...obj) {
	g.w.t.Helper()
	if got := fmt.Sprint(g.upload(taps...)); got != want {
		g.w.t.Errorf("%s, want %s", got, want)
	}
}

// rides are told as "charged Line 1 A B 200".
func (p *phone) rides(w *world) (told []string, debt float64) {
	w.t.Helper()
	r := w.want(w.call(p.as, "GET", "/v1/device/rides", nil), 200)
	for _, one := range r.body["rides"].([]any) {
		a := one.(obj)
		told = append(told, fmt.Sprint(a["status"], " ", a["line"], " ", a["from"], " ", a["to"], " ", a["fare"]))
	}
	if d := r.object("debt"); d != nil {
		debt = d["amount"].(float64)
	}
	return told, debt
}

func (p *phone) wantRides(w *world, debt float64, want ...string) {
	w.t.Helper()
	got, owes := p.rides(w)
	if fmt.Sprint(got) != fmt.Sprint(want) || owes != debt {
		w.t.Errorf("rides %q and %v owed, want %q and %v", got, owes, want, debt)
	}
}

func (w *world) balanced() {
	w.t.Helper()
	if r := w.want(w.call(bearer(w.op), "GET", "/v1/ledger/audit", nil), 200); r.body["balanced"] != true {
		w.t.Error(r.text)
	}
}

func TestGateConfig(t *testing.T) {
	w := newWorld(t)
	g := w.newGate(obj{"name": "Gate 1", "line": "Line 1", "station": "Central"})
	c := w.want(w.call(bearer(g.key), "GET", "/v1/gate/config", nil), 200)
	named := c.object("gate")
	if named["id"] != g.id || named["name"] != "Gate 1" || named["line"] != "Line 1" || named["station"] != "Central" || c.str("kind") != "ride" ||
		c.body["next_seq"] != 1.0 || c.body["passback_s"] != 60.0 || c.object("fare")["amount"] != float64(server.FlatFare) || len(c.body["issuer_keys"].([]any)) != 1 {
		t.Error(c.text)
	}
	w.want(w.call(bearer(w.op), "GET", "/v1/gate/config", nil), 403)
	w.want(w.call(bearer(w.op), "POST", "/v1/gates", obj{"name": "G", "line": "1", "merchant_id": "mer_01jfja0yrcfgzrmq9f3r69q2kp"}), 422)
	m, _ := w.newMerchant("Metro")
	if made := w.want(w.call(bearer(w.op), "POST", "/v1/gates", obj{"name": "G", "line": "1", "kind": "exit", "merchant_id": m}), 201); made.str("merchant_id") != m || made.str("kind") != "exit" {
		t.Error(made.text)
	}
}

// TestForgottenTaps: nothing is taken behind taps that the gate was answered for and the server does not have.
func TestForgottenTaps(t *testing.T) {
	w := newWorld(t)
	p := enrolled(w, w.newPayer("u-1", "Ada", 500))
	g := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	g.want("[accepted]", g.tap(p.shows(w)))
	g.seq = 4 // as if it had brought four, and the server were put back to when it had one
	later := g.tap(p.shows(w))
	w.want(w.call(bearer(g.key), "POST", "/v1/gate/taps?after=4", obj{"taps": []any{later}}), 409, "taps_forgotten")
	if c := w.want(w.call(bearer(g.key), "GET", "/v1/gate/config", nil), 200); c.body["next_seq"] != 2.0 {
		t.Error(c.text)
	}
	w.want(w.call(bearer(g.key), "POST", "/v1/gate/taps?after=1", obj{"taps": []any{later}}), 200)
	w.balanced()
}

// TestRide walks one tap from the phone to the books.
func TestRide(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("u-1", "Ada", 500)
	p := enrolled(w, payer)
	g := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	shown := p.shows(w)
	first := g.tap(shown)
	g.want("[accepted]", first)
	g.want("[duplicate]", first)
	p.wantRides(w, 0, "charged Line 7 <nil> <nil> 200")
	if c := w.want(w.call(bearer(g.key), "GET", "/v1/gate/config", nil), 200); c.body["next_seq"] != 2.0 {
		t.Error(c.text)
	}

	copied := w.newGate(obj{"name": "Bus 8", "line": "Line 8"})
	copied.want("[duplicate copied]", copied.tap(shown))
	g.want("[duplicate copied]", g.tap(shown)) // as another tap of the same gate
	g.want("[rejected seq_conflict]", obj{"seq": 1, "at": w.clock.now(), "kind": "ride", "presentation": base64.StdEncoding.EncodeToString(p.shows(w))})
	p.wantRides(w, 0, "charged Line 7 <nil> <nil> 200")
	seen := w.want(w.call(bearer(w.op), "GET", "/v1/payers/"+payer+"/rides", nil), 200)
	if copies := seen.body["copies"].([]any); len(copies) != 2 || len(seen.body["rides"].([]any)) != 1 {
		t.Error(seen.text)
	}

	history := w.want(w.call(p.as, "GET", "/v1/device/payments", nil), 200)
	paid := history.body["payments"].([]any)[0].(obj)
	if paid["method"] != "pass" || paid["amount"] != 200.0 || paid["merchant"].(obj)["name"] != "Transit" || history.object("balance")["amount"] != 300.0 {
		t.Error(history.text)
	}
	w.balanced()
}

// TestBadTaps: each is told why, and the good one between them is a ride.
func TestBadTaps(t *testing.T) {
	w := newWorld(t)
	p := enrolled(w, w.newPayer("u-1", "Ada", 500))
	g := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	shown := p.shows(w)
	forged := append([]byte{}, shown...)
	forged[len(forged)-1] ^= 1
	old := g.tap(shown)
	old["at"] = w.clock.now().Add(2 * time.Minute)
	future := g.tap(shown)
	w.clock.advance(time.Hour)
	later := p.presents(w, passOf(w, p))
	w.clock.advance(-time.Hour)
	future["at"], future["presentation"] = w.clock.now().Add(time.Hour), base64.StdEncoding.EncodeToString(later)
	foreign := p.presents(w, w.forgedPass(shown))
	taps := []obj{g.tap([]byte("no presentation")), g.tap(forged), old, future, g.tap(foreign), g.tap(shown)}
	const want = "[rejected pass_malformed rejected presentation_signature rejected presentation_stale rejected clock rejected pass_signature accepted]"
	g.want(want, taps...)
	g.want("[rejected pass_malformed rejected presentation_signature rejected presentation_stale rejected clock rejected pass_signature duplicate]", taps...)
	w.want(w.call(bearer(g.key), "POST", "/v1/gate/taps", `{"taps":[{"presentation":"`+strings.Repeat("A", 1<<20)+`"}]}`), 413, "body_too_large")
	p.wantRides(w, 0, "charged Line 7 <nil> <nil> 200")
	w.balanced()
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+p.id+"/revoke", nil), 200)
	w.want(w.call(p.as, "GET", "/v1/device/rides", nil), 403, "device_revoked")
}

// forgedPass is the pass of a presentation, signed by somebody who says he is the issuer.
func (w *world) forgedPass(shown []byte) []byte {
	w.t.Helper()
	p, err := pass.Parse(shown)
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	signed, err := pass.Issue(pass.IssuerKey{ID: p.KeyID, Private: key}, p.Pass)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}

// passOf is the pass of a sync.
func passOf(w *world, p *phone) []byte {
	signed, err := base64.StdEncoding.DecodeString(w.want(w.call(p.as, "POST", "/v1/device/sync", nil), 200).str("pass"))
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}

// TestDebt: who cannot pay is in debt and gets no pass, until a top-up.
func TestDebt(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("u-1", "Ada", 150)
	p := enrolled(w, payer)
	g := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	g.want("[accepted]", g.tap(p.shows(w)))
	p.wantRides(w, 200, "debt Line 7 <nil> <nil> 200")
	if got := passOf(w, p); len(got) != 0 {
		t.Error("a debtor was given a pass")
	}
	top := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/topups", obj{"reference": "more", "amount": 100}), 201)
	if top.object("balance")["amount"] != 50.0 {
		t.Error(top.text)
	}
	p.wantRides(w, 0, "charged Line 7 <nil> <nil> 200")
	if got := passOf(w, p); len(got) == 0 {
		t.Error("no pass after the debt was paid")
	}
	w.balanced()
}

// TestCreditLine: ride now, pay later.
func TestCreditLine(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("u-1", "Ada", 100)
	credit := "/v1/payers/" + payer + "/credit"
	w.want(w.call(bearer(w.op), "PUT", credit, obj{"limit": 300}), 200)
	p := enrolled(w, payer)
	g := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	g.want("[accepted]", g.tap(p.shows(w)))
	bill := w.want(w.call(bearer(w.op), "GET", credit, nil), 200)
	if bill.body["used"] != 200.0 || bill.body["limit"] != 300.0 || bill.body["debt"] != 0.0 || len(bill.body["bill"].([]any)) != 1 {
		t.Error(bill.text)
	}
	seen := w.want(w.call(bearer(w.op), "GET", "/v1/payers/"+payer, nil), 200)
	if seen.object("credit")["amount"] != 100.0 || seen.object("balance")["amount"] != 100.0 {
		t.Error(seen.text)
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/topups", obj{"reference": "bill", "amount": 200, "repay_credit": true}), 201)
	if bill = w.want(w.call(bearer(w.op), "GET", credit, nil), 200); bill.body["used"] != 0.0 || len(bill.body["bill"].([]any)) != 0 {
		t.Error(bill.text)
	}
	w.balanced()
}

// TestEntryAndExit: a ride is priced when its exit comes, in whatever order gates bring them.
func TestEntryAndExit(t *testing.T) {
	w := newWorld(t)
	p := enrolled(w, w.newPayer("u-1", "Ada", 500))
	in := w.newGate(obj{"name": "A in", "line": "Line 1", "station": "A", "kind": "entry"})
	out := w.newGate(obj{"name": "B out", "line": "Line 1", "station": "B", "kind": "exit"})
	entry := in.tap(p.shows(w))
	w.clock.advance(20 * time.Minute)
	exit := out.tap(p.shows(w))
	out.want("[accepted]", exit)
	p.wantRides(w, 0, "open Line 1 <nil> B <nil>")
	in.want("[accepted]", entry)
	p.wantRides(w, 0, "charged Line 1 A B 200", "canceled Line 1 <nil> B 0")
	w.balanced()
}

// TestFaresOfAFeed: with a feed, the stations make the fare, and no gate is made where it knows none.
func TestFaresOfAFeed(t *testing.T) {
	fares, err := gtfs.Open("../gtfs/testdata/metro")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, server.Config{Transit: server.Transit{Fares: fares, Currency: fares.Currency(), Check: fares.Check}})
	for _, c := range []struct{ line, station, field, says string }{
		{"L9", "Central", "line", "is not in the feed that tells fares"},
		{"L1", "Market", "station", "may be any of M1, M2, which do not cost the same"},
	} {
		r := w.want(w.call(bearer(w.op), "POST", "/v1/gates", obj{"name": "G", "line": c.line, "station": c.station}), 422, "invalid_request")
		if told := r.body["errors"].([]any)[0].(obj); told["location"] != "body."+c.field || told["message"] != c.says {
			t.Error(r.text)
		}
	}
	p := enrolled(w, w.newPayer("u-1", "Ada", 2000))
	in := w.newGate(obj{"name": "In", "line": "L1", "station": "Central", "kind": "entry"})
	out := w.newGate(obj{"name": "Out", "line": "L1", "station": "O", "kind": "exit"})
	bus := w.newGate(obj{"name": "Bus", "line": "Ring"})
	in.want("[accepted]", in.tap(p.shows(w)))
	w.clock.advance(20 * time.Minute)
	out.want("[accepted]", out.tap(p.shows(w)))
	w.clock.advance(time.Minute)
	bus.want("[accepted]", bus.tap(p.shows(w)))
	p.wantRides(w, 0, "charged Ring <nil> <nil> 400", "charged L1 Central O 500")
	w.balanced()
}

// TestGateWithoutFare: a gate that was made under other fares is in the log.
func TestGateWithoutFare(t *testing.T) {
	fares, err := gtfs.Open("../gtfs/testdata/metro")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, server.Config{Transit: server.Transit{Fares: fares, Currency: fares.Currency()}})
	g := w.newGate(obj{"name": "G", "line": "L9"})
	c := w.want(w.call(bearer(g.key), "GET", "/v1/gate/config", nil), 200)
	if c.body["fare"] != nil || !strings.Contains(w.log.String(), "no fare is known at a gate") {
		t.Error(c.text)
	}
}
