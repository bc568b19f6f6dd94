//go:build !mutant_burn_after_commit && !mutant_forgotten_idempotency && !mutant_balance_before_lock && !mutant_unbalanced_postings && !mutant_limit_twice

package payment

// planted is where a bug is planted when the simulation has to prove that it
// finds one: a build tag has one of the files mutant_*.go say something else
// between the processor and its store. Without such a tag there is nothing.
func planted(s Store) Store { return s }
