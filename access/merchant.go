package access

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// MerchantStatus is whether a merchant may sell.
type MerchantStatus string

// The states of a merchant.
const (
	MerchantActive    MerchantStatus = "active"
	MerchantSuspended MerchantStatus = "suspended" // may look up, cancel and refund, but not charge
)

// Merchant is who is paid.
type Merchant struct {
	ID        ids.Merchant
	Name      string
	Currency  money.Currency // the only one that he charges in
	Status    MerchantStatus
	CreatedAt time.Time
	FeeBP     int // what the operator keeps of each payment, in basis points
}

// CreateMerchant makes a merchant. Asked again, it makes another one.
func (s *Service) CreateMerchant(ctx context.Context, name, currency string) (Merchant, error) {
	if err := field.Text("name", name, 1, 80); err != nil {
		return Merchant{}, err
	}
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return Merchant{}, field.Wrong("currency", "must be an ISO 4217 code in use")
	}
	now := s.Now()
	m := Merchant{ids.New[ids.Merchant](s.ids, now, s.ids.AnyBucket()), name, c, MerchantActive, now, 0}
	if err := s.Store.AddMerchant(ctx, m); err != nil {
		return Merchant{}, fmt.Errorf("add merchant: %w", err)
	}
	return m, nil
}

// Merchant answers a merchant, or ErrNotFound.
func (s *Service) Merchant(ctx context.Context, id ids.Merchant) (Merchant, error) {
	return s.Store.Merchant(ctx, id)
}

// SetFee has the operator keep so many basis points, 0 to 10 000, of what the
// merchant is paid from now on. ErrNotFound when there is none.
func (s *Service) SetFee(ctx context.Context, id ids.Merchant, bp int) error {
	if err := field.Number("fee_bp", int64(bp), 0, money.BasisPoints); err != nil {
		return err
	}
	return s.Store.SetMerchantFee(ctx, id, bp)
}

// Suspend stops a merchant from charging, until Resume. ErrNotFound when there
// is none; one who is suspended stays so.
func (s *Service) Suspend(ctx context.Context, id ids.Merchant) error {
	return s.Store.SetMerchantStatus(ctx, id, MerchantSuspended)
}

// Resume lets a suspended merchant charge again. Errors as for Suspend.
func (s *Service) Resume(ctx context.Context, id ids.Merchant) error {
	return s.Store.SetMerchantStatus(ctx, id, MerchantActive)
}
