package issuing

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Payer is a person or purse with an account.
type Payer struct {
	payment.Payer
	ExternalID string // what the operator calls him
	CreatedAt  time.Time
	Devices    []Device // oldest first
}

// NewPayer asks for a payer.
type NewPayer struct {
	ExternalID string // 1 to 128 characters
	Currency   string // ISO 4217
	Name       string // at most 80 characters; may be empty
}

// CreatePayer answers the payer with this external id and makes him when there
// is none. ErrPayerConflict when he has another currency; a name that differs
// is not looked at.
//
// The external id is claimed first, in a transaction of its own, because its
// row is kept elsewhere than the payer's. A crash between the two leaves a claim
// without a payer, and whoever asks next makes the payer under the claimed id.
func (s *Service) CreatePayer(ctx context.Context, n NewPayer) (Payer, error) {
	want, err := s.payer(n)
	if err != nil {
		return Payer{}, err
	}
	if want.ID, err = s.Store.ClaimExternalID(ctx, n.ExternalID, want.ID); err != nil {
		return Payer{}, fmt.Errorf("claim external id: %w", err)
	}
	got, err := s.Store.AddPayer(ctx, want)
	if err != nil {
		return Payer{}, fmt.Errorf("add payer: %w", err)
	}
	if got.Currency != want.Currency {
		return Payer{}, ErrPayerConflict
	}
	return s.Store.Payer(ctx, got.ID)
}

// payer is the payer asked for, with an id in a bucket drawn at random: payers
// spread evenly whatever their external ids look like.
func (s *Service) payer(n NewPayer) (Payer, error) {
	if err := field.Text("external_id", n.ExternalID, 1, 128); err != nil {
		return Payer{}, err
	}
	if err := field.Text("name", n.Name, 0, 80); err != nil {
		return Payer{}, err
	}
	currency, err := money.ParseCurrency(n.Currency)
	if err != nil {
		return Payer{}, field.Wrong("currency", "must be an ISO 4217 code in use")
	}
	now := s.Now()
	id := ids.New[ids.Payer](s.ids, now, s.ids.AnyBucket())
	return Payer{
		Payer:      payment.Payer{ID: id, Name: n.Name, Currency: currency, Limits: s.Limits},
		ExternalID: n.ExternalID, CreatedAt: now,
	}, nil
}

// Payer answers a payer with his devices, or ErrNotFound.
func (s *Service) Payer(ctx context.Context, id ids.Payer) (Payer, error) {
	return s.Store.Payer(ctx, id)
}

// SetLimits replaces the limits of a payer. They hold from the next payment on.
func (s *Service) SetLimits(ctx context.Context, id ids.Payer, l payment.Limits) error {
	if err := checkLimits(l); err != nil {
		return err
	}
	return s.Store.SetLimits(ctx, id, l)
}

// maxCountPerDay keeps a day's count far from overflowing.
const maxCountPerDay = 1_000_000

func checkLimits(l payment.Limits) error {
	for _, f := range []struct {
		name        string
		value, most int64
	}{
		{"per_payment", l.PerPayment, money.MaxMinor},
		{"per_day", l.PerDay, money.MaxMinor},
		{"count_per_day", l.CountPerDay, maxCountPerDay},
		{"confirm_above", l.ConfirmAbove, money.MaxMinor},
	} {
		if err := field.Number(f.name, f.value, 0, f.most); err != nil {
			return err
		}
	}
	return nil
}
