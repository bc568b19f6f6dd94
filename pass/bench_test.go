package pass_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/paycode/paycode/pass"
)

// The benchmarks hold verifying against one bare P-256 verification, in one run,
// because absolute figures of a shared machine say little.

func BenchmarkBareVerify(b *testing.B) {
	key := scalar(b, 7)
	digest := sha256.Sum256([]byte("bare"))
	signature, err := ecdsa.SignASN1(nil, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			b.Fatal("refused")
		}
	}
}

// Both signatures, for a pass that was never seen.
func BenchmarkVerifyCold(b *testing.B) {
	presented, key := benchPresentation(b)
	v := must(pass.NewVerifier(key.Public()))
	b.ReportAllocs()
	for b.Loop() {
		v.Forget()
		if _, err := v.Verify(presented, now, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// The issuer's signature is remembered.
func BenchmarkVerifyCached(b *testing.B) {
	presented, key := benchPresentation(b)
	v := must(pass.NewVerifier(key.Public()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(presented, now, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// What a scanner read costs this much before any signature is looked at.
func BenchmarkParseText(b *testing.B) {
	presented, _ := benchPresentation(b)
	text := pass.Text(presented)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pass.ParseText(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPresent(b *testing.B) {
	issued := must(pass.Issue(issuers(b)[0], largest(b)))
	device := scalar(b, 7)
	for b.Loop() {
		must(pass.Present(device, issued, now, [4]byte{}, nil))
	}
}

func benchPresentation(b *testing.B) ([]byte, pass.IssuerKey) {
	b.Helper()
	key := issuers(b)[0]
	issued := must(pass.Issue(key, largest(b)))
	return must(pass.Present(scalar(b, 7), issued, now, [4]byte{}, nil)), key
}

// All that is done before a signature is looked at.
func BenchmarkVerifyStale(b *testing.B) {
	presented, key := benchPresentation(b)
	v := must(pass.NewVerifier(key.Public()))
	must(v.Verify(presented, now, nil))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(presented, now.Add(time.Hour), nil); err != pass.ErrStale {
			b.Fatal(err)
		}
	}
}

// BenchmarkRatio takes turns, so that whatever else the machine does slows all
// three alike, and reports medians: how many bare verifications each costs.
func BenchmarkRatio(b *testing.B) {
	presented, key := benchPresentation(b)
	v := must(pass.NewVerifier(key.Public()))
	device := scalar(b, 7)
	digest := sha256.Sum256(presented)
	signature := must(ecdsa.SignASN1(nil, device, digest[:]))
	verify := func() { must(v.Verify(presented, now, nil)) }
	var cold, cached []float64
	for b.Loop() {
		bare := took(func() { ecdsa.VerifyASN1(&device.PublicKey, digest[:], signature) })
		cold = append(cold, took(func() { v.Forget(); verify() })/bare)
		cached = append(cached, took(verify)/bare)
	}
	slices.Sort(cold)
	slices.Sort(cached)
	b.ReportMetric(cold[len(cold)/2], "cold/bare")
	b.ReportMetric(cached[len(cached)/2], "cached/bare")
}

// took is how long ten turns take, in seconds.
func took(f func()) float64 {
	start := time.Now()
	for range 10 {
		f()
	}
	return time.Since(start).Seconds()
}
