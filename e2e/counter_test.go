package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/paycode/paycode/client"
)

// counter is a wallet and a till in one browser, as strangers to each other.
func counter(t *testing.T, w *world) (*phone, *till) {
	t.Helper()
	b := w.browser()
	return w.enrol(b.tab()), w.connect(b.tab())
}

// TestTypedCodes pays with a scanner that types, then with the keyboard alone.
func TestTypedCodes(t *testing.T) {
	w := newWorld(t)
	phone, till := counter(t, w)
	phone.cut()
	digits := phone.another()

	till.amount("6.80")
	till.byScanner(digits)
	till.outcome("paid", "6.80")
	till.press("\r") // the focus is on the next customer
	till.gone("#outcome")

	till.amount("1.20")
	till.press("\r")
	till.wait("#manual")
	for !eval[bool](till.page, "document.activeElement === "+find("#manual")) {
		till.press(kb.Tab)
	}
	till.press("\r")
	till.until("document.activeElement === " + find("#manual-code"))
	till.keys(phone.another(), handsPace)
	till.outcome("paid", "1.20")
	w.balanced(purse - 8_00)
}

// TestAnotherCode pays twice within one minute.
func TestAnotherCode(t *testing.T) {
	w := newWorld(t)
	phone := w.enrol(w.browser().tab())
	phone.cut()
	codes := []string{phone.another(), phone.another()}
	_, first := w.slot(codes[0])
	_, second := w.slot(codes[1])
	for first.Counter != second.Counter { // the minute ended in between
		codes = []string{codes[1], phone.another()}
		_, first = w.slot(codes[0])
		_, second = w.slot(codes[1])
	}
	if second.Nonce <= first.Nonce {
		t.Errorf("slot %v after slot %v", second, first)
	}
	for _, code := range codes {
		var paid client.Payment
		w.call(w.merchant, "POST", "/v1/payments", map[string]any{"order_no": "order-" + code[10:], "code": code, "amount": 3_00, "currency": "CNY"}, &paid)
		if paid.Status != client.Succeeded {
			t.Errorf("a code of slot %v and then %v: %s %s", first, second, paid.Status, paid.DeclineCode)
		}
	}
	w.balanced(purse - 6_00)
}

// TestOnlineCode shows the server's code while it answers in time, else the phone's own.
func TestOnlineCode(t *testing.T) {
	w := newWorld(t)
	phone, till := counter(t, w)
	w.listening()
	if got := phone.text("#badge"); got != "Online code" {
		t.Errorf("the badge says %q", got)
	}
	digits := phone.digits()
	if !strings.HasPrefix(digits, "71") || !slices.Contains(zbar(t, phone.picture()), digits) {
		t.Errorf("the online code %s is not what zbar reads", digits)
	}
	till.byHand("12.50", digits)
	till.outcome("paid", "12.50")
	phone.wait("#result")
	phone.fits()
	phone.accessible()
	phone.keep("wallet-paid")
	phone.receipt("succeeded", "12.50")
	phone.showsCode("online")

	w.line.spoil("POST /v1/device/codes", stall)
	phone.another()
	phone.showsCode("offline")
	if got := phone.text("#badge"); got != "Offline code" {
		t.Errorf("with a slow server the badge says %q", got)
	}
	w.line.mend()
	phone.another()
	phone.showsCode("online")

	w.stop()
	phone.another()
	phone.showsCode("offline")
	phone.says("#badge", "No network")
	w.start()
	phone.until("document.documentElement.dataset.online === 'true'")
	phone.another()
	phone.showsCode("online")
	w.balanced(purse - 12_50)
}

// TestConfirmation has the payer say yes, then no, to an amount above the limit.
func TestConfirmation(t *testing.T) {
	w := newWorld(t)
	w.confirmAbove(20_00)
	phone, till := counter(t, w)
	w.listening()

	till.byHand("25.00", phone.digits())
	till.outcome("waiting", "25.00")
	till.accessible()
	phone.says("#confirm", "25.00")
	phone.says("#confirm", shop)
	phone.fits()
	phone.accessible()
	phone.keep("wallet-confirm")
	phone.click("#confirm-yes")
	till.outcome("paid", "25.00")
	till.next()
	phone.receipt("succeeded", "25.00")

	till.byHand("30.00", phone.digits())
	till.outcome("waiting", "30.00")
	phone.says("#confirm", "30.00")
	phone.click("#confirm-no")
	till.refused("confirmation_rejected", "said no")
	till.next()
	phone.receipt("declined", "30.00")

	till.byHand("40.00", phone.digits())
	phone.says("#confirm", "40.00")
	till.click("#outcome[data-state=waiting] #cancel")
	till.outcome("known-canceled", "40.00")
	phone.gone("#confirm")
	w.balanced(purse - 25_00)
}

// TestLostAnswers breaks the till's connection in the middle of a charge. The
// cashier is told what the page is doing, and the payer is charged once.
func TestLostAnswers(t *testing.T) {
	w := newWorld(t)
	phone, till := counter(t, w)
	left := int64(purse)
	for _, c := range []struct {
		name   string
		fault  fault
		reload bool
	}{
		{name: "answer lost", fault: loseAnswer},
		{name: "request lost", fault: loseAsking},
		{name: "answer lost and page closed", fault: loseAnswer, reload: true},
	} {
		w.line.spoil("POST /v1/payments", c.fault)
		w.line.spoil("GET /v1/payments", c.fault)
		till.byHand("9.00", phone.another())
		till.outcome("lost", "9.00")
		till.says("#outcome", "Do not charge again")
		till.wait("#outcome-reason[data-step=asking]")
		till.accessible()
		till.keep("cashier-finding-out")
		if c.reload {
			till.do(chromedp.Reload())
			till.outcome("lost", "9.00")
			till.says("#outcome-reason", "closed in the middle")
		}
		w.line.mend()
		till.outcome("paid", "9.00")
		till.next()
		phone.receipt("succeeded", "9.00")
		left -= 9_00
		if got := w.balance(); got != left {
			t.Errorf("%s: the payer has %d, want %d", c.name, got, left)
		}
	}
	if n := len(w.sold(client.Succeeded)); n != 3 {
		t.Errorf("%d payments, want 3", n)
	}
	w.balanced(left)
}

// TestRefund gives a payment back in two clicks.
func TestRefund(t *testing.T) {
	w := newWorld(t)
	phone, till := counter(t, w)
	till.byHand("8.80", phone.digits())
	till.outcome("paid", "8.80")
	till.next()
	till.click("#payments li[data-status=succeeded] .refund")
	till.wait("#refund-dialog")
	till.accessible()
	till.click("#refund-submit")
	till.wait("#payments li[data-status=refunded]")
	till.says("#today-notice", "8.80")
	w.balanced(purse)

	phone.receipt("succeeded", "8.80")
	phone.tab("history")
	phone.click("[data-testid=payment]")
	phone.says("#payment [data-fact=refunded]", "8.80")
	phone.fits()
	phone.accessible()
	phone.click("#payment-close")
	phone.wait("[data-testid=payment][data-status=refunded]")
	phone.tab("pay")
	phone.says("#balance", "88.00")
}
