// Package settlement pays merchants what they are owed. What payers pay gathers
// in an account of each merchant; a payout moves money from it to the operator's
// cash, which leaves the house by a bank. A payout that the bank sends back is
// returned, once.
//
// A merchant's account has a row in every bucket that he was paid from. Payouts
// are posted in the merchant's own bucket, one after the other, so that they
// never take more than there is in all; what is there in other buckets can only
// become less by cancels and refunds, which may always leave a merchant in debt.
package settlement

import (
	"errors"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// What a payout may be refused with. Then nothing was moved.
var (
	// ErrNotFound is for an unknown merchant or payout.
	ErrNotFound = errors.New("settlement: not found")
	// ErrConflict is for a payout number that was used with other data.
	ErrConflict = errors.New("settlement: the payout number was used with other data")
	// ErrExceeds is for more than the merchant has, or for all where he has nothing.
	ErrExceeds = errors.New("settlement: more would be paid out than the merchant has")
	// ErrCurrency is for another currency than the merchant's.
	ErrCurrency = errors.New("settlement: not the merchant's currency")
)

// Payout is money that was paid to a merchant.
type Payout struct {
	ID         ids.Payout
	Merchant   ids.Merchant
	No         string // the operator's number: one payout for each number and merchant
	Amount     money.Amount
	Reference  string // what the operator says of it, such as the bank's number
	CreatedAt  time.Time
	ReturnedAt time.Time // when it was sent back; else zero
}

// Order is a payout that is asked for. Its identifier is drawn before, so that
// one that is tried again writes the same rows.
type Order struct {
	ID        ids.Payout
	Merchant  ids.Merchant
	No        string
	Minor     int64 // minor units; 0 for all that is there
	Currency  money.Currency
	Reference string
}

// State is what a decision looks at.
type State struct {
	Now      time.Time
	Currency money.Currency // the merchant's
	Settled  int64          // minor units that can be paid out
	Payout   *Payout        // under the number, nil for none
}

// Change is what becomes of it: the payout as it is now, and what is to be
// written with it in one transaction.
type Change struct {
	Payout   Payout
	New      bool // the payout is to be inserted
	Returned bool // ReturnedAt is to be written
	FirstLeg int  // number of the first of Postings within the payout's transaction
	Postings []ledger.Posting
}

// decide says what becomes of an order. A number that was used answers the
// payout that it was used for: also for an order of all, which named no amount.
func decide(s State, o Order) (Change, error) {
	if p := s.Payout; p != nil {
		if o.Minor != 0 && o.Minor != p.Amount.Minor || o.Currency != p.Amount.Currency || o.Reference != p.Reference {
			return Change{}, ErrConflict
		}
		return Change{Payout: *p}, nil
	}
	if o.Currency != s.Currency {
		return Change{}, ErrCurrency
	}
	if o.Minor == 0 {
		o.Minor = s.Settled
	}
	if o.Minor <= 0 || o.Minor > s.Settled {
		return Change{}, ErrExceeds
	}
	p := Payout{
		ID: o.ID, Merchant: o.Merchant, No: o.No, Amount: money.Amount{Minor: o.Minor, Currency: o.Currency}, Reference: o.Reference, CreatedAt: s.Now,
	}
	return Change{Payout: p, New: true, Postings: ledger.Transfer(ledger.Merchant(p.Merchant), ledger.Cash(), p.Amount)}, nil
}

// decideReturn gives a payout back to the merchant. Legs 2 and 3 of its own
// transaction: it can be returned once only.
func decideReturn(s State) (Change, error) {
	p := s.Payout
	switch {
	case p == nil:
		return Change{}, ErrNotFound
	case !p.ReturnedAt.IsZero():
		return Change{Payout: *p}, nil
	}
	back := *p
	back.ReturnedAt = s.Now
	return Change{Payout: back, Returned: true, FirstLeg: 2, Postings: ledger.Transfer(ledger.Merchant(p.Merchant), ledger.Cash(), p.Amount.Negate())}, nil
}
