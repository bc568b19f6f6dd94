package e2e

import (
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The screen of a till, in CSS pixels.
const deskWidth, deskHeight = 1280, 800

// till is a tab with the cashier page in it.
type till struct{ *page }

// connect opens the cashier page by the link with the merchant's key.
func (w *world) connect(p *page) *till {
	w.t.Helper()
	p.screen(deskWidth, deskHeight, 1)
	p.scheme("light")
	p.open(w.line.address() + "/cashier/#key=" + w.till)
	p.wait("#amount")
	p.wait("#today .empty")
	return &till{p}
}

// amount types an amount, with nothing in the field before.
func (tl *till) amount(text string) {
	tl.t.Helper()
	tl.until("document.activeElement === " + find("#amount"))
	tl.press(kb.Escape + text)
	tl.until(fmt.Sprintf("%s.value === %s", find("#amount"), quote(text)))
}

// byHand charges an amount with digits that the cashier types, by clicks.
func (tl *till) byHand(amount, digits string) {
	tl.t.Helper()
	tl.amount(amount)
	tl.click("#charge")
	tl.click("#manual")
	tl.fill("#manual-code", digits)
	tl.click("#manual-submit")
}

// byScanner lets a scanner that types read the digits, whatever has the focus.
// When the machine is so busy that a scan falls apart, the cashier scans again.
func (tl *till) byScanner(digits string) {
	tl.t.Helper()
	for range 10 {
		tl.keys(digits, scannersPace)
		tl.until(find("#outcome") + " && " + find("#outcome") + ".dataset.state !== 'sending'")
		if tl.attribute("#outcome-reason", "data-reason") != "code_malformed" {
			return
		}
		tl.click("#retry")
		tl.gone("#outcome")
	}
	tl.t.Fatalf("the scanner was never understood\n%s", tl.looks())
}

// The pace of keys, in seconds between two of them.
const (
	scannersPace = 0.005
	handsPace    = 0.150
)

// keys presses digits and then Enter at a pace that is told to the page with
// each key, so that a busy machine does not make a hand of a scanner; half a
// second after whatever was pressed before.
func (tl *till) keys(digits string, pace float64) {
	tl.t.Helper()
	at := float64(time.Now().UnixMicro())/1e6 + 0.5 // Unix seconds
	press := func(key, code, text string, virtual int64) {
		at += pace
		event := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: code, Text: text,
			WindowsVirtualKeyCode: virtual, Timestamp: input.TimeSinceEpoch(at),
		}
		_, err := chromedp.Call(tl.ctx, input.DispatchKeyEvent, event)
		if err == nil {
			event.Type, event.Text = input.DispatchKeyEventTypeKeyUp, ""
			_, err = chromedp.Call(tl.ctx, input.DispatchKeyEvent, event)
		}
		if err != nil {
			tl.t.Fatalf("key: %v", err)
		}
	}
	for _, d := range digits {
		press(string(d), "Digit"+string(d), string(d), int64(d))
	}
	press("Enter", "Enter", "\r", 13)
}

// outcome waits for a state of the sale and checks that the amount is on the screen, larger than anything else.
func (tl *till) outcome(state, amount string) {
	tl.t.Helper()
	tl.wait("#outcome[data-state=" + state + "]")
	if got := tl.text("#outcome-amount"); !strings.Contains(got, amount) {
		tl.t.Errorf("%s shows %q, want %s", state, got, amount)
	}
	const largest = `[...document.querySelectorAll('#outcome *')].every((e) =>
		parseFloat(getComputedStyle(e).fontSize) <= parseFloat(getComputedStyle(document.querySelector('#outcome-amount')).fontSize))`
	if !eval[bool](tl.page, largest) {
		tl.t.Errorf("%s: something is larger than the amount", state)
	}
}

// refused waits for a refusal with this reason, told in plain words.
func (tl *till) refused(reason, words string) {
	tl.t.Helper()
	tl.wait("#outcome[data-state=refused]")
	if got := tl.attribute("#outcome-reason", "data-reason"); got != reason {
		tl.t.Errorf("refused for %q, want %q", got, reason)
	}
	if got := tl.text("#outcome-reason"); !strings.Contains(got, words) {
		tl.t.Errorf("the refusal says %q, want %q", got, words)
	}
	if tl.text("#outcome-todo") == "" {
		tl.t.Error("the refusal does not say what to do")
	}
}

// next leaves the outcome for the next customer.
func (tl *till) next() {
	tl.t.Helper()
	tl.click("#next")
	tl.gone("#outcome")
}
