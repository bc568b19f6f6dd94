package money

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestShare(t *testing.T) {
	for _, c := range []struct{ whole, part, of, want int64 }{
		{1250, 60, BasisPoints, 8}, // 7.5
		{1249, 60, BasisPoints, 7}, // 7.494
		{1, 5000, BasisPoints, 1},  // 0.5
		{1, 4999, BasisPoints, 0},
		{0, 60, BasisPoints, 0}, {100, 0, BasisPoints, 0},
		{MaxMinor, BasisPoints, BasisPoints, MaxMinor},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{math.MaxInt64, 1, 2, 1 << 62}, // half of an odd number
	} {
		if got := Share(c.whole, c.part, c.of); got != c.want {
			t.Errorf("Share(%d, %d, %d) = %d, want %d", c.whole, c.part, c.of, got, c.want)
		}
	}
}

// TestShareIsExact holds it to numbers without a limit.
func TestShareIsExact(t *testing.T) {
	for range 100_000 {
		of := 1 + rand.Int64N(math.MaxInt64)>>rand.IntN(62)
		part, whole := rand.Int64N(of)+1, rand.Int64N(math.MaxInt64)>>rand.IntN(62)
		exact := new(big.Int).Mul(big.NewInt(2), new(big.Int).Mul(big.NewInt(whole), big.NewInt(part)))
		exact.Add(exact, big.NewInt(of)).Quo(exact, new(big.Int).Mul(big.NewInt(2), big.NewInt(of)))
		if got := Share(whole, part, of); got != exact.Int64() {
			t.Fatalf("Share(%d, %d, %d) = %d, want %v", whole, part, of, got, exact)
		}
	}
}
