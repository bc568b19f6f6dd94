// Package money holds amounts as integers of a currency's minor unit, never as
// a fraction: 12.50 CNY is 1250. Arithmetic that would overflow is refused.
package money

import (
	"errors"
	"fmt"
	"math"
)

// Errors of this package, one for each class of outcome.
var (
	ErrCurrency = errors.New("money: not a known ISO 4217 currency code")
	ErrMismatch = errors.New("money: amounts of two currencies")
	ErrOverflow = errors.New("money: amount too large")
)

// MaxMinor is the largest amount of one payment in minor units: ten billion
// yuan. It leaves room for nine million such payments in one balance.
const MaxMinor int64 = 1_000_000_000_000

// Amount is a number of minor units (cents, fen; yen for JPY) of one currency.
type Amount struct {
	Minor    int64    `json:"amount"`
	Currency Currency `json:"currency"`
}

// Add is a + b. ErrMismatch for two currencies, ErrOverflow past 64 bits.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %s and %s", ErrMismatch, a.Currency, b.Currency)
	}
	if b.Minor > 0 && a.Minor > math.MaxInt64-b.Minor || b.Minor < 0 && a.Minor < math.MinInt64-b.Minor {
		return Amount{}, ErrOverflow
	}
	return Amount{a.Minor + b.Minor, a.Currency}, nil
}

// Negate is the same amount in the other direction.
func (a Amount) Negate() Amount { return Amount{-a.Minor, a.Currency} }

// String writes the amount for people who read logs and terminals: "12.50 CNY".
func (a Amount) String() string {
	exp := a.Currency.Exponent()
	if exp == 0 {
		return fmt.Sprintf("%d %s", a.Minor, a.Currency)
	}
	unit := int64(math.Pow10(exp))
	sign, whole, part := "", a.Minor/unit, a.Minor%unit
	if a.Minor < 0 {
		sign, whole, part = "-", -whole, -part
	}
	return fmt.Sprintf("%s%d.%0*d %s", sign, whole, exp, part, a.Currency)
}
