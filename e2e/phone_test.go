package e2e

import (
	"strings"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/paycode/paycode"
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
	p.browser.workers("/wallet/")
	return ph
}

// showsCode waits for a code of one kind, online or offline, on the card.
func (ph *phone) showsCode(kind string) {
	ph.t.Helper()
	ph.until(find("#card[data-kind="+kind+"]") + " && " + find("#qr path") + " && " + find("#barcode path"))
}

// digits are the digits under the barcode, tapped to be seen. A code that is
// replaced meanwhile hides its digits again.
func (ph *phone) digits() string {
	ph.t.Helper()
	for ph.t.Context().Err() == nil {
		ph.click("#digits")
		if shown := strings.ReplaceAll(ph.text("#digits"), " ", ""); len(shown) == paycode.DefaultProfile().Digits() && ph.has("#digits-warning") {
			return shown
		}
	}
	ph.t.Fatal("the digits are never shown")
	return ""
}

// another asks for another code and answers its digits.
func (ph *phone) another() string {
	ph.t.Helper()
	const drawn = "document.querySelector('#qr path')?.getAttribute('d')"
	ph.do(chromedp.Evaluate[chromedp.Void]("window.drawnBefore = " + drawn))
	ph.click("#another-code")
	ph.until(drawn + " && " + drawn + " !== window.drawnBefore")
	return ph.digits()
}

// receipt waits for the sheet that tells how a payment ended, and puts it away.
func (ph *phone) receipt(status, amount string) {
	ph.t.Helper()
	ph.wait("#result[data-status=" + status + "]")
	ph.says("#result-amount", amount)
	ph.says("#result", shop)
	ph.click("#result-done")
	ph.gone("#result")
}

// tab opens one of the tabs pay, ride, scan, history, settings.
func (ph *phone) tab(name string) {
	ph.t.Helper()
	ph.click("#tab-" + name)
	ph.wait("#tab-" + name + "[aria-current=page]")
}

// with changes one of the values that the phone keeps, by a statement about value, and opens the page anew.
func (ph *phone) with(name, change string) {
	ph.t.Helper()
	eval[bool](ph.page, `new Promise((resolve) => {
		const opening = indexedDB.open('paycode-wallet');
		opening.onsuccess = () => {
			const transaction = opening.result.transaction('values', 'readwrite');
			const values = transaction.objectStore('values');
			values.get(`+quote(name)+`).onsuccess = ({ target: { result: value } }) => { `+change+`; values.put(value, `+quote(name)+`); };
			transaction.oncomplete = () => { opening.result.close(); resolve(true); };
		};
	})`)
	ph.do(chromedp.Reload())
	ph.until("document.documentElement.dataset.phase === 'ready'")
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
