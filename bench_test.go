package paycode_test

import (
	"encoding/base32"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// The benchmarks hold matching against the most used Go library for one-time
// codes, in one run, because absolute figures of a shared machine say little.
// Both have one window of tolerance on either side.

var (
	benchSeed = *seedOf(vectors.WorkedExample().Seed)
	benchTime = time.Unix(1795284017, 0)
)

func BenchmarkMatchRight(b *testing.B) {
	benchmarkMatch(b, "701234567893326376", nil)
}

func BenchmarkMatchWrong(b *testing.B) {
	benchmarkMatch(b, "701234567893326377", paycode.ErrInvalid)
}

func benchmarkMatch(b *testing.B, digits string, want error) {
	p := paycode.DefaultProfile()
	code, err := p.Parse(digits)
	if err != nil {
		b.Fatal(err)
	}
	seeds := []paycode.Seed{benchSeed}
	now := p.CounterAt(benchTime)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Match(seeds, &code, now, nil); err != want {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatchKeysRight(b *testing.B) {
	benchmarkMatchKeys(b, "701234567893326376", nil)
}

func BenchmarkMatchKeysWrong(b *testing.B) {
	benchmarkMatchKeys(b, "701234567893326377", paycode.ErrInvalid)
}

func benchmarkMatchKeys(b *testing.B, digits string, want error) {
	p := paycode.DefaultProfile()
	code, err := p.Parse(digits)
	if err != nil {
		b.Fatal(err)
	}
	now := p.CounterAt(benchTime)
	keys := []paycode.Key{p.Prepare(&benchSeed, now)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.MatchKeys(keys, &code, now, nil); err != want {
			b.Fatal(err)
		}
	}
}

func BenchmarkMake(b *testing.B) {
	p := paycode.DefaultProfile()
	slot := paycode.Slot{Counter: p.CounterAt(benchTime), Nonce: 3}
	b.ReportAllocs()
	for b.Loop() {
		p.NewDigits(&benchSeed, 123456789, slot)
	}
}

var pquernaOpts = totp.ValidateOpts{Period: 60, Skew: 1, Digits: otp.DigitsEight, Algorithm: otp.AlgorithmSHA256}

func BenchmarkPquernaRight(b *testing.B) { benchmarkPquerna(b, 0) }

func BenchmarkPquernaWrong(b *testing.B) { benchmarkPquerna(b, 1) }

func benchmarkPquerna(b *testing.B, change byte) {
	secret := base32.StdEncoding.EncodeToString(benchSeed[:])
	code, err := totp.GenerateCodeCustom(secret, benchTime, pquernaOpts)
	if err != nil {
		b.Fatal(err)
	}
	tried := []byte(code)
	tried[7] ^= change
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := totp.ValidateCustom(string(tried), secret, benchTime, pquernaOpts); ok != (change == 0) || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkPquernaMake(b *testing.B) {
	secret := base32.StdEncoding.EncodeToString(benchSeed[:])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := totp.GenerateCodeCustom(secret, benchTime, pquernaOpts); err != nil {
			b.Fatal(err)
		}
	}
}
