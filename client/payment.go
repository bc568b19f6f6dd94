package client

import (
	"time"

	"github.com/paycode/paycode/money"
)

// Status is what has become of a payment.
type Status string

// The states of a payment. All but Pending are final for the till; a declined
// order may be tried again with another code.
const (
	Pending           Status = "pending" // waits for the payer to confirm
	Succeeded         Status = "succeeded"
	Declined          Status = "declined"
	Canceled          Status = "canceled"
	Refunded          Status = "refunded"
	PartiallyRefunded Status = "partially_refunded"
)

// Payment is a payment as the contract shows it to its merchant and its payer.
type Payment struct {
	ID            string         `json:"id"`
	OrderNo       string         `json:"order_no"`
	MerchantID    string         `json:"merchant_id"`
	Merchant      *Merchant      `json:"merchant,omitempty"` // in the payer's view
	Status        Status         `json:"status"`
	AmountMinor   int64          `json:"amount"` // minor units of Currency
	Currency      money.Currency `json:"currency"`
	RefundedMinor int64          `json:"refunded"`
	Method        string         `json:"method,omitempty"`
	Payer         *Payer         `json:"payer,omitempty"`
	DeclineCode   string         `json:"decline_code,omitempty"`
	Subject       string         `json:"subject,omitempty"`
	TerminalID    string         `json:"terminal_id,omitempty"`
	CreatedAt     time.Time      `json:"created_at"`
	SettledAt     *time.Time     `json:"settled_at,omitempty"`
	ExpiresAt     *time.Time     `json:"expires_at,omitempty"` // of a pending one: when it is given up
	Receipt       string         `json:"receipt,omitempty"`    // in the payer's view, of a shop's code that he paid
}

// Payer is what a merchant may know of who paid.
type Payer struct {
	Masked string `json:"masked"`
}

// Merchant is what a payer knows of whom he paid.
type Merchant struct {
	Name string `json:"name"`
}

// Amount is what the payment is about.
func (p *Payment) Amount() money.Amount {
	return money.Amount{Minor: p.AmountMinor, Currency: p.Currency}
}

// Refund is a part given back.
type Refund struct {
	ID          string         `json:"id"`
	PaymentID   string         `json:"payment_id"`
	RefundNo    string         `json:"refund_no"`
	AmountMinor int64          `json:"amount"`
	Currency    money.Currency `json:"currency"`
	Reason      string         `json:"reason,omitempty"`
	CreatedAt   time.Time      `json:"created_at"`
}
