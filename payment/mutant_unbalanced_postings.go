//go:build mutant_unbalanced_postings

package payment

import "context"

func planted(s Store) Store { return loses{s} }

// loses takes one minor unit too little from the merchant when a payment is
// reversed: the postings do not sum to zero.
type loses struct{ Store }

func (s loses) Update(ctx context.Context, bucket int, needs []Need, decide func(*Rows)) error {
	return s.Store.Update(ctx, bucket, needs, func(r *Rows) {
		decide(r)
		for _, t := range r.Changes.Postings {
			if t.FirstLeg > 0 {
				t.Postings[0].Amount.Minor++
			}
		}
	})
}
