package money

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrDecimal is answered for a text that is no amount of a currency.
var ErrDecimal = fmt.Errorf("money: not an amount")

// Decimal writes the amount as interfaces between programs do: "12.50", "7" for JPY.
func (a Amount) Decimal() string {
	number, _, _ := strings.Cut(a.String(), " ")
	return number
}

// ParseDecimal reads an amount that is not negative, with no more decimals than
// the currency has: "12.5" and "12.50" are 12.50 CNY, "12.505" is ErrDecimal.
func ParseDecimal(s string, c Currency) (Amount, error) {
	whole, part, point := strings.Cut(s, ".")
	exp := c.Exponent()
	bad := fmt.Errorf("%w of %s: %.20q", ErrDecimal, c, s)
	if whole == "" || len(part) > exp || point && strings.Contains(part, ".") {
		return Amount{}, bad
	}
	digits := whole + part + strings.Repeat("0", exp-len(part))
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n > math.MaxInt64 {
		return Amount{}, bad
	}
	return Amount{int64(n), c}, nil
}
