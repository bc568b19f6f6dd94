package clearing

import (
	"context"
	"errors"
	"fmt"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// rounds is how often a rider's rides are planned again because some were being
// charged at the time: each round charges those.
const rounds = 4

// settle adds taps to a rider's rows, plans the rides of some days, and has what is
// due paid, until nothing is.
func (s *Service) settle(ctx context.Context, o Owner, add []Boarding, days Span) (copies [][32]byte, err error) {
	for round := range rounds {
		found, err := s.Store.Board(ctx, o, add, days.wider(s.Terms.PairWithin), days, s.Clock.Now(), func(taps []Boarding, rides []Ride) []Ride {
			return s.named(s.Terms.plan(taps, rides, days, s.Clock.Now()), o)
		})
		if err != nil {
			return nil, fmt.Errorf("clearing: board: %w", err)
		}
		if round == 0 {
			copies = found
		}
		left, err := s.Store.Unfinished(ctx, o, days)
		if err != nil {
			return nil, fmt.Errorf("clearing: what is to be done: %w", err)
		}
		if len(left) == 0 {
			return copies, nil
		}
		for _, r := range left {
			if !r.Work.due() {
				continue // planned again in the next round
			}
			if err := s.pay(ctx, r); err != nil {
				return nil, err
			}
		}
	}
	return copies, nil
}

// named draws identifiers for new rides and for payments that are to be made.
func (s *Service) named(rides []Ride, o Owner) []Ride {
	now, bucket := s.Clock.Now(), o.Device.Bucket(s.Buckets)
	for i := range rides {
		r := &rides[i]
		if r.ID.IsZero() {
			r.ID = ids.New[ids.Ride](s.ids, now, bucket)
		}
		if r.Work == Pay && r.Charge > 0 {
			r.Payment = ids.New[ids.Payment](s.ids, now, bucket)
		}
	}
	return rides
}

// pay sees to the payments of a ride that is due. Each may have been seen to
// before: they have names.
func (s *Service) pay(ctx context.Context, r Ride) error {
	if !r.Void.IsZero() {
		if err := s.giveBack(ctx, r); err != nil {
			return fmt.Errorf("clearing: ride %v: give back: %w", r.ID, err)
		}
	}
	if !r.Payment.IsZero() {
		_, err := s.Cashier.Fare(ctx, payment.Fare{
			ID: r.Payment, Payer: r.Payer, Device: r.Device, Merchant: r.Merchant, OrderNo: r.ID.String(),
			Amount: r.amount(), OnCredit: r.OnCredit, Subject: r.subject(), Gate: r.Gate.String(),
		})
		if err != nil {
			return fmt.Errorf("clearing: ride %v: fare: %w", r.ID, err)
		}
	}
	if err := s.Store.Settled(ctx, r, s.Clock.Now()); err != nil {
		return fmt.Errorf("clearing: ride %v: %w", r.ID, err)
	}
	return nil
}

// giveBack cancels the payment that a ride should not have made. When its merchant
// has refunded it by himself, there is nothing to give back.
func (s *Service) giveBack(ctx context.Context, r Ride) error {
	_, err := s.Cashier.Cancel(ctx, r.Void, r.Merchant)
	if errors.Is(err, payment.ErrNotCancelable) {
		s.Log.Warn("a ride's payment was refunded by its merchant before it was corrected", "ride", r.ID, "payment", r.Void)
		return nil
	}
	return err
}
