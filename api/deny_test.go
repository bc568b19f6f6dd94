package api_test

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/paycode/paycode/gate"
	"github.com/paycode/paycode/pass"
)

// denyList is the list as a gate builds it from deltas.
type denyList struct {
	number uint64
	passes map[[8]byte]bool
}

func (g *turnstile) catchUp(d *denyList, v *pass.Verifier) {
	g.w.t.Helper()
	for {
		r := g.w.want(g.w.call(bearer(g.key), "GET", fmt.Sprintf("/v1/gate/denylist?since=%d", d.number), nil), 200)
		if r.str("delta") == "" {
			if r.body["until"] != float64(d.number) {
				g.w.t.Errorf("nothing new, and %s", r.text)
			}
			return
		}
		signed, err := base64.StdEncoding.DecodeString(r.str("delta"))
		if err != nil {
			g.w.t.Fatal(err)
		}
		delta, err := v.VerifyDenyDelta(signed)
		if err != nil || delta.Since != d.number || float64(delta.Until) != r.body["until"] {
			g.w.t.Fatalf("%+v, %v", delta, err)
		}
		for _, id := range delta.Add {
			d.passes[id] = true
		}
		for _, id := range delta.Remove {
			delete(d.passes, id)
		}
		d.number = delta.Until
	}
}

// eventually waits for what the relay does in its own time.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// TestDenyList: a lost phone's passes and a debtor's are on the list for as long as they are.
func TestDenyList(t *testing.T) {
	w := newWorld(t)
	payer := w.newPayer("u-1", "Ada", 0)
	p := enrolled(w, payer)
	other := enrolled(w, w.newPayer("u-2", "Eve", 5000))
	g := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	v := gateway(w)
	list := &denyList{passes: map[[8]byte]bool{}}
	denied := func(n int) func() bool {
		return func() bool { g.catchUp(list, v); return len(list.passes) == n }
	}
	shown, theirs := p.shows(w), other.shows(w) // each has one, of its enrolment
	ours, err := pass.Parse(shown)
	if err != nil {
		t.Fatal(err)
	}
	set := func(verb string) { w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+other.id+"/"+verb, nil), 200) }
	set("freeze")
	eventually(t, "the frozen phone's pass is denied", denied(1))
	set("unfreeze")
	eventually(t, "and no more when it is found", denied(0))
	set("revoke")
	eventually(t, "a phone that is gone", denied(1))

	g.want("[accepted accepted]", g.tap(shown), g.tap(theirs)) // the gate had not heard yet
	p.wantRides(w, 200, "debt Line 7 <nil> <nil> 200")
	eventually(t, "a debtor is denied", denied(2))
	if !list.passes[ours.Pass.ID] {
		t.Error("another pass than the debtor's")
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/topups", obj{"reference": "r", "amount": 199}), 201)
	w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/topups", obj{"reference": "s", "amount": 1}), 201)
	eventually(t, "who has paid is not", denied(1))
	all := &denyList{passes: map[[8]byte]bool{}}
	if g.catchUp(all, v); len(all.passes) != 1 || all.number != list.number {
		t.Errorf("from the beginning: %d passes, number %d", len(all.passes), all.number)
	}
	ahead := w.want(w.call(bearer(g.key), "GET", "/v1/gate/denylist?since=999999", nil), 200)
	if ahead.body["until"] != float64(list.number) || ahead.str("delta") != "" {
		t.Error(ahead.text)
	}
	w.clock.advance(8 * 24 * time.Hour)
	eventually(t, "expired passes leave the list", denied(0))
	w.balanced()
}

// TestRealGate has the gate itself talk to the server.
func TestRealGate(t *testing.T) {
	w := newWorld(t)
	p := enrolled(w, w.newPayer("u-1", "Ada", 5000))
	at := w.newGate(obj{"name": "Bus 7", "line": "Line 7"})
	dir := t.TempDir()
	if err := gate.Enrol(t.Context(), gate.Enrolment{Dir: dir, Server: w.url, Key: at.key}); err != nil {
		t.Fatal(err)
	}
	g, err := gate.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	sync := func() {
		t.Helper()
		if err := g.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	shown := p.shows(w)
	for i, want := range []gate.Reason{"", gate.Duplicate} {
		if d := g.Tap(pass.Text(shown)); d.Reason != want {
			t.Fatalf("tap %d: %q, want %q", i+1, d.Reason, want)
		}
	}
	sync()
	p.wantRides(w, 0, "charged Line 7 <nil> <nil> 200")
	sync()
	p.wantRides(w, 0, "charged Line 7 <nil> <nil> 200")
	lost := p.shows(w)
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+p.id+"/freeze", nil), 200)
	eventually(t, "the gate hears of the lost phone", func() bool {
		n, _, err := w.server.DB.OnDenyList(t.Context())
		return err == nil && n == 1
	})
	sync()
	if d := g.Tap(pass.Text(lost)); d.Reason != gate.Denied {
		t.Errorf("a lost phone: %+v", d)
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+p.id+"/unfreeze", nil), 200)
	eventually(t, "the gate hears that it was found", func() bool {
		n, _, err := w.server.DB.OnDenyList(t.Context())
		return err == nil && n == 0
	})
	sync()
	if d := g.Tap(pass.Text(lost)); d.Reason != gate.Passback {
		t.Errorf("a phone that was found, whose pass went through a moment ago: %+v", d)
	}
}
