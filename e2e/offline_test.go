package e2e

import (
	"image"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
)

// TestPayOffline is the whole promise: a wallet without network pays at a till
// that sees its screen, once; and learns of it when the network is back.
func TestPayOffline(t *testing.T) {
	w := newWorld(t)
	phone := w.enrol(w.browser().tab())
	if got := phone.text("#balance"); !strings.Contains(got, "88.00") {
		t.Errorf("the balance says %q, want 88.00", got)
	}
	if got := eval[string](phone.page, "location.hash"); got != "" {
		t.Errorf("the ticket stays in the address: %s", got)
	}

	w.listening()
	restore := phone.cut()
	files, codes := w.line.carriedOf("GET /wallet/wallet."), w.line.carriedOf("POST /v1/device/codes")
	phone.measureCode()
	phone.do(chromedp.Reload())
	phone.showsCode("offline")
	t.Logf("offline, from the start of a reload to a code on the screen: %.0f ms", phone.codeAfterMs())
	if got := phone.text("#badge"); !strings.Contains(got, "your code still works") {
		t.Errorf("the badge says %q", got)
	}
	screen := phone.picture()
	if w.line.carriedOf("GET /wallet/wallet.") != files || w.line.carriedOf("POST /v1/device/codes") != codes {
		t.Error("without network, and yet the server gave a file or a code")
	}

	qr, barcode := qrAndBarcode(t, screen)
	text, slot := w.slot(qr)
	digits, sameSlot := w.slot(barcode)
	if text.Form != paycode.FormText || digits.Form != paycode.FormDigits || slot != sameSlot || text.Alias != digits.Alias {
		t.Errorf("QR is %v of slot %v, barcode %v of slot %v", text.Form, slot, digits.Form, sameSlot)
	}

	camera := newCamera(t)
	camera.sees(held(decode(t, screen), 1280, 720))
	till := w.connect(w.browser(camera.flags()...).tab())
	till.amount("12.50")
	till.press("\r")
	till.outcome("paid", "12.50")
	till.keep("cashier-paid")
	till.next()
	till.says("#payments li[data-status=succeeded]", "12.50")

	till.amount("3.00")
	till.press("\r")
	till.refused("code_used", "already used")
	till.outcome("refused", "3.00")
	till.accessible()
	till.keep("cashier-refused")
	till.next()

	// The other form of the spent slot, alone before the camera, is spent too.
	camera.sees(held(barcodeOf(phone, screen), 640, 480))
	till.amount("4.00")
	till.press("\r")
	till.refused("code_used", "already used")
	till.next()
	w.balanced(purse - 12_50)

	time.Sleep(time.Second) // until the page could only be told too late: it has to find out by itself
	restore()
	phone.says("#missed", "12.50")
	phone.says("#missed", shop)
	phone.says("#balance", "75.50")
	phone.click("#missed-see")
	phone.says("[data-testid=payment][data-status=succeeded]", "12.50")
	phone.says("[data-testid=payment]", shop)
	phone.gone("#missed")
	if n := len(w.sold(client.Succeeded)); n != 1 {
		t.Errorf("%d payments, want 1", n)
	}
}

// TestBarcodeAlone pays with nothing but the barcode in sight of the camera.
func TestBarcodeAlone(t *testing.T) {
	w := newWorld(t)
	phone := w.enrol(w.browser().tab())
	camera := newCamera(t)
	till := w.connect(w.browser(camera.flags()...).tab())
	phone.cut()
	phone.do(chromedp.Reload())
	phone.showsCode("offline")

	camera.sees(held(barcodeOf(phone, phone.picture()), 640, 480))
	till.amount("5")
	till.press("\r")
	till.outcome("paid", "5.00")
	sold := w.sold(client.Succeeded)
	if len(sold) != 1 || sold[0].Method != "offline_digits" {
		t.Errorf("sold %+v, want one by offline digits", sold)
	}
	w.balanced(purse - 5_00)
}

// TestColdStart ends the browser and the server; the phone is switched on again
// with nobody there to answer, and pays all the same. Then the server comes back.
func TestColdStart(t *testing.T) {
	w := newWorld(t)
	profile := newProfile(t)
	first := startBrowser(t, profile, w.line.address())
	w.enrol(first.tab())
	first.close()
	w.stop()

	again := &phone{startBrowser(t, profile, w.line.address()).tab()}
	again.screen(phoneWidth, phoneHeight, phoneScale)
	again.measureCode()
	again.open(w.line.address() + "/wallet/")
	again.showsCode("offline")
	t.Logf("from the start of the navigation to a code on the screen, without a server: %.0f ms", again.codeAfterMs())
	qr, barcode := qrAndBarcode(t, again.picture())

	w.start()
	_, slot := w.slot(qr)
	if _, same := w.slot(barcode); slot != same {
		t.Errorf("QR of slot %v, barcode of slot %v", slot, same)
	}
	var paid client.Payment
	w.call(w.merchant, "POST", "/v1/payments", map[string]any{"order_no": "cold-1", "code": qr, "amount": 7_00, "currency": "CNY"}, &paid)
	if paid.Status != client.Succeeded {
		t.Errorf("the code of a cold start is %s %s", paid.Status, paid.DeclineCode)
	}
	again.until(find("#missed") + " || " + find("#result[data-status=succeeded]"))
	again.says("#balance", "81.00")
	w.balanced(purse - 7_00)
}

// barcodeOf is the part of a wallet's screen with the barcode on it, and some of the card around.
func barcodeOf(ph *phone, screen []byte) image.Image {
	ph.t.Helper()
	box := eval[[]float64](ph.page, "(({left, top, right, bottom}) => [left, top, right, bottom])("+find("#barcode")+".getBoundingClientRect())")
	at := func(i int) int { return int(box[i] * phoneScale) }
	return crop(decode(ph.t, screen), image.Rect(at(0), at(1), at(2), at(3)))
}
