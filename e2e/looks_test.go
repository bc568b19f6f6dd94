package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestLooks goes through the pages in both languages, light and dark, on a small phone and on a desk.
func TestLooks(t *testing.T) {
	w := newWorld(t)
	phone, till := counter(t, w)
	w.listening()
	for _, amount := range []string{"6.80", "23.00"} {
		till.byHand(amount, phone.digits())
		till.outcome("paid", amount)
		till.next()
		phone.receipt("succeeded", amount)
	}
	phone.until("document.querySelector('#balance').innerText.includes('58.20')")
	phone.cut()
	for _, look := range []struct{ language, scheme, wallet, cashier string }{
		{"en", "light", "wallet-offline", "cashier-sale"},
		{"en", "dark", "", ""},
		{"zh-CN", "light", "", ""},
		{"zh-CN", "dark", "wallet-zh-dark", "cashier-zh-dark"},
	} {
		for _, p := range []*page{phone.page, till.page} {
			if p.attribute("html", "lang") != look.language {
				p.click("#switch-language, #language")
			}
			p.until("document.documentElement.lang === " + quote(look.language))
			p.scheme(look.scheme)
		}
		phone.look()
		till.look()
		phone.keep(look.wallet)
		till.keep(look.cashier)
	}
	if got := phone.text("#tab-pay"); got != "付款" {
		t.Errorf("in Chinese the first tab is %q", got)
	}
	if got := till.text("#shift"); got != "交班" {
		t.Errorf("in Chinese the shift is closed by %q", got)
	}
}

// look walks through the wallet's tabs and ends on the code.
func (ph *phone) look() {
	ph.t.Helper()
	for _, tab := range []string{"ride", "scan", "history", "settings", "pay"} {
		ph.tab(tab)
		switch tab {
		case "ride":
			ph.wait("#ride-card[data-kind=offline] #qr")
		case "scan":
			ph.wait("#scan-offline")
		}
		if tab == "pay" {
			ph.showsCode("offline")
		}
		ph.fits()
		ph.accessible()
	}
	// Scanners need black on white on every theme.
	if card := eval[string](ph.page, "getComputedStyle("+find("#card")+").backgroundColor"); card != "rgb(255, 255, 255)" {
		ph.t.Errorf("the card is %s", card)
	}
	qrAndBarcode(ph.t, ph.picture())
}

// look walks through the cashier page, wide and narrow, and ends with an amount typed.
func (tl *till) look() {
	tl.t.Helper()
	for _, dialog := range []string{"settings", "shift"} {
		tl.click("#" + dialog)
		tl.wait("#" + dialog + "-dialog")
		tl.accessible()
		tl.press(kb.Escape)
		tl.gone("#" + dialog + "-dialog")
	}
	tl.click("#amount")
	tl.amount("12.50")
	tl.accessible()
	tl.screen(phoneWidth, phoneHeight, 1)
	tl.fits()
	tl.click("#tab-today")
	tl.fits()
	tl.click("#tab-sale")
	tl.click("#charge")
	tl.wait("#manual")
	tl.fits()
	tl.accessible()
	tl.click("#back")
	tl.click("#show-code")
	tl.wait(".showing #qr")
	tl.fits()
	tl.accessible()
	if read := zbar(tl.t, tl.picture()); len(read) == 0 {
		tl.t.Error("zbar cannot read the shop's code on this theme")
	}
	tl.keep("cashier-shows-code-" + tl.attribute("html", "lang") + "-" + eval[string](tl.page, "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"))
	tl.click("#scan-receipt")
	tl.wait(".showing[data-scanning=true] #scan-notice")
	tl.fits()
	tl.accessible()
	tl.press(kb.Escape)
	tl.wait(".showing #qr")
	tl.screen(deskWidth, deskHeight, 1)
	tl.press(kb.Escape)
	tl.wait("#amount")
	tl.fits()
}
