//go:build mutant_burn_after_commit || mutant_forgotten_idempotency || mutant_balance_before_lock || mutant_unbalanced_postings || mutant_limit_twice

package sim

import "testing"

// TestPlanted holds that a planted bug is found, and soon. It is run by
// TestMutantsAreCaught, with the tag of each bug in turn.
func TestPlanted(t *testing.T) {
	r, err := Run(t.Context(), Options{Seed: 1, Operations: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failure == nil {
		t.Fatalf("%d operations, and nothing is found", r.Operations)
	}
	t.Logf("found after %d operations: %v", r.Operations, r.Failure.Violation)
}
