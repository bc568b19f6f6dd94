package clearing

import "github.com/paycode/paycode/money"

// Flat are Fares where every ride costs the same.
type Flat money.Amount

// Fare implements Fares.
func (f Flat) Fare(_, _, _ string) (money.Amount, bool) { return money.Amount(f), true }

// Max implements Fares.
func (f Flat) Max(_, _ string) (money.Amount, bool) { return money.Amount(f), true }
