//go:build mutant_limit_twice

package payment

import (
	"context"
	"maps"
)

func planted(s Store) Store { return countsTwice{s} }

// countsTwice counts a payment that the payer had to confirm against the limits
// of his day twice.
type countsTwice struct{ Store }

func (s countsTwice) Update(ctx context.Context, bucket int, needs []Need, decide func(*Rows)) error {
	return s.Store.Update(ctx, bucket, needs, func(r *Rows) {
		before := maps.Clone(r.Payments)
		decide(r)
		for id, was := range before {
			if p := r.Payments[id]; was.Status == Pending && p.Status == Succeeded && isOffline(p.Method) {
				purse := r.Purses[p.Payer]
				purse.DaySpent += p.Amount.Minor
				purse.DayCount++
				r.Purses[p.Payer] = purse
			}
		}
	})
}
