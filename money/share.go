package money

import "math/bits"

// BasisPoints are those of the whole: a rate of 60 is 0.6 %.
const BasisPoints = 10_000

// Share is whole·part/of, rounded half up. None may be negative, part at most
// of, and of not 0. No product is too large for it.
func Share(whole, part, of int64) int64 {
	high, low := bits.Mul64(uint64(whole), uint64(part))
	low, carry := bits.Add64(low, uint64(of)/2, 0)
	quotient, _ := bits.Div64(high+carry, low, uint64(of))
	return int64(quotient)
}
