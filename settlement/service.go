package settlement

import (
	"context"
	"io"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Config is what a Service works with. All fields are needed.
type Config struct {
	Store   Store
	Now     func() time.Time // the clock
	Random  io.Reader        // a CSPRNG
	Buckets int              // of the store
}

// Service pays merchants. Several servers may each have one on one database.
type Service struct {
	Config
	ids ids.Maker
}

// New is a service.
func New(c Config) *Service {
	return &Service{Config: c, ids: ids.Maker{Random: c.Random, Buckets: c.Buckets}}
}

// Store keeps payouts. Whatever a method has written is durable when it returns
// without an error.
type Store interface {
	// Settle loads the payout under a merchant's number, has decide say what
	// becomes of it, and writes that in the same transaction. No two of one
	// merchant run at a time. decide's error undoes it and is answered; it is
	// called again when the transaction has lost a race. State.Now is left to it.
	Settle(ctx context.Context, merchant ids.Merchant, no string, decide func(State) (Change, error)) (Change, error)
	// Payout answers a payout by the merchant's number, or ErrNotFound.
	Payout(ctx context.Context, merchant ids.Merchant, no string) (Payout, error)
	// Payouts lists a merchant's payouts, newest first, those older than before
	// (the zero id: all), at most limit.
	Payouts(ctx context.Context, merchant ids.Merchant, before ids.Payout, limit int) ([]Payout, error)
	// Owed answers what a merchant is owed, or ErrNotFound.
	Owed(ctx context.Context, merchant ids.Merchant) (Balance, error)
}

// Balance is what a merchant is owed, in minor units of his currency.
type Balance struct {
	Currency money.Currency
	Payable  int64 // all that he is owed
	Settled  int64 // what of it can be paid out: not what was paid in the last seconds
}

// PayOut carries an order out, once per number: the same order again answers the
// same payout and false. ErrNotFound, ErrConflict, ErrExceeds, ErrCurrency.
func (s *Service) PayOut(ctx context.Context, o Order) (Payout, bool, error) {
	if err := field.Text("reference", o.Reference, 0, 128); err != nil {
		return Payout{}, false, err
	}
	o.ID = ids.New[ids.Payout](s.ids, s.Now(), o.Merchant.Bucket(s.Buckets))
	c, err := s.Store.Settle(ctx, o.Merchant, o.No, func(at State) (Change, error) {
		at.Now = s.Now()
		return decide(at, o)
	})
	return c.Payout, c.New, err
}

// Return gives the merchant back what the bank has sent back, once: again, it
// answers the same. ErrNotFound.
func (s *Service) Return(ctx context.Context, merchant ids.Merchant, no string) (Payout, error) {
	c, err := s.Store.Settle(ctx, merchant, no, func(at State) (Change, error) {
		at.Now = s.Now()
		return decideReturn(at)
	})
	return c.Payout, err
}
