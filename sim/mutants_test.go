//go:build !mutant_burn_after_commit && !mutant_forgotten_idempotency && !mutant_balance_before_lock && !mutant_unbalanced_postings && !mutant_limit_twice

package sim

import (
	"os/exec"
	"strings"
	"testing"
)

// TestMutantsAreCaught builds the simulation with each of the bugs that payment
// has to offer, and holds that it is found within 100,000 operations.
func TestMutantsAreCaught(t *testing.T) {
	for _, bug := range []string{"burn_after_commit", "forgotten_idempotency", "balance_before_lock", "unbalanced_postings", "limit_twice"} {
		t.Run(bug, func(t *testing.T) {
			said, err := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-vet=off", "-run", "^TestPlanted$", "-tags", "mutant_"+bug, ".").CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			for line := range strings.Lines(string(said)) {
				if _, found, ok := strings.Cut(line, "found after "); ok {
					t.Logf("found after %s", strings.TrimSpace(found))
				}
			}
		})
	}
}
