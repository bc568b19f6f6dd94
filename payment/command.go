package payment

import (
	"errors"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// What a command may be refused with. A refused command changes nothing.
var (
	// ErrNotFound is for a payment or payer that is not there, or not the caller's.
	ErrNotFound = errors.New("payment: not found")
	// ErrOrderConflict is for an order number that was used with another amount.
	ErrOrderConflict = errors.New("payment: the order number was used with another amount")
	// ErrRefundConflict is for a refund number that was used with another amount.
	ErrRefundConflict = errors.New("payment: the refund number was used with another amount")
	// ErrRefundExceeds is for refunds of more in all than was paid.
	ErrRefundExceeds = errors.New("payment: more would be refunded than was paid")
	// ErrNotRefundable is for a refund of a payment that did not succeed.
	ErrNotRefundable = errors.New("payment: only a successful payment can be refunded")
	// ErrNotCancelable is for the cancel of a payment that was refunded already.
	ErrNotCancelable = errors.New("payment: already refunded, refund the rest instead")
	// ErrDeviceInactive is for a confirmation by a device that is frozen or
	// revoked: whoever found the phone must not say yes.
	ErrDeviceInactive = errors.New("payment: the device is frozen or revoked")
	// ErrNotPending is for an answer to a confirmation that nobody waits for.
	ErrNotPending = errors.New("payment: nothing waits for this confirmation")
	// ErrOrderTaken is for an order that somebody else pays or has paid, or that is closed.
	ErrOrderTaken = errors.New("payment: the order is paid or closed already")
	// ErrScanConflict is for a reference under which the payer has paid something else.
	ErrScanConflict = errors.New("payment: the reference was used for another payment")
	// ErrCreditConflict is for a top-up reference that was used with another amount.
	ErrCreditConflict = errors.New("payment: the reference was used with another amount")
)

// Command is something that may move money: Charge, Confirm, Expire, Cancel,
// Supersede, Refunding, TopUp or Fare. Identifiers of what it may write are drawn
// before, so that a command that is tried again writes the same rows.
type Command interface {
	// need says which rows the command touches.
	need() Need
	// bucket says where they are kept.
	bucket(buckets int) int
}

// Need names the rows that a command touches; zero fields name nothing.
type Need struct {
	Payment   ids.Payment // with its payer and purse
	Fresh     bool        // Payment's id was drawn just now: the payment cannot be there
	RefundNo  string      // a refund of Payment
	Code      paycode.Code
	Online    [32]byte     // SHA-256 of the digits, when Code is an online one
	Merchant  ids.Merchant // whose wrong codes for Code's alias are counted
	Minor     int64        // that Code is to pay: above the payer's ConfirmAbove he must be reachable
	Device    ids.Device   // that answers a confirmation
	Payer     ids.Payer    // with his purse
	Reference string       // a top-up of Payer
	Scan      ScanKey      // what a payer pays by a shop's code
	Loans     bool         // what Payer owes and may owe
	Claim     *Claim       // an order of the same bucket, to be claimed for Payment
}

// Charge asks for money by a payer's code; or, with a Scan, because the payer
// himself says so, by Device.
type Charge struct {
	ID         ids.Payment // as the order's claim says
	Fresh      bool        // the order was claimed just now
	Merchant   Merchant
	OrderNo    string
	Amount     money.Amount
	Code       paycode.Code       // zero when it could not be read
	Online     [32]byte           // SHA-256 of an online code's digits
	Challenge  *paycode.Challenge // what the till says its reader sent
	Subject    string
	TerminalID string
	Event      ids.Event
	Scan       ScanKey    // zero for a code
	Device     ids.Device // of Scan.Payer; zero for a code
	Claim      *Claim     // of an order that is not claimed yet; Merchant is then but an ID
}

func (c Charge) need() Need {
	return Need{
		Payment: c.ID, Fresh: c.Fresh, Code: c.Code, Online: c.Online, Merchant: c.Merchant.ID, Minor: c.Amount.Minor,
		Payer: c.Scan.Payer, Device: c.Device, Scan: c.Scan, Claim: c.Claim,
	}
}
func (c Charge) bucket(n int) int { return c.ID.Bucket(n) }

// Confirm is the payer's answer to a pending payment.
type Confirm struct {
	ID     ids.Payment
	Device ids.Device // of the payer, who answers with it
	Accept bool
	Event  ids.Event
}

func (c Confirm) need() Need       { return Need{Payment: c.ID, Device: c.Device} }
func (c Confirm) bucket(n int) int { return c.ID.Bucket(n) }

// Expire gives a pending payment up when its time is over.
type Expire struct {
	ID    ids.Payment
	Event ids.Event
}

func (c Expire) need() Need       { return Need{Payment: c.ID} }
func (c Expire) bucket(n int) int { return c.ID.Bucket(n) }

// Cancel undoes a payment, or makes one impossible that was never decided.
type Cancel struct {
	ID       ids.Payment
	Merchant ids.Merchant
	OrderNo  string       // for a payment that is written now
	Amount   money.Amount // likewise, as the order's claim says
	Event    ids.Event
	Cleared  ids.Event // tells that the payer owes nothing any more, when it has come to that
}

func (c Cancel) need() Need       { return Need{Payment: c.ID} }
func (c Cancel) bucket(n int) int { return c.ID.Bucket(n) }

// Supersede makes sure that an attempt can never succeed, so that its order
// may go on to another one.
type Supersede struct {
	ID       ids.Payment
	Merchant ids.Merchant
	OrderNo  string
	Amount   money.Amount
}

func (c Supersede) need() Need       { return Need{Payment: c.ID} }
func (c Supersede) bucket(n int) int { return c.ID.Bucket(n) }

// Refunding gives back all or a part of a payment, once per number.
type Refunding struct {
	ID       ids.Refund
	Payment  ids.Payment
	Merchant ids.Merchant
	RefundNo string
	Minor    int64 // minor units of the payment's currency
	Reason   string
	Event    ids.Event
	Cleared  ids.Event // as of a Cancel
}

func (c Refunding) need() Need       { return Need{Payment: c.Payment, RefundNo: c.RefundNo} }
func (c Refunding) bucket(n int) int { return c.Payment.Bucket(n) }

// TopUp adds money to a payer's purse, once per reference, and pays his debts
// from it, oldest first.
type TopUp struct {
	ID          ids.TopUp
	Payer       ids.Payer
	Reference   string
	Minor       int64 // minor units of the payer's currency
	RepayCredit bool  // what debts leave of it repays what he has used of his credit line
	Event       ids.Event
	Cleared     ids.Event // as of a Cancel
}

func (c TopUp) need() Need       { return Need{Payer: c.Payer, Reference: c.Reference, Loans: true} }
func (c TopUp) bucket(n int) int { return c.Payer.Bucket(n) }

// EventKind says what happened, in the words of the HTTP contract.
type EventKind string

// The events that payments cause.
const (
	EventSucceeded        EventKind = "payment.succeeded"
	EventDeclined         EventKind = "payment.declined"
	EventCanceled         EventKind = "payment.canceled"
	EventRefunded         EventKind = "payment.refunded"
	EventConfirmRequested EventKind = "payment.confirm_requested"
	EventToppedUp         EventKind = "payer.topped_up"
	EventRideDebt         EventKind = "ride.debt"      // a payer could not pay a ride
	EventRideDebtPaid     EventKind = "ride.debt_paid" // he owes nothing for rides any more
)

// Event is what the outbox carries: what happened, to whom, and the credit of
// an account that is rolled up later so that nobody waits for its row.
type Event struct {
	ID       ids.Event
	Kind     EventKind
	Payer    ids.Payer
	Device   ids.Device
	Merchant ids.Merchant
	Payment  ids.Payment
	Refund   ids.Refund
	Credit   ledger.Posting // the zero Posting when no money moved
	Fee      int64          // minor units that the operator's fees are credited with besides
}
