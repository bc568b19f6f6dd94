package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

func round(v float64) float64 { return math.Round(v) }

func fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// number1 has one decimal below a hundred, and none above.
func number1(v float64) string {
	if v >= 100 {
		return number(round(v))
	}
	return fixed(v, 1)
}

// spread is the least and the most of the rounds.
func spread(rates []float64) string {
	if len(rates) < 2 {
		return ""
	}
	return fmt.Sprintf("%s – %s", number(round(slices.Min(rates))), number(round(slices.Max(rates))))
}
