package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/emvqr"
)

// cut takes the till's network away until the function that it answers is called.
func (tl *till) cut() (restore func()) {
	tl.t.Helper()
	restore = tl.page.cut("/cashier/")
	tl.wait("#link[data-tone=wait]")
	return restore
}

// meets waits until the till has what it needs without network.
func (tl *till) meets() {
	tl.t.Helper()
	tl.until("localStorage.getItem('paycode.till.issuer')")
	tl.until("navigator.serviceWorker.controller")
}

// shows has the till show its code for an amount, and answers the code as zbar reads it off the screen.
func (tl *till) shows(amount string) (code string, read emvqr.Shop) {
	tl.t.Helper()
	tl.amount(amount)
	tl.click("#show-code")
	tl.wait(".showing #qr")
	code = strings.Join(zbar(tl.t, tl.picture()), " ") // the shop's name has a blank
	read, err := emvqr.ParseShop(code)
	must(tl.t, err)
	if read.Name != shop || read.Reference == "" {
		tl.t.Errorf("the till shows %+v", read)
	}
	return code, read
}

// pays has a wallet read a shop's code, pay, and show the receipt.
func (w *world) pays(code string) (screen []byte, receipt string) {
	w.t.Helper()
	phone, _ := w.scanner(code)
	phone.tab("scan")
	phone.click("#bill-pay")
	phone.wait("#receipt[data-good=true] #qr")
	screen = phone.picture()
	read := zbar(w.t, screen)
	at := slices.IndexFunc(read, func(s string) bool { return strings.HasPrefix(s, "PR1:") })
	if at < 0 {
		w.t.Fatalf("zbar reads no receipt: %q", read)
	}
	return screen, read[at]
}

// scanText is a scanner that types any text, and then Enter.
func (tl *till) scanText(text string) {
	tl.t.Helper()
	at := float64(time.Now().UnixMicro())/1e6 + 0.5 // Unix seconds
	press := func(key, text string, virtual int64) {
		at += scannersPace
		event := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: text, WindowsVirtualKeyCode: virtual, Timestamp: input.TimeSinceEpoch(at),
		}
		_, err := chromedp.Call(tl.ctx, input.DispatchKeyEvent, event)
		must(tl.t, err)
	}
	for _, r := range text {
		press(string(r), string(r), 0)
	}
	press("Enter", "\r", 13)
}

// scanReceipt scans until the whole receipt was understood, and the page says
// that it is paid, or why it is not: on a busy machine a scan falls apart.
func (tl *till) scanReceipt(receipt, want string) {
	tl.t.Helper()
	for range 10 {
		tl.scanText(receipt)
		for range 25 {
			if want == tl.attribute("#outcome", "data-state") || want == tl.attribute("#outcome-reason", "data-reason") {
				return
			}
			time.Sleep(lookEach)
		}
	}
	tl.t.Fatalf("the scanner was never understood\n%s", tl.looks())
}

// order is what the server says of an order.
func (w *world) order(orderNo string) (p client.Payment, err error) {
	return p, w.merchant.Call(w.t.Context(), "GET", "/v1/payments?order_no="+orderNo, nil, &p)
}

// TestTillWithoutNetwork: the till shows its code, the customer pays by it, and
// the till takes the receipt off the customer's screen, once.
func TestTillWithoutNetwork(t *testing.T) {
	w := newWorld(t)
	c := newCamera(t)
	till := w.connect(w.browser(c.flags()...).tab())
	till.meets()
	restore := till.cut()
	till.do(chromedp.Reload()) // a till that starts anew has no network either, and no camera's reader but what it kept
	till.wait("#amount")

	till.accessible()
	code, shown := till.shows("12.50")
	if shown.Minor != 12_50 {
		t.Errorf("the code asks for %d", shown.Minor)
	}
	till.fits()
	till.accessible()
	till.keep("cashier-shows-code")
	screen, receipt := w.pays(code)
	c.sees(held(decode(t, screen), 1280, 720))
	till.press("\r") // the whole sale goes by the keyboard
	till.outcome("paid", "12.50")
	till.says("#outcome-receipt", "receipt")
	till.accessible()
	till.keep("cashier-paid-by-receipt")
	till.press("\r")
	till.gone("#outcome")

	_, next := till.shows("12.50") // the same receipt, for the next sale
	till.scanReceipt(receipt, "receipt_addressee")
	till.refused("receipt_addressee", "another shop, till or order")
	till.accessible()
	till.next()
	if _, err := w.order(next.Reference); !client.IsNotFound(err) {
		t.Errorf("without network the server heard of order %s: %v", next.Reference, err)
	}
	restore()
	for { // what was given up can never be paid
		if p, err := w.order(next.Reference); err == nil {
			if p.Status != client.Canceled {
				t.Errorf("the order that was given up is %s", p.Status)
			}
			break
		}
		time.Sleep(lookEach)
	}
	if p, err := w.order(shown.Reference); err != nil || p.Status != client.Succeeded || p.Method != "merchant_qr" {
		t.Errorf("the order that was paid: %+v, %v", p, err)
	}
	w.balanced(purse - 12_50)
}

// TestReceiptTyped: a hand scanner reads the receipt while the code is shown; what is no receipt is told.
func TestReceiptTyped(t *testing.T) {
	w := newWorld(t)
	till := w.connect(w.browser().tab())
	till.meets()
	till.cut()
	code, _ := till.shows("7.00")
	till.scanText("701234567893326376")
	till.says("#scan-notice", "not a receipt")
	_, receipt := w.pays(code)
	forged := receipt[:len(receipt)-6] + swapped(receipt[len(receipt)-6:])
	till.scanReceipt(forged, "receipt_signature")
	till.refused("receipt_signature", "forged")
	till.keep("cashier-receipt-forged")
	till.scanReceipt(receipt, "paid") // right away, from the refusal
	till.outcome("paid", "7.00")
	if till.press(kb.Enter); till.has("#outcome-receipt") {
		till.gone("#outcome")
	}
	w.balanced(purse - 7_00)
}

// swapped is other base45 of the same length: two digits of two pairs change places.
func swapped(s string) string {
	b := []byte(s)
	b[0], b[3] = b[3], b[0]
	if b[0] == b[3] {
		b[0] = '0' + (b[0]-'0'+1)%10
	}
	return string(b)
}

// TestReceiptAfterAReload: a page that is closed while it shows a code goes on
// with that sale; and one whose receipt is on the disk says paid, not more.
func TestReceiptAfterAReload(t *testing.T) {
	w := newWorld(t)
	till := w.connect(w.browser().tab())
	till.meets()
	code, shown := till.shows("5.00")
	till.do(chromedp.Reload())
	till.wait(".showing #qr")
	if again := strings.Join(zbar(t, till.picture()), " "); again != code {
		t.Errorf("after a reload the till shows %q, before it %q", again, code)
	}
	restore := till.cut()
	_, receipt := w.pays(code)
	// What the page does last before it dies is lost: the receipt is on the disk, and the sale not dropped.
	till.do(chromedp.Evaluate[chromedp.Void](`Storage.prototype.removeItem = () => {}`))
	till.scanReceipt(receipt, "paid")
	till.outcome("paid", "5.00")
	till.do(chromedp.Reload())
	till.outcome("paid", "5.00")
	till.next()
	restore()
	till.do(chromedp.Reload())
	till.wait("#amount")
	if till.has(".showing") || till.has("#outcome") {
		t.Error("a sale that is over came back")
	}
	if p, err := w.order(shown.Reference); err != nil || p.Status != client.Succeeded {
		t.Errorf("%+v, %v", p, err)
	}
	w.balanced(purse - 5_00)
}

// TestCodeShownOnline: a till with network may show its code too; the server tells it.
func TestCodeShownOnline(t *testing.T) {
	w := newWorld(t)
	till := w.connect(w.browser().tab())
	till.meets()
	code, _ := till.shows("6.00")
	w.pays(code)
	till.outcome("paid", "6.00")
	till.next()
	till.says("#payments li[data-status=succeeded]", "6.00")
	w.balanced(purse - 6_00)
}
