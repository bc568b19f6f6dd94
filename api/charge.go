package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Charge is what a till asks for.
type Charge struct {
	OrderNo    string         `json:"order_no" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"the merchant's number for the order, visible ASCII; charges once" example:"A-1001"`
	Code       string         `json:"code" minLength:"1" maxLength:"512" doc:"the payer's code as it was scanned or typed: digits, text or EMV" example:"701234567893326376"`
	Amount     int64          `json:"amount" minimum:"1" maximum:"1000000000000" doc:"minor units" example:"1250"`
	Currency   money.Currency `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217, upper case" example:"CNY"`
	Subject    string         `json:"subject,omitempty" maxLength:"128" doc:"what is bought, shown to the payer"`
	TerminalID string         `json:"terminal_id,omitempty" maxLength:"64" doc:"which till"`
	Challenge  string         `json:"challenge,omitempty" pattern:"^[0-9a-fA-F]{16}$" doc:"the 8 bytes of the reader's nonce in hexadecimal, for a code that answers an NFC reader; amount, currency and merchant are those of the request" example:"0011223344556677"`
}

type (
	chargeInput  struct{ Body Charge }
	chargeOutput struct {
		Status int
		Body   Payment
	}
)

func (a *API) chargeCall() {
	register(a, route{method: "POST", path: ChargePath, id: "charge", tag: "Merchant", role: access.RoleMerchant, status: http.StatusCreated,
		summary: "Charge a payer's code",
		about: "A decline is no error: the payment exists, and decline_code says why. The same order_no, amount and code again answers the same payment. " +
			"A declined order may be tried again under its number with another code; one that is pending, succeeded or canceled only ever answers what it is, whatever the code now says.",
		again: "Decided before: what the order is", codes: []Code{OrderConflict, Overloaded}}, a.charge)
}

func (a *API) charge(ctx context.Context, in *chargeInput) (*chargeOutput, error) {
	r, err := in.Body.request(callerOf(ctx))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	p, fresh, err := a.Payments.Charge(ctx, r)
	a.metrics.charge.Observe(time.Since(began).Seconds())
	if err != nil {
		return nil, err
	}
	if fresh {
		a.Made(p)
	}
	out, err := a.forMerchant(ctx, p)
	return &chargeOutput{made(fresh), out}, err
}

// request is the charge in the words of package payment.
func (c Charge) request(from Caller) (payment.Request, error) {
	r := payment.Request{Merchant: from.Merchant, OrderNo: c.OrderNo, Code: c.Code, Subject: c.Subject, TerminalID: c.TerminalID}
	if c.OrderNo == "." || c.OrderNo == ".." {
		return r, field.Wrong("order_no", "must not be . or .., which no address can end in: such an order could not be canceled")
	}
	currency, err := money.ParseCurrency(string(c.Currency))
	if err != nil {
		return r, field.Wrong("currency", "must be an ISO 4217 code in use")
	}
	for _, f := range []struct{ name, value string }{{"subject", c.Subject}, {"terminal_id", c.TerminalID}} {
		if err := field.Text(f.name, f.value, 0, 128); err != nil {
			return r, err
		}
	}
	r.Amount = money.Amount{Minor: c.Amount, Currency: currency}
	if c.Challenge == "" {
		return r, nil
	}
	nonce, err := hex.DecodeString(c.Challenge)
	if err != nil || len(nonce) != 8 {
		return r, field.Wrong("challenge", "must be 16 hexadecimal characters")
	}
	r.Challenge = &paycode.Challenge{Nonce: [8]byte(nonce), AmountMinor: uint64(c.Amount), Currency: [3]byte([]byte(currency)), Merchant: from.Merchant}
	return r, nil
}
