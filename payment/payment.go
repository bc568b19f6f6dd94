// Package payment decides whether money moves, and moves it.
//
// Every movement is one Command: a Charge, a Confirm, a Cancel, a Refund, a
// TopUp. Decide, a pure function, says from the rows that a command touches
// what becomes of it; it is the only place where that is decided. The
// Processor gathers commands that wait, has a Store load their rows, asks
// Decide for each in turn, and has everything saved in one transaction. Only
// then is anyone told.
package payment

import (
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Status is what has become of a payment.
type Status string

// The states of a payment. Pending ends as Succeeded, Declined or Canceled;
// Declined may still become Canceled, which closes its order for ever.
const (
	Pending           Status = "pending" // waits for the payer to confirm
	Succeeded         Status = "succeeded"
	Declined          Status = "declined"
	Canceled          Status = "canceled"
	Refunded          Status = "refunded"
	PartiallyRefunded Status = "partially_refunded"
)

// Method is how the payer's code reached the till.
type Method string

// The methods of paying.
const (
	OfflineDigits Method = "offline_digits"
	OfflineText   Method = "offline_text" // the text and the EMV form: the same 27 bytes
	Online        Method = "online"
	NFC           Method = "nfc"           // a code bound to the reader's challenge
	Authenticator Method = "authenticator" // a member number and six digits of an app
	MerchantQR    Method = "merchant_qr"   // the payer has read the shop's code
	Pass          Method = "pass"          // a signed pass at a gate: charged after the ride
)

// methodOf names the method of a code that was read.
func methodOf(c paycode.Code) Method {
	switch {
	case c.Form == paycode.FormOnline:
		return Online
	case c.Form == paycode.FormDigits:
		return OfflineDigits
	case c.Form == paycode.FormAuthenticator:
		return Authenticator
	case c.Type == paycode.TypeChallenge:
		return NFC
	case c.Form == paycode.FormText, c.Form == paycode.FormEMV:
		return OfflineText
	}
	return "" // the code could not be read
}

// Payment is one attempt to pay one order. Its terms never change; its
// status, decline code and refunded sum do.
type Payment struct {
	ID         ids.Payment
	Merchant   ids.Merchant
	OrderNo    string
	Payer      ids.Payer  // zero when the code named nobody
	Device     ids.Device // zero when the code named nobody
	Status     Status
	Decline    DeclineCode // why, when declined
	Superseded bool        // the order went on to another attempt: this one can never succeed
	Amount     money.Amount
	Refunded   int64 // minor units given back so far
	FeeBP      int   // the merchant's rate when it was decided, in basis points
	Fee        int64 // minor units that the operator keeps of it while none is given back
	Method     Method
	Subject    string
	TerminalID string
	CreatedAt  time.Time
	SettledAt  time.Time // when the money moved, or when it was final that it would not
	ExpiresAt  time.Time // when a pending payment is given up
}

// Refund is one return of all or a part of a payment.
type Refund struct {
	ID        ids.Refund
	Payment   ids.Payment
	Merchant  ids.Merchant
	RefundNo  string
	Amount    money.Amount
	Reason    string
	CreatedAt time.Time
}

// Credit is a top-up: money that a payer brought in, once per reference.
type Credit struct {
	ID        ids.TopUp
	Payer     ids.Payer
	Reference string
	Amount    money.Amount
	CreatedAt time.Time
}

// DeclineCode says why a payment was declined. The values are part of the HTTP contract.
type DeclineCode string

// The reasons for a decline.
const (
	CodeMalformed        DeclineCode = "code_malformed"
	CodeInvalid          DeclineCode = "code_invalid" // unknown alias or wrong token: indistinguishable
	CodeExpired          DeclineCode = "code_expired"
	CodeUsed             DeclineCode = "code_used"
	DeviceFrozen         DeclineCode = "device_frozen"
	DeviceExpired        DeclineCode = "device_expired" // not synced within the seed's lifetime
	TooManyAttempts      DeclineCode = "too_many_attempts"
	InsufficientFunds    DeclineCode = "insufficient_funds"
	LimitPerPayment      DeclineCode = "limit_per_payment"
	LimitPerDay          DeclineCode = "limit_per_day"
	LimitCount           DeclineCode = "limit_count"
	ConfirmationRejected DeclineCode = "confirmation_rejected"
	ConfirmationTimeout  DeclineCode = "confirmation_timeout"
	NeedsNetwork         DeclineCode = "needs_network"
	MerchantSuspended    DeclineCode = "merchant_suspended"
	CurrencyMismatch     DeclineCode = "currency_mismatch"
	// OrderSuperseded is for an attempt that was never decided: its server
	// died, and the order went on to another code.
	OrderSuperseded DeclineCode = "order_superseded"
)
