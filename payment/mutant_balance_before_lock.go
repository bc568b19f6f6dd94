//go:build mutant_balance_before_lock

package payment

import (
	"context"
	"maps"

	"github.com/paycode/paycode/ids"
)

func planted(s Store) Store { return readsEarly{s} }

// readsEarly reads balances in a transaction before the one that locks and
// changes them: what another server has done in between is overwritten.
type readsEarly struct{ Store }

func (s readsEarly) Update(ctx context.Context, bucket int, needs []Need, decide func(*Rows)) error {
	var early map[ids.Payer]Purse
	if err := s.Store.Update(ctx, bucket, needs, func(r *Rows) { early = maps.Clone(r.Purses) }); err != nil {
		return err
	}
	return s.Store.Update(ctx, bucket, needs, func(r *Rows) {
		maps.Copy(r.Purses, early)
		decide(r)
	})
}
