package payment

import (
	"time"

	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

// decideConfirm takes the money of a pending payment, or gives it up, as the
// payer says. Limits and funds are looked at again: both may have been used meanwhile.
func decideConfirm(s State, c Confirm) Effects {
	p := s.Payment
	switch {
	case s.Device == nil:
		return refuse(ErrNotFound)
	case s.Device.Status != DeviceActive:
		return refuse(ErrDeviceInactive)
	case p == nil || p.Payer != s.Device.Payer:
		return refuse(ErrNotFound)
	case c.Accept && p.Status == Succeeded, !c.Accept && p.Decline == ConfirmationRejected:
		return unchanged(*p) // the same answer again
	case p.Status != Pending:
		return refuse(ErrNotPending)
	case !s.Now.Before(p.ExpiresAt):
		return Effects{}.decline(s, *p, ConfirmationTimeout, c.Event)
	case !c.Accept:
		return Effects{}.decline(s, *p, ConfirmationRejected, c.Event)
	}
	if code := refuseMoney(s, *p); code != "" {
		return Effects{}.decline(s, *p, code, c.Event)
	}
	taken := *p
	taken.ExpiresAt = time.Time{}
	return Effects{}.take(s, taken, c.Event)
}

// decideExpire gives up a payment that nobody confirmed in time.
func decideExpire(s State, c Expire) Effects {
	switch p := s.Payment; {
	case p == nil:
		return refuse(ErrNotFound)
	case p.Status != Pending || s.Now.Before(p.ExpiresAt):
		return unchanged(*p)
	default:
		return Effects{}.decline(s, *p, ConfirmationTimeout, c.Event)
	}
}

// decideCancel leaves the merchant with nothing and the payer with everything.
// A payment that was never decided is written as canceled, so that it never can be.
func decideCancel(s State, c Cancel) Effects {
	p := s.Payment
	if p == nil {
		return Effects{}.cancel(s, Payment{ID: c.ID, Merchant: c.Merchant, OrderNo: c.OrderNo, Amount: c.Amount, CreatedAt: s.Now}, c)
	}
	switch {
	case p.Merchant != c.Merchant:
		return refuse(ErrNotFound)
	case p.Status == Canceled, p.Superseded:
		return unchanged(*p)
	case p.Status == Refunded, p.Status == PartiallyRefunded:
		return refuse(ErrNotCancelable)
	case p.Status == Succeeded:
		purse := s.Purse.on(s.day(s.Now))
		if isOffline(p.Method) && s.day(p.SettledAt) == purse.Day {
			purse.DaySpent -= p.Amount.Minor
			purse.DayCount--
		}
		// Legs 2 and 3 of the payment's own transaction: it can be reversed once only.
		return Effects{}.cancel(s, *p, c).post(s, purse, p.ID, 2, p.Amount, ledger.Merchant(p.Merchant)).
			keep(s, *p, feeCanceledLeg, -p.Fee).repay(s, repayment{own: p.ID, back: p.Amount.Minor, cleared: c.Cleared})
	default:
		return Effects{}.cancel(s, *p, c)
	}
}

func (e Effects) cancel(s State, p Payment, c Cancel) Effects {
	p.Status, p.SettledAt, p.ExpiresAt = Canceled, s.Now, time.Time{}
	return e.with(p, c.Event, EventCanceled)
}

// decideSupersede marks an attempt that can never succeed any more, or answers
// what it is when it can or did.
func decideSupersede(s State, c Supersede) Effects {
	p := s.Payment
	switch {
	case p == nil:
		return Effects{Changed: true, Payment: &Payment{
			ID: c.ID, Merchant: c.Merchant, OrderNo: c.OrderNo, Amount: c.Amount, CreatedAt: s.Now, SettledAt: s.Now,
			Status: Declined, Decline: OrderSuperseded, Superseded: true,
		}}
	case p.Merchant != c.Merchant:
		return refuse(ErrNotFound)
	case p.Status != Declined || p.Superseded:
		return unchanged(*p)
	}
	gone := *p
	gone.Superseded = true
	return Effects{Payment: &gone, Changed: true}
}

// decideRefund gives back a part, once per number and never more than was paid.
func decideRefund(s State, c Refunding) Effects {
	p := s.Payment
	switch {
	case p == nil || p.Merchant != c.Merchant:
		return refuse(ErrNotFound)
	case s.Refund != nil && s.Refund.Amount.Minor != c.Minor:
		return refuse(ErrRefundConflict)
	case s.Refund != nil:
		return Effects{Payment: p, Refund: s.Refund}
	case p.Status != Succeeded && p.Status != PartiallyRefunded && p.Status != Refunded:
		return refuse(ErrNotRefundable)
	case c.Minor > p.Amount.Minor-p.Refunded:
		return refuse(ErrRefundExceeds)
	}
	after := *p
	after.Refunded += c.Minor
	after.Status = PartiallyRefunded
	if after.Refunded == after.Amount.Minor {
		after.Status = Refunded
	}
	amount := money.Amount{Minor: c.Minor, Currency: p.Amount.Currency}
	e := Effects{Refund: &Refund{
		ID: c.ID, Payment: p.ID, Merchant: p.Merchant, RefundNo: c.RefundNo, Amount: amount, Reason: c.Reason, CreatedAt: s.Now,
	}}
	e = e.with(after, c.Event, EventRefunded)
	e.Event.Refund = c.ID
	return e.post(s, *s.Purse, c.ID, 0, amount, ledger.Merchant(p.Merchant)).
		keep(s, *p, feeLeg, p.FeeBack()-after.FeeBack()).repay(s, repayment{own: p.ID, back: c.Minor, cleared: c.Cleared})
}

// decideTopUp adds money once per reference, and pays debts from it.
func decideTopUp(s State, c TopUp) Effects {
	switch {
	case s.Payer == nil:
		return refuse(ErrNotFound)
	case s.Credit != nil && s.Credit.Amount.Minor != c.Minor:
		return refuse(ErrCreditConflict)
	case s.Credit != nil:
		return Effects{Credit: s.Credit}
	}
	amount := money.Amount{Minor: c.Minor, Currency: s.Payer.Currency}
	if _, err := s.Purse.Balance.Add(amount); err != nil {
		return refuse(err)
	}
	e := Effects{
		Changed: true,
		Credit:  &Credit{ID: c.ID, Payer: c.Payer, Reference: c.Reference, Amount: amount, CreatedAt: s.Now},
		Event:   &Event{ID: c.Event, Kind: EventToppedUp, Payer: c.Payer},
	}
	r := repayment{cleared: c.Cleared}
	if c.RepayCredit {
		r.credit = c.Minor
	}
	return e.post(s, *s.Purse, c.ID, 0, amount, ledger.Cash()).repay(s, r)
}
