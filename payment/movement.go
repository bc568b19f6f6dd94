package payment

import (
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// MovementKind says why a merchant's account moved.
type MovementKind string

// The reasons for a movement of a merchant's account.
const (
	MovedByPayment MovementKind = "payment"
	MovedByCancel  MovementKind = "cancel" // all of a payment, taken back
	MovedByRefund  MovementKind = "refund"
	MovedByPayout  MovementKind = "payout"        // what the merchant was paid
	MovedByReturn  MovementKind = "payout_return" // a payout that the bank sent back
)

// Movement is one change of a merchant's account, with the payment or the
// payout that it belongs to: what was paid, what a cancel took back, what a
// refund gave back, what was paid out, or what came back of that.
type Movement struct {
	Kind       MovementKind
	At         time.Time    // when it was posted
	Amount     money.Amount // positive when the merchant is owed more by it
	Fee        int64        // minor units that the account moved by besides: less than 0 when kept, more when given back
	FeeBP      int          // the payment's rate
	Payment    ids.Payment
	Payer      ids.Payer
	OrderNo    string
	Method     Method
	Subject    string
	TerminalID string
	BegunAt    time.Time  // when the payment was made
	Refund     ids.Refund // zero but for a refund
	RefundNo   string
	Payout     ids.Payout // zero but for a payout and its return
	PayoutNo   string
}
