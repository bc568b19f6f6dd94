package payment

import "time"

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
