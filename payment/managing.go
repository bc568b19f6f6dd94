package payment

import (
	"context"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Confirm is the payer's answer to a pending payment, by one of his devices.
// ErrNotFound unless it is his, ErrDeviceInactive, ErrNotPending when it is too
// late; the same answer again changes nothing.
func (p *Processor) Confirm(ctx context.Context, id ids.Payment, device ids.Device, accept bool) (Payment, error) {
	e, err := p.run(ctx, Confirm{ID: id, Device: device, Accept: accept, Event: p.event(id.Bucket(p.Buckets))})
	return paymentOf(e, err)
}

func paymentOf(e Effects, err error) (Payment, error) {
	if err != nil {
		return Payment{}, err
	}
	return *e.Payment, nil
}

// Cancel undoes a merchant's payment: reverses a success in full, stops a
// pending one, closes the order of a declined one. When the order has gone on to
// another attempt, that one is canceled and answered. Canceling again changes
// nothing. ErrNotFound, ErrNotCancelable.
func (p *Processor) Cancel(ctx context.Context, id ids.Payment, merchant ids.Merchant) (Payment, error) {
	if _, err := p.Store.Payment(ctx, id); err != nil {
		return Payment{}, err // an id is never made here: only an order can be closed unseen
	}
	pay, err := paymentOf(p.run(ctx, Cancel{ID: id, Merchant: merchant, Event: p.event(id.Bucket(p.Buckets)), Cleared: p.event(id.Bucket(p.Buckets))}))
	if err == nil && pay.Superseded {
		return p.CancelOrder(ctx, merchant, pay.OrderNo) // the order went on: what is to be undone is what it is at
	}
	return pay, err
}

// CancelOrder cancels whatever attempt an order is at. An order that was never
// seen is closed: from then on its number only ever answers "canceled".
func (p *Processor) CancelOrder(ctx context.Context, merchant ids.Merchant, orderNo string) (Payment, error) {
	if err := p.lanes.admit(p.claimLane(merchant)); err != nil {
		return Payment{}, err
	}
	for {
		want := p.newClaim(merchant, orderNo, money.Amount{}, p.bucketOfOrder(merchant, orderNo), [16]byte{})
		held, err := p.claim(ctx, want)
		if err != nil {
			return Payment{}, err
		}
		amount := held.Amount
		if amount.Currency == "" {
			amount.Currency = held.Terms.Currency
		}
		pay, err := paymentOf(p.goOn(ctx, Cancel{
			ID: held.Payment, Merchant: merchant, OrderNo: orderNo, Amount: amount,
			Event: p.event(held.Payment.Bucket(p.Buckets)), Cleared: p.event(held.Payment.Bucket(p.Buckets)),
		}))
		if err != nil || !pay.Superseded {
			return pay, err
		}
		want.Amount = held.Amount
		if err := p.Store.MoveClaim(ctx, held.Claim, want, pay.Decline != OrderSuperseded); err != nil {
			return Payment{}, err
		}
	}
}

// Refund gives back a part of a merchant's payment, once per refund number;
// the same number and amount again answers the same refund and false.
// minor is at least 1. ErrNotFound, ErrRefundConflict, ErrRefundExceeds, ErrNotRefundable.
func (p *Processor) Refund(ctx context.Context, id ids.Payment, merchant ids.Merchant, refundNo string, minor int64, reason string) (Refund, bool, error) {
	now, bucket := p.Clock.Now(), id.Bucket(p.Buckets)
	e, err := p.run(ctx, Refunding{
		ID: ids.New[ids.Refund](p.ids, now, bucket), Payment: id, Merchant: merchant, RefundNo: refundNo, Minor: minor, Reason: reason,
		Event: p.event(bucket), Cleared: p.event(bucket),
	})
	if err != nil {
		return Refund{}, false, err
	}
	return *e.Refund, e.Changed, nil
}

// TopUp adds minor units, at least 1, to a payer's purse, once per reference;
// the same reference and amount again answers the same credit and false. Debts
// are paid from it, and if repayCredit what he has used of his credit line.
// ErrNotFound, ErrCreditConflict.
func (p *Processor) TopUp(ctx context.Context, payer ids.Payer, reference string, minor int64, repayCredit bool) (Credit, bool, error) {
	bucket := payer.Bucket(p.Buckets)
	e, err := p.run(ctx, TopUp{
		ID: ids.New[ids.TopUp](p.ids, p.Clock.Now(), bucket), Payer: payer, Reference: reference, Minor: minor, RepayCredit: repayCredit,
		Event: p.event(bucket), Cleared: p.event(bucket),
	})
	if err != nil {
		return Credit{}, false, err
	}
	return *e.Credit, e.Changed, nil
}

// Payment answers a merchant's payment. ErrNotFound.
func (p *Processor) Payment(ctx context.Context, id ids.Payment, merchant ids.Merchant) (Payment, error) {
	pay, err := p.Store.Payment(ctx, id)
	if err == nil && pay.Merchant != merchant {
		return Payment{}, ErrNotFound
	}
	return pay, err
}

// Order answers the attempt that a merchant's order is at. ErrNotFound also
// while the first attempt is not yet decided: whoever asks then may cancel the
// order, or ask again.
func (p *Processor) Order(ctx context.Context, merchant ids.Merchant, orderNo string) (Payment, error) {
	claim, err := p.Store.Order(ctx, merchant, orderNo)
	if err != nil {
		return Payment{}, err
	}
	return p.Store.Payment(ctx, claim.Payment)
}

// Balance is what a payer can spend. ErrNotFound.
func (p *Processor) Balance(ctx context.Context, payer ids.Payer) (money.Amount, error) {
	return p.Store.Balance(ctx, payer)
}
