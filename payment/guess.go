package payment

import (
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
)

// Guesses is what a merchant's wrong codes have come to.
type Guesses struct {
	Since        time.Time
	Count        int64
	RefusedUntil time.Time
}

// Add counts n more wrong codes at now, and reports whether they were the ones
// that have the merchant refused.
func (g Guesses) Add(n int64, now time.Time) (Guesses, bool) {
	if g.Count == 0 || now.Sub(g.Since) > WrongWindow {
		g.Since, g.Count = now, 0
	}
	before := g.Count
	g.Count += n
	if before >= WrongByMerchant || g.Count < WrongByMerchant {
		return g, false
	}
	g.RefusedUntil = now.Add(WrongWindow)
	return g, true
}

// maxGuessers bounds the memory for merchants that have sent wrong codes.
const maxGuessers = 1 << 16

// recentGuesses counts wrong codes as they are found, so that charges that were
// claimed before the store has counted them are refused as well: otherwise
// whoever sends thousands at once has thousands of guesses. Batches of different
// buckets are decided at once and share it.
//
// What the store counts is the durable copy, and what other servers know. Each
// of them may let WrongByMerchant codes through before the store has told it,
// and what it had claimed until then: with S servers at most S times
// WrongByMerchant, and as many as S servers decide at once.
type recentGuesses struct {
	mu sync.Mutex
	of map[ids.Merchant]Guesses
}

// refusedUntil is the later of what the claim said and what was counted here.
func (r *recentGuesses) refusedUntil(m Merchant) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if here := r.of[m.ID].RefusedUntil; here.After(m.RefusedUntil) {
		return here
	}
	return m.RefusedUntil
}

// add counts one wrong code. When too many merchants are known, those of whom
// nothing recent is known are forgotten, or else all: the store remembers.
func (r *recentGuesses) add(m ids.Merchant, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.of) >= maxGuessers {
		for id, g := range r.of {
			if now.Sub(g.Since) > WrongWindow && now.After(g.RefusedUntil) {
				delete(r.of, id)
			}
		}
	}
	if r.of == nil || len(r.of) >= maxGuessers {
		r.of = map[ids.Merchant]Guesses{}
	}
	r.of[m], _ = r.of[m].Add(1, now)
}
