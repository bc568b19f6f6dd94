package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/wallet"
)

// TestRideOffline lets a rider through a gate, neither of whom has a network; the
// ride and its fare are in the wallet when both have one again.
func TestRideOffline(t *testing.T) {
	w := newWorld(t)
	phone := w.enrol(w.browser().tab())
	w.listening()
	camera := newCamera(t)
	gate := w.turnstile(camera)
	gate.wait("#net[data-online=true]")

	restore := phone.cut()
	plug := w.unplug()
	phone.do(chromedp.Reload()) // a cold start, from what is on the phone
	phone.showsCode("offline")
	phone.tab("ride")
	phone.wait("#ride-card[data-kind=offline] #qr")
	phone.says("#ride-card", "your pass still works")
	phone.fits()
	phone.accessible()
	phone.keep("wallet-ride")
	screen := phone.picture()

	camera.sees(held(decode(t, screen), 640, 480))
	gate.look()
	first := gate.decided(1)
	t.Logf("both without network: %s, %.0f ms from the frame with the code to the screen", first.State, first.MS)
	if first.State != "go" || first.MS > 3000 {
		t.Fatalf("the gate says %+v", first)
	}
	gate.look()
	if again := gate.decided(2); again.State != "no" || again.Reason != "duplicate" {
		t.Errorf("the same code again: %+v", again)
	}
	gate.says("#queue", "1")
	gate.wait("#net[data-online=false]")

	plug()
	restore()
	gate.wait("#net[data-online=true]")
	gate.says("#queue", "0")
	phone.until("document.documentElement.dataset.online === 'true'")
	phone.wait("[data-testid=ride-line][data-status=charged]")
	phone.says("[data-testid=ride-line]", "Line 1")
	phone.says("[data-testid=ride-line]", station)
	phone.says("[data-testid=ride-line]", "2.00")
	if phone.has("#result") {
		t.Error("the fare covers the code")
	}
	phone.fits()
	phone.accessible()
	w.balanced(purse - server.FlatFare)
}

// TestRideCodes has the pass shown anew each time, and says what to do where there is none.
func TestRideCodes(t *testing.T) {
	w := newWorld(t)
	phone := w.enrol(w.browser().tab())
	phone.cut()
	drawn := func() string {
		phone.wait("#ride-card #qr")
		return eval[string](phone.page, find("#qr path")+".getAttribute('d')")
	}
	phone.tab("ride")
	first := drawn()
	phone.tab("pay")
	phone.tab("ride")
	if drawn() == first {
		t.Error("the same presentation is shown twice")
	}

	phone.with("device", "value.pass = undefined")
	phone.tab("ride")
	phone.says("#no-pass", "No pass yet")
	phone.accessible()
	phone.fits()
}

// TestRideAfterTheEnd has a pass whose time is over.
func TestRideAfterTheEnd(t *testing.T) {
	w := newWorld(t)
	phone := w.enrol(w.browser().tab())
	restore := phone.cut()
	// Where a pass says until when it is good (docs/codes.md): January 2021.
	phone.with("device", "const pass = Uint8Array.from(atob(value.pass), (c) => c.charCodeAt(0)); pass.set([0x60, 0, 0, 0], 31); value.pass = btoa(String.fromCharCode(...pass))")
	phone.tab("ride")
	phone.says("#pass-ended", "Your pass has ended")
	phone.accessible()
	phone.fits()
	restore()
	phone.wait("#ride-card #qr") // the network brought a new one
}

// TestRideInDebt rides with too little money, is told, and tops up.
func TestRideInDebt(t *testing.T) {
	w := newWorld(t)
	var paid client.Payment
	phone := w.enrol(w.browser().tab())
	w.listening()
	w.call(w.merchant, "POST", "/v1/payments", map[string]any{"order_no": "1", "code": phone.another(), "amount": purse - 1_00, "currency": "CNY"}, &paid)
	if paid.Status != client.Succeeded {
		t.Fatalf("%+v", paid)
	}
	phone.receipt("succeeded", "87.00")
	if d := w.gate(time.Now).Tap(w.rider().Text); !d.Go {
		t.Fatalf("%+v", d)
	}
	phone.tab("ride")
	phone.says("#debt", "2.00")
	phone.wait("#ride-card #qr")
	phone.wait("[data-testid=ride-line][data-status=debt]")
	phone.fits()
	phone.accessible()
	phone.tab("settings")
	phone.click("#sync-now")
	phone.says("#settings", "Synced")
	phone.tab("ride")
	phone.says("#debt.obstacle", "2.00") // a new pass has to wait
	phone.fits()
	phone.accessible()
	w.call(w.operator, "POST", "/v1/payers/"+w.payer.ID+"/topups", map[string]any{"reference": "second", "amount": 10_00}, nil)
	phone.gone("#debt")
	phone.wait("#ride-card #qr") // it came by itself
	phone.wait("[data-testid=ride-line][data-status=charged]")
	w.balanced(1_00 + 10_00 - server.FlatFare)
}

// rider is what another device of the payer shows to a gate.
func (w *world) rider() wallet.Ride {
	w.t.Helper()
	device := wallet.New(filepath.Join(w.t.TempDir(), "wallet.json"), "")
	must(w.t, device.Enrol(w.t.Context(), wallet.Enrolment{Link: w.ticket(), Kind: wallet.Watch, Name: "watch"}))
	ride, err := device.Ride(nil)
	must(w.t, err)
	return ride
}

// TestGateLooks shows the gate's page in both languages, light and dark, on two screens.
func TestGateLooks(t *testing.T) {
	w := newWorld(t)
	gate := w.turnstile(newCamera(t))
	ride := w.rider()
	gate.wait("#video[data-camera=open]")
	gate.looksIn("idle", "")
	gate.do(chromedp.Evaluate[chromedp.Void]("window.frozen = true"))
	gate.gate.Tap(ride.Text)
	gate.looksIn("go", "gate-go")
	gate.gate.Tap(ride.Text)
	gate.looksIn("no", "")
	gate.clock(-time.Hour)
	gate.do(chromedp.Reload())
	gate.looksIn("closed", "")
}
