package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"rsc.io/qr"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// shopCode is the code that the merchant shows, of one order or of any amount.
func (w *world) shopCode(minor int64, order string) string {
	w.t.Helper()
	text, err := emvqr.Shop{Merchant: w.merchantID(), Name: shop, City: "Hangzhou", Country: "CN", Currency: "CNY", Minor: minor, Reference: order, Terminal: "till-1"}.Text()
	must(w.t, err)
	return text
}

func (w *world) merchantID() (id ids.Merchant) {
	w.t.Helper()
	var me struct{ ID string }
	w.call(w.merchant, "GET", "/v1/merchant", nil, &me)
	id, err := ids.Parse[ids.Merchant](me.ID)
	must(w.t, err)
	return id
}

// scanner is a wallet whose camera sees a shop's code.
func (w *world) scanner(code string) (*phone, camera) {
	w.t.Helper()
	c := newCamera(w.t)
	c.shows(code)
	return w.enrol(w.browser(c.flags()...).tab()), c
}

// shows has the camera look at a QR with this text from its next start on.
func (c camera) shows(text string) {
	c.t.Helper()
	symbol, err := qr.Encode(text, qr.M)
	must(c.t, err)
	c.sees(held(decode(c.t, symbol.PNG()), 640, 480))
}

// verified is what a till that has nothing but the issuer's public keys reads from a picture of the wallet.
func (w *world) verified(picture []byte, due pass.Due) pass.Receipt {
	w.t.Helper()
	answer, err := http.Get(w.line.address() + "/v1/issuer/keys")
	must(w.t, err)
	defer answer.Body.Close()
	var published struct{ Keys []pass.PublicKey }
	must(w.t, json.NewDecoder(answer.Body).Decode(&published))
	verifier, err := pass.NewVerifier(published.Keys...)
	must(w.t, err)
	read := zbar(w.t, picture)
	at := slices.IndexFunc(read, func(s string) bool { return strings.HasPrefix(s, "PR1:") })
	if at < 0 {
		w.t.Fatalf("zbar reads no receipt: %q", read)
	}
	raw, err := pass.ParseReceiptText(strings.Join(read[at:], " ")) // base45 has blanks
	must(w.t, err)
	r, err := verifier.VerifyReceipt(raw, time.Now(), due)
	must(w.t, err)
	return r
}

// TestScanAndPay reads an order's code, pays, and shows a receipt that a till
// without network accepts; it can be shown again.
func TestScanAndPay(t *testing.T) {
	w := newWorld(t)
	phone, _ := w.scanner(w.shopCode(12_50, "A-1"))
	w.listening()
	phone.tab("scan")
	phone.says("#bill", shop)
	phone.says("#bill-amount", "12.50")
	phone.click("#bill-cancel")
	phone.gone("#bill")
	phone.wait("#scan video") // the code that was said no to is still before it
	phone.tab("pay")
	phone.tab("scan")
	phone.says("#bill-amount", "12.50")
	phone.fits()
	phone.accessible()
	phone.click("#bill-pay")
	phone.says("#receipt-amount", "12.50")
	phone.says("#receipt", shop)
	phone.wait("#receipt[data-good=true] #qr")
	phone.fits()
	phone.accessible()
	phone.keep("wallet-receipt")
	due := pass.Due{Merchant: w.merchantID(), Terminal: "till-1", OrderRef: "A-1", Amount: money.Amount{Minor: 12_50, Currency: "CNY"}}
	first := w.verified(phone.picture(), due)
	phone.click("#receipt-done")
	phone.gone("#receipt")
	if phone.has("#result") {
		t.Error("the payment is told twice")
	}

	phone.tab("history")
	phone.click("[data-testid=payment][data-status=succeeded]")
	phone.click("#payment-receipt")
	phone.wait("#receipt #qr")
	if again := w.verified(phone.picture(), due); again != first {
		t.Errorf("another receipt: %+v, then %+v", first, again)
	}
	phone.click("#receipt-done")

	phone.tab("scan") // the same order again
	phone.click("#bill-pay")
	phone.says("#scan-trouble", "paid already")
	phone.gone("#unanswered")
	w.balanced(purse - 12_50)
	if n := len(w.sold(client.Succeeded)); n != 1 {
		t.Errorf("%d payments, want 1", n)
	}
}

// TestScanAnyAmount reads a printed code: the payer says how much.
func TestScanAnyAmount(t *testing.T) {
	w := newWorld(t)
	phone, _ := w.scanner(w.shopCode(0, ""))
	w.listening()
	phone.tab("scan")
	phone.wait("#bill-amount")
	for _, wrong := range []string{"0", "1.234", "much"} {
		phone.fill("#bill-amount", wrong)
		phone.until(find("#bill-pay") + ".disabled")
	}
	phone.fill("#bill-amount", "100")
	phone.accessible()
	phone.click("#bill-pay")
	phone.says("#result", "Not enough money")
	phone.click("#result-done")
	phone.fill("#bill-amount", "3.5")
	phone.says("#bill-pay", "3.50")
	phone.click("#bill-pay")
	phone.says("#receipt-amount", "3.50")
	phone.click("#receipt-done")
	phone.gone("#bill") // the next touch pays nothing
	w.balanced(purse - 3_50)
}

// TestScanUnanswered has the answer lost and the page killed before it could ask
// again: it finds out, and pays once.
func TestScanUnanswered(t *testing.T) {
	w := newWorld(t)
	phone, _ := w.scanner(w.shopCode(0, ""))
	for _, f := range []fault{loseAnswer, loseAsking} {
		before := w.balance()
		w.line.spoil("POST /v1/device/pay", f)
		phone.tab("scan")
		phone.fill("#bill-amount", "4")
		phone.click("#bill-pay")
		phone.wait("#unanswered[data-settling=true]")
		phone.fits()
		phone.accessible()
		phone.do(chromedp.Reload())
		phone.wait("#unanswered[data-settling=true]") // it opens on what is not answered
		w.line.mend()
		phone.says("#receipt-amount", "4.00")
		phone.click("#receipt-done")
		if got := w.balance(); got != before-4_00 {
			t.Errorf("fault %d: the payer has %d, want %d", f, got, before-4_00)
		}
		phone.do(chromedp.Reload())
		phone.showsCode("online")
	}
	w.balanced(purse - 8_00)
}

// TestScanLetBe gives up asking for an answer, and sees in the history what became of it.
func TestScanLetBe(t *testing.T) {
	w := newWorld(t)
	phone, _ := w.scanner(w.shopCode(0, ""))
	w.line.spoil("POST /v1/device/pay", loseAnswer)
	phone.tab("scan")
	phone.fill("#bill-amount", "4")
	phone.click("#bill-pay")
	phone.until(find("#unanswered") + "?.innerText.includes('4.00')")
	for w.balance() == purse {
		time.Sleep(lookEach)
	}
	phone.with("paying", "value.untilMs = Date.now() - 30_000") // half a minute after the last asking
	phone.tab("scan")
	phone.says("#unanswered", "Not known yet")
	phone.until(find("#pay-leave") + ".disabled")
	phone.accessible()
	phone.fits()
	phone.with("paying", "value.untilMs = Date.now() - 10 * 60_000")
	phone.showsCode("online") // nothing stands before the code for long
	phone.tab("scan")
	phone.click("#pay-leave")
	phone.says("[data-testid=payment][data-status=succeeded]", "4.00")
	phone.tab("scan")
	phone.wait("#bill")
	w.balanced(purse - 4_00)
}
