// Package codes compares making and matching codes with the Go library for
// one-time codes that is used the most, github.com/pquerna/otp, in turn: the
// absolute figures of a shared machine say little.
package codes

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/paycode/paycode"
)

// Cost is what doing something once takes.
type Cost struct {
	Nanoseconds float64 // median of the rounds
	Allocations float64
}

// Row is one comparison.
type Row struct {
	What         string
	Ours, Theirs Cost
	Ratio        float64 // our time as a share of theirs, median of the rounds
}

// errWrong says that what is measured does not work, so that its time means nothing.
var errWrong = errors.New("codes: a code that should match does not, or the other way round")

// pair is what takes turns.
type pair struct {
	what         string
	ours, theirs func() error
}

// Compare has every pair take turns for so many rounds, each for the time of a
// slice. It stops when ctx ends.
func Compare(ctx context.Context, rounds int, slice time.Duration, done func(rows int)) ([]Row, error) {
	all, err := pairs()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, p := range all {
		row, err := compare(ctx, p, rounds, slice)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
		done(len(rows))
	}
	return rows, nil
}

// Pairs is how many rows Compare answers.
const Pairs = 5

func compare(ctx context.Context, p pair, rounds int, slice time.Duration) (Row, error) {
	var ours, theirs, ratios []float64
	row := Row{What: p.what}
	for range rounds {
		if err := ctx.Err(); err != nil {
			return row, err
		}
		a, err := measure(p.ours, slice)
		if err != nil {
			return row, err
		}
		b, err := measure(p.theirs, slice)
		if err != nil {
			return row, err
		}
		ours, theirs = append(ours, a.Nanoseconds), append(theirs, b.Nanoseconds)
		ratios = append(ratios, a.Nanoseconds/b.Nanoseconds)
		row.Ours.Allocations, row.Theirs.Allocations = a.Allocations, b.Allocations
	}
	row.Ours.Nanoseconds, row.Theirs.Nanoseconds, row.Ratio = middle(ours), middle(theirs), middle(ratios)
	return row, nil
}

// measure does something again and again for a time.
func measure(do func() error, slice time.Duration) (c Cost, err error) {
	const batch = 64 // between two looks at the clock
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	n := 0
	for time.Since(began) < slice {
		for range batch {
			if err := do(); err != nil {
				return c, err
			}
		}
		n += batch
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return Cost{float64(took.Nanoseconds()) / float64(n), float64((after.Mallocs - before.Mallocs) / uint64(n))}, nil
}

func middle(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// at is when all codes are shown.
var at = time.Unix(1795284017, 0)

// pairs have one window of tolerance on either side.
func pairs() ([]pair, error) {
	seed := paycode.Seed{1, 2, 3}
	theirs, err := newPeer(seed)
	if err != nil {
		return nil, err
	}
	p := paycode.DefaultProfile()
	slot := paycode.Slot{Counter: p.CounterAt(at), Nonce: 3}
	right, err := p.Parse(p.NewDigits(&seed, 123456789, slot))
	if err != nil {
		return nil, fmt.Errorf("codes: %w", err)
	}
	wrong, err := p.Parse(p.NewDigits(&seed, 123456789, paycode.Slot{Counter: slot.Counter + 1000}))
	if err != nil {
		return nil, fmt.Errorf("codes: %w", err)
	}
	keys := []paycode.Key{p.Prepare(&seed, slot.Counter)}
	seeds := []paycode.Seed{seed}
	cold := func(c *paycode.Code, want error) func() error {
		return func() error { _, err := p.Match(seeds, c, slot.Counter, nil); return expect(err, want) }
	}
	prepared := func(c *paycode.Code, want error) func() error {
		return func() error { _, err := p.MatchKeys(keys, c, slot.Counter, nil); return expect(err, want) }
	}
	return []pair{
		{"right code, prepared", prepared(&right, nil), theirs.validate(0)},
		{"right code, cold", cold(&right, nil), theirs.validate(0)},
		{"wrong code, prepared", prepared(&wrong, paycode.ErrInvalid), theirs.validate(1)},
		{"wrong code, cold", cold(&wrong, paycode.ErrInvalid), theirs.validate(1)},
		{"make a code", func() error { p.NewDigits(&seed, 123456789, slot); return nil }, theirs.make},
	}, nil
}

func expect(got, want error) error {
	if !errors.Is(got, want) {
		return errWrong
	}
	return nil
}

// peer does the same with pquerna/otp.
type peer struct{ secret, code string }

var options = totp.ValidateOpts{Period: 60, Skew: 1, Digits: otp.DigitsEight, Algorithm: otp.AlgorithmSHA256}

func newPeer(seed paycode.Seed) (p peer, err error) {
	p.secret = base32.StdEncoding.EncodeToString(seed[:])
	p.code, err = totp.GenerateCodeCustom(p.secret, at, options)
	return p, err
}

// validate tries the code with its last digit changed, which makes it a wrong
// one, or not.
func (p peer) validate(change byte) func() error {
	tried := []byte(p.code)
	tried[len(tried)-1] ^= change
	text := string(tried)
	return func() error {
		if ok, err := totp.ValidateCustom(text, p.secret, at, options); err != nil || ok != (change == 0) {
			return errWrong
		}
		return nil
	}
}

func (p peer) make() error {
	_, err := totp.GenerateCodeCustom(p.secret, at, options)
	return err
}
