//go:build mutant_forgotten_idempotency

package payment

import "context"

func planted(s Store) Store { return forgetsOrders{s} }

// forgetsOrders takes every request for a new one, also when its order number
// was claimed before.
type forgetsOrders struct{ Store }

func (s forgetsOrders) Claim(ctx context.Context, claims []Claim) ([]Claimed, error) {
	got, err := s.Store.Claim(ctx, claims)
	for i := range got {
		got[i].Claim = claims[i]
	}
	return got, err
}
