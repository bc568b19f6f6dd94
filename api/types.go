package api

import (
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Balance is an amount of money that somebody has.
type Balance struct {
	Amount   int64          `json:"amount" doc:"minor units of the currency" example:"8800"`
	Currency money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
}

func balanceOf(a money.Amount) Balance { return Balance{a.Minor, a.Currency} }

// Payment is a payment as its merchant sees it.
type Payment struct {
	ID          ids.Payment         `json:"id" doc:"TypeID" example:"pay_01jfja0yrcfgzrmq9f3r69q2kp"`
	OrderNo     string              `json:"order_no" doc:"the merchant's number" example:"A-1001"`
	MerchantID  ids.Merchant        `json:"merchant_id" doc:"TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	Status      payment.Status      `json:"status" enum:"pending,succeeded,declined,canceled,refunded,partially_refunded" doc:"what has become of it; pending waits for the payer's confirmation"`
	Amount      int64               `json:"amount" doc:"minor units; 0 for an order that was canceled before it was ever seen" example:"1250"`
	Currency    money.Currency      `json:"currency" doc:"ISO 4217" example:"CNY"`
	Refunded    int64               `json:"refunded" doc:"minor units given back so far" example:"0"`
	Method      payment.Method      `json:"method,omitempty" enum:"offline_digits,offline_text,online,nfc,pass,merchant_qr,authenticator" doc:"how the payer paid; absent when no code could be read"`
	Payer       MaskedPayer         `json:"payer" doc:"who paid"`
	DeclineCode payment.DeclineCode `json:"decline_code,omitempty" doc:"why it was declined" example:"insufficient_funds"`
	CreatedAt   time.Time           `json:"created_at" doc:"RFC 3339, UTC"`
	SettledAt   *time.Time          `json:"settled_at,omitempty" doc:"when the money moved, or when it was final that it would not"`
	ExpiresAt   *time.Time          `json:"expires_at,omitempty" doc:"when a pending payment is given up"`
	Subject     string              `json:"subject,omitempty" doc:"what was bought, as the merchant said"`
	TerminalID  string              `json:"terminal_id,omitempty" doc:"which till, as the merchant said"`
}

// MaskedPayer is what a merchant may know of a payer.
type MaskedPayer struct {
	Masked string `json:"masked" doc:"enough of the name for the payer to recognise; empty when the code named nobody" example:"J***"`
}

func paymentOf(p payment.Payment, payerName string) Payment {
	return Payment{
		ID: p.ID, OrderNo: p.OrderNo, MerchantID: p.Merchant, Status: p.Status,
		Amount: p.Amount.Minor, Currency: p.Amount.Currency, Refunded: p.Refunded, Method: p.Method,
		Payer: MaskedPayer{masked(payerName)}, DeclineCode: p.Decline,
		CreatedAt: p.CreatedAt.UTC(), SettledAt: moment(p.SettledAt), ExpiresAt: moment(p.ExpiresAt),
		Subject: p.Subject, TerminalID: p.TerminalID,
	}
}

// moment is t, or nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// PayerPayment is a payment as its payer sees it.
type PayerPayment struct {
	Payment
	Merchant MerchantName `json:"merchant" doc:"who was paid"`
	Receipt  string       `json:"receipt,omitempty" doc:"the issuer's word for it, to be shown to the till as a QR: where the shop's code was paid, when the payment alone is asked for" example:"PR1:…"`
}

// MerchantName is what a payer knows of a merchant.
type MerchantName struct {
	ID   ids.Merchant `json:"id" doc:"TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	Name string       `json:"name" doc:"as on the receipt" example:"Corner Shop"`
}

// Refund is a part of a payment given back.
type Refund struct {
	ID        ids.Refund     `json:"id" doc:"TypeID" example:"ref_01jfja0yrcfgzrmq9f3r69q2kp"`
	PaymentID ids.Payment    `json:"payment_id" doc:"TypeID" example:"pay_01jfja0yrcfgzrmq9f3r69q2kp"`
	RefundNo  string         `json:"refund_no" doc:"the merchant's number" example:"A-1001-R1"`
	Amount    int64          `json:"amount" doc:"minor units" example:"500"`
	Currency  money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
	Reason    string         `json:"reason,omitempty" doc:"as the merchant said"`
	CreatedAt time.Time      `json:"created_at" doc:"RFC 3339, UTC"`
}

func refundOf(r payment.Refund) Refund {
	return Refund{
		ID: r.ID, PaymentID: r.Payment, RefundNo: r.RefundNo,
		Amount: r.Amount.Minor, Currency: r.Amount.Currency, Reason: r.Reason, CreatedAt: r.CreatedAt.UTC(),
	}
}
