package e2e

import (
	"context"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The screen of a small phone, in CSS pixels, with twice as many of its own.
const (
	phoneWidth, phoneHeight = 360, 740
	phoneScale              = 2
)

// phone is a tab with the wallet page in it.
type phone struct{ *page }

// enrol opens an enrolment link in a tab and goes through with it.
func (w *world) enrol(p *page) *phone {
	w.t.Helper()
	p.screen(phoneWidth, phoneHeight, phoneScale)
	p.scheme("light")
	p.open(w.ticket())
	p.click("#enrol-button")
	ph := &phone{p}
	ph.showsCode("online")
	p.until("navigator.serviceWorker.controller?.state === 'activated'") // from now on the page is on the phone
	return ph
}

// showsCode waits for a code of one kind, online or offline, on the card.
func (ph *phone) showsCode(kind string) {
	ph.t.Helper()
	ph.until(find("#card[data-kind="+kind+"]") + " && " + find("#qr path") + " && " + find("#barcode path"))
}

// cut takes the network away from the page and from its service worker, which is a target of its own.
// The function that it answers gives it back.
func (ph *phone) cut() (restore func()) {
	ph.t.Helper()
	workers := ph.browser.workers()
	if len(workers) != 1 {
		ph.t.Fatalf("%d service workers, want 1", len(workers))
	}
	targets := append([]context.Context{ph.ctx}, workers...)
	for _, target := range targets {
		offline(ph.t, target, true)
	}
	for i, target := range targets {
		if reaches(ph.t, target) {
			ph.t.Fatalf("target %d of %d still has a network", i+1, len(targets))
		}
	}
	return func() {
		for _, target := range targets {
			offline(ph.t, target, false)
		}
	}
}

// reaches reports whether a page or worker reaches the server.
func reaches(t *testing.T, target context.Context) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(target, patience)
	defer cancel()
	yes := true
	got, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression:   "fetch('/healthz?' + Math.random()).then(() => 'reached', (error) => error.name)",
		AwaitPromise: &yes, ReturnByValue: &yes,
	})
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	return string(got.Result.Value) == `"reached"`
}

// digits are the digits under the barcode, tapped to be seen and tapped away again.
func (ph *phone) digits() string {
	ph.t.Helper()
	ph.click("#digits[aria-expanded=false]")
	ph.wait("#digits-warning")
	shown := strings.ReplaceAll(ph.text("#digits"), " ", "")
	ph.click("#digits[aria-expanded=true]")
	return shown
}

// freshDigits are the digits of another code than the one on the card.
func (ph *phone) freshDigits(other string) string {
	ph.t.Helper()
	ph.click("#another-code")
	for {
		if now := ph.digits(); now != other {
			return now
		}
		if ph.t.Context().Err() != nil {
			ph.t.Fatal("the code never changes")
		}
	}
}

// tab opens one of the tabs pay, history, settings.
func (ph *phone) tab(name string) {
	ph.t.Helper()
	ph.click("#tab-" + name)
	ph.wait("#tab-" + name + "[aria-current=page]")
}

// measureCode has every later document of this tab note when its code came up.
func (ph *phone) measureCode() {
	ph.t.Helper()
	const note = `new MutationObserver((_, observer) => {
		if (!document.querySelector('#qr path')) return;
		observer.disconnect();
		requestAnimationFrame(() => { window.codeAfterMs = performance.now(); });
	}).observe(document, { childList: true, subtree: true });`
	_, err := chromedp.Call(ph.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: note})
	must(ph.t, err)
}

// codeAfterMs is how long after the start of the navigation the code was on the screen.
func (ph *phone) codeAfterMs() float64 {
	ph.t.Helper()
	ph.until("window.codeAfterMs")
	return eval[float64](ph.page, "window.codeAfterMs")
}
