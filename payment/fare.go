package payment

import (
	"context"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// Fare takes the money for a ride that is over. No limit holds, and it cannot
// fail for lack of money: the gate has let the rider through. What the purse
// does not have is lent to him.
type Fare struct {
	ID       ids.Payment // drawn by who knows the ride, once
	Loan     ids.Loan    // for the case that he must borrow
	Payer    ids.Payer
	Device   ids.Device
	Merchant ids.Merchant
	OrderNo  string
	Amount   money.Amount
	FeeBP    int  // the merchant's rate
	OnCredit bool // the pass is at the expense of the payer's credit line
	Subject  string
	Gate     string // as the payment's terminal
	Event    ids.Event
	Debt     ids.Event // tells that he is in debt, if so
}

func (c Fare) need() Need       { return Need{Payment: c.ID, Payer: c.Payer, Loans: true} }
func (c Fare) bucket(n int) int { return c.ID.Bucket(n) }

// decideFare takes the fare from the credit line or the purse, as the pass says
// and as far as it goes, or else makes it a debt: whole, so that every ride is
// either paid or owed.
func decideFare(s State, c Fare) Effects {
	switch {
	case s.Payment != nil:
		return unchanged(*s.Payment)
	case s.Payer == nil:
		return refuse(ErrNotFound)
	}
	p := Payment{
		ID: c.ID, Merchant: c.Merchant, OrderNo: c.OrderNo, Payer: c.Payer, Device: c.Device, Amount: c.Amount, Method: Pass,
		Subject: c.Subject, TerminalID: c.Gate, CreatedAt: s.Now,
	}
	if c.Amount.Currency != s.Payer.Currency {
		return Effects{}.decline(s, p, CurrencyMismatch, c.Event)
	}
	var e Effects
	kind := lender(s, c)
	if kind != 0 {
		e, s = e.lend(s, c, kind)
	}
	e = e.take(s, p.Charged(c.FeeBP), c.Event)
	if kind == ledger.PayerDebt {
		e.Owing = &Event{ID: c.Debt, Kind: EventRideDebt, Payer: c.Payer, Device: c.Device}
	}
	return e
}

// lender says at whose expense a ride is: nobody's but the purse's (0), that of
// the credit line, or that of whoever has to wait for his money.
func lender(s State, c Fare) ledger.Kind {
	switch {
	case c.OnCredit && c.Amount.Minor <= s.CreditLimit-Owed(s.Loans, ledger.PayerCredit):
		return ledger.PayerCredit
	case c.Amount.Minor <= s.Purse.Balance.Minor:
		return 0
	}
	return ledger.PayerDebt
}

// Fare takes the money for a ride, once for each ID: asked again, it answers the
// same payment. The ID must be of the payer's bucket. The payment is declined
// only where the payer has another currency. The merchant's rate is that of now.
// ErrNotFound for an unknown payer or merchant;
// ErrUnavailable, ErrOverloaded and ErrUnknownOutcome as of Charge.
func (p *Processor) Fare(ctx context.Context, f Fare) (Payment, error) {
	terms, err := p.Store.Terms(ctx, f.Merchant)
	if err != nil {
		return Payment{}, err
	}
	bucket := f.ID.Bucket(p.Buckets)
	f.FeeBP = terms.FeeBP
	f.Loan = ids.New[ids.Loan](p.ids, p.Clock.Now(), bucket)
	f.Event, f.Debt = p.event(bucket), p.event(bucket)
	return paymentOf(p.run(ctx, f))
}
