package api

import (
	"context"
	"net/http"

	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Pay is what a payer wants who has read a shop's code.
type Pay struct {
	MerchantQR string `json:"merchant_qr" minLength:"1" maxLength:"512" doc:"the shop's code as it was scanned (EMV QR, merchant-presented)"`
	Amount     int64  `json:"amount,omitempty" minimum:"1" maximum:"1000000000000" doc:"minor units of the code's currency; needed when the code has no amount, and otherwise equal to it" example:"1250"`
	Reference  string `json:"reference" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"the wallet's number for this payment, visible ASCII; pays once" example:"7c1f0d5e"`
}

type (
	payInput  struct{ Body Pay }
	payOutput struct {
		Status int
		Body   PayerPayment
	}
)

func (a *API) devicePayCall() {
	register(a, route{method: "POST", path: "/v1/device/pay", id: "pay", tag: "Device", role: RoleDevice, status: http.StatusCreated,
		summary: "Pay by a shop's code",
		about: "The payer has read the shop's code and says that he pays: nothing has to be confirmed, and the limits of offline codes do not hold. " +
			"A decline is no error: the payment exists, and decline_code says why. The same reference again answers the same payment. " +
			"A receipt comes with what succeeded; a till without network takes it within 5 minutes of the payment.",
		again: "Paid before: the same payment", codes: []Code{NotFound, OrderConflict, OrderTaken, ReferenceConflict, Overloaded}}, a.pay)
}

func (a *API) pay(ctx context.Context, in *payInput) (*payOutput, error) {
	s, err := in.Body.scanned(callerOf(ctx))
	if err != nil {
		return nil, err
	}
	p, fresh, err := a.Payments.Pay(ctx, s)
	if err != nil {
		return nil, err
	}
	if fresh {
		a.metrics.count(p)
	}
	out, err := a.withReceipt(ctx, p)
	return &payOutput{made(fresh), out}, err
}

// scanned is the request in the words of package payment.
func (p Pay) scanned(from Caller) (payment.Scanned, error) {
	shop, err := emvqr.ParseShop(p.MerchantQR)
	if err != nil {
		return payment.Scanned{}, field.Wrong("merchant_qr", "is no shop's code of this system")
	}
	switch {
	case shop.Minor == 0 && p.Amount == 0:
		return payment.Scanned{}, field.Wrong("amount", "is needed: the code has none")
	case shop.Minor > money.MaxMinor:
		return payment.Scanned{}, field.Wrong("merchant_qr", "asks for more than can be paid")
	case shop.Minor != 0 && p.Amount != 0 && p.Amount != shop.Minor:
		return payment.Scanned{}, field.Wrong("amount", "must be that of the code, %d", shop.Minor)
	case shop.Reference != "" && !isOrderNo(shop.Reference):
		return payment.Scanned{}, field.Wrong("merchant_qr", "has an order number that is none")
	case !pass.CanName(shop.Terminal):
		return payment.Scanned{}, field.Wrong("merchant_qr", "names a till that no receipt can name")
	}
	return payment.Scanned{
		ScanKey: payment.ScanKey{Payer: from.Device.Payer, Reference: p.Reference}, Device: from.Device.ID, Merchant: shop.Merchant,
		OrderNo: shop.Reference, TerminalID: shop.Terminal, Amount: money.Amount{Minor: max(shop.Minor, p.Amount), Currency: shop.Currency},
	}, nil
}

// isOrderNo reports whether the merchant's calls could name an order so.
func isOrderNo(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return s != "." && s != ".." && len(s) <= 64
}

// withReceipt is a payment as its payer sees it, with the issuer's word for it.
// The money has moved: that no receipt can be signed is no reason to say nothing.
func (a *API) withReceipt(ctx context.Context, p payment.Payment) (PayerPayment, error) {
	out, err := a.forPayer(ctx, p)
	if err != nil {
		return out, err
	}
	if out.Receipt, err = a.Issuing.Receipt(p); err != nil {
		a.Log.Error("a receipt was not signed", "payment", p.ID, "err", err)
	}
	return out, nil
}
