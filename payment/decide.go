package payment

import (
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// State is all that Decide looks at: the time, and the rows that the command
// named, nil where there is none.
type State struct {
	Now         time.Time
	Zone        *time.Location // in which the issuer's day begins at midnight
	Profile     paycode.Profile
	Payment     *Payment
	Refund      *Refund
	Credit      *Credit
	Scanned     *ids.Payment // what was paid before under the command's Scan
	Device      *Device
	Seeds       []paycode.Seed               // of Device.Seeds, in that order
	Secret      *paycode.AuthenticatorSecret // of Device, when the code is that of an authenticator
	Online      *OnlineCode
	Payer       *Payer
	Purse       *Purse
	Wrong       Wrong  // codes for this alias from this merchant
	WrongAll    Wrong  // codes for this alias from all merchants
	Reachable   bool   // the payer can be asked now
	Loans       []Loan // that Payer has not repaid, oldest first; only where the command asks for them
	CreditLimit int64  // of Payer, in minor units; likewise
}

// day numbers the issuer's day of t: days since 1970.
func (s State) day(t time.Time) int64 {
	y, m, d := t.In(s.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// Effects is what becomes of a command: what the caller is told, and what is
// to be written with it in one transaction.
type Effects struct {
	Err     error    // why the command was refused; then nothing is written
	Payment *Payment // as it is now
	// PayerName is what its payer is called, where he was looked at.
	PayerName string
	Refund    *Refund
	Credit    *Credit

	Changed  bool     // Payment, Refund or Credit is to be written
	Scan     *ScanKey // is to be remembered as Payment's
	Device   *Device
	Online   *OnlineCode
	Purse    *Purse
	Wrong    map[WrongKey]Wrong
	Txn      [16]byte // names the transaction of Postings
	FirstLeg int      // number of the first of Postings within it
	Postings []ledger.Posting
	PostedAt time.Time
	Fee      *Transaction // what the operator keeps or gives back
	Event    *Event
	Loans    []Loan       // made or repaid
	Lent     *Transaction // that put a loan into the purse, before Postings took it out
	Owing    *Event       // that the payer has begun or ceased to be in debt
	// Guessed says that the code was wrong, which counts against the merchant.
	Guessed bool
}

// Decide says what becomes of a command. It is pure, and it is the only place
// where it is decided whether money moves.
func Decide(s State, c Command) Effects {
	e := decide(s, c)
	if e.Payment != nil && s.Payer != nil && s.Payer.ID == e.Payment.Payer {
		e.PayerName = s.Payer.Name
	}
	return e
}

func decide(s State, c Command) Effects {
	switch c := c.(type) {
	case Charge:
		return decideCharge(s, c)
	case Confirm:
		return decideConfirm(s, c)
	case Expire:
		return decideExpire(s, c)
	case Cancel:
		return decideCancel(s, c)
	case Supersede:
		return decideSupersede(s, c)
	case Refunding:
		return decideRefund(s, c)
	case TopUp:
		return decideTopUp(s, c)
	case Fare:
		return decideFare(s, c)
	}
	panic("payment: a command without a rule")
}

func refuse(err error) Effects { return Effects{Err: err} }

// unchanged answers what the payment is.
func unchanged(p Payment) Effects { return Effects{Payment: &p} }

// decline ends p without moving money.
func (e Effects) decline(s State, p Payment, code DeclineCode, event ids.Event) Effects {
	p.Status, p.Decline, p.SettledAt, p.ExpiresAt = Declined, code, s.Now, time.Time{}
	return e.with(p, event, EventDeclined)
}

// with has p written and the event told.
func (e Effects) with(p Payment, event ids.Event, kind EventKind) Effects {
	e.Payment, e.Changed = &p, true
	e.Event = &Event{ID: event, Kind: kind, Payer: p.Payer, Device: p.Device, Merchant: p.Merchant, Payment: p.ID}
	return e
}

// post moves money by a pair of postings, of which the payer's side moves the
// purse at once and the other side is a credit rolled up later.
func (e Effects) post(s State, purse Purse, txn [16]byte, firstLeg int, payerGets money.Amount, other ledger.Account) Effects {
	e.Txn, e.FirstLeg, e.PostedAt = txn, firstLeg, s.Now
	e.Postings = ledger.Transfer(other, ledger.Payer(purse.Payer), payerGets)
	purse.Balance.Minor += payerGets.Minor
	e.Purse = &purse
	e.Event.Credit = e.Postings[0]
	return e
}
