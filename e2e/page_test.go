package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	patience = 40 * time.Second      // how long a state may take to come; a busy machine is slow
	lookEach = 40 * time.Millisecond // how often it is looked for
)

// page is one tab.
type page struct {
	t       *testing.T
	ctx     context.Context
	browser *browser
}

// do carries out steps within patience.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%v\n%s", err, p.looks())
	}
}

// open goes to an address.
func (p *page) open(address string) {
	p.t.Helper()
	p.do(chromedp.Navigate(address))
}

// eval is the value of a JavaScript expression, or of the promise that it is.
func eval[T any](p *page, js string) T {
	p.t.Helper()
	v, err := try[T](p, js)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", js, err, p.looks())
	}
	return v
}

func try[T any](p *page, js string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true, over reloads too.
func (p *page) until(js string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		if ok, err := try[bool](p, "Boolean("+js+")"); err == nil && ok {
			return
		}
		if time.Now().After(deadline) || p.t.Context().Err() != nil {
			p.t.Fatalf("never true: %s\n%s", js, p.looks())
		}
		time.Sleep(lookEach)
	}
}

// wait waits for an element to be on the screen.
func (p *page) wait(selector string) {
	p.t.Helper()
	p.until(find(selector) + "?.checkVisibility()")
}

// gone waits for an element to be gone.
func (p *page) gone(selector string) {
	p.t.Helper()
	p.until("!" + find(selector))
}

// has reports whether an element is there now.
func (p *page) has(selector string) bool {
	p.t.Helper()
	return eval[bool](p, "Boolean("+find(selector)+")")
}

// text is what an element says.
func (p *page) text(selector string) string {
	p.t.Helper()
	p.wait(selector)
	return eval[string](p, find(selector)+".innerText")
}

// says waits until an element's text contains words.
func (p *page) says(selector, words string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s?.innerText.includes(%s)", find(selector), quote(words)))
}

// attribute is an attribute of an element, empty when it has none.
func (p *page) attribute(selector, name string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("%s?.getAttribute(%s) ?? ''", find(selector), quote(name)))
}

// click clicks in the middle of an element, once it is enabled.
func (p *page) click(selector string) {
	p.t.Helper()
	p.until(find(selector) + "?.checkVisibility() && !" + find(selector) + ".disabled")
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill puts text into a field in place of what is there, as a person does.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.click(selector)
	p.do(chromedp.Evaluate[chromedp.Void](find(selector) + ".select()"))
	p.do(chromedp.KeyEvent(text))
}

// press sends keys to whatever has the focus.
func (p *page) press(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// looks is what somebody who reads the failure wants to know.
func (p *page) looks() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
	if err != nil {
		return fmt.Sprintf("(the page does not answer: %v)", err)
	}
	return "the page is " + text
}

func find(selector string) string { return "document.querySelector(" + quote(selector) + ")" }

// quote is a string as JavaScript writes it.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}
