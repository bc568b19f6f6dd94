package bench

import (
	"context"
	"slices"
)

// Entry is one of those that take turns: one round of it.
type Entry struct {
	Name  string
	Round func(ctx context.Context) (Result, error)
}

// Turns is what came of an entry's rounds.
type Turns struct {
	Name   string
	Rates  []float64 // per second, by round
	Result           // of all rounds
}

// Median is the median of the rates.
func (t *Turns) Median() float64 { return median(t.Rates) }

// Alternate has the entries take turns, forwards in one round and backwards in
// the next: what else happens on the machine falls on all of them.
func Alternate(ctx context.Context, rounds int, entries ...Entry) ([]Turns, error) {
	all := make([]Turns, len(entries))
	for round := range rounds {
		for n := range entries {
			i := n
			if round%2 == 1 {
				i = len(entries) - 1 - n
			}
			r, err := entries[i].Round(ctx)
			if err != nil {
				return nil, err
			}
			t := &all[i]
			t.Name = entries[i].Name
			t.Rates = append(t.Rates, r.PerSecond())
			t.Add(&r)
		}
	}
	return all, nil
}

// Ratio is how many times the rate of b that of a was: the median over the rounds.
func Ratio(a, b *Turns) float64 {
	var each []float64
	for i := range min(len(a.Rates), len(b.Rates)) {
		if b.Rates[i] > 0 {
			each = append(each, a.Rates[i]/b.Rates[i])
		}
	}
	return median(each)
}

// median is 0 of nothing.
func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(of))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
