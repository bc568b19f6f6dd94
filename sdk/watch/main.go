// Command watch is what a watch's firmware links: the root package and package
// pass, and nothing else. It measures itself, because a watch has no profiler:
//
//	GOOS=linux GOARCH=arm GOARM=7 CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' ./sdk/watch
//	qemu-arm-static ./watch
//
// It prints a code and a presentation of a seed and key of its
// own, and the time that one of each takes.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/pass"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	device, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	master := make([]byte, 32)
	issuer, err := pass.DeriveIssuerKey(master, 1)
	if err != nil {
		return err
	}
	now := time.Now()
	issued, err := pass.Issue(issuer, pass.Pass{
		ID: [8]byte{1}, Alias: 123456789, NotBefore: now, Expires: now.Add(7 * 24 * time.Hour), DeviceKey: &device.PublicKey,
		Fund: pass.Balance, CapMinor: 1000, Currency: "CNY", Product: "ride",
	})
	if err != nil {
		return err
	}
	profile := paycode.DefaultProfile()
	seed := paycode.Seed{1}
	window := profile.CounterAt(now)

	code := profile.NewDigits(&seed, 123456789, paycode.Slot{Counter: window})
	perCode := timed(2000, func(i int) { profile.NewDigits(&seed, 123456789, paycode.Slot{Counter: window + paycode.Counter(i)}) })

	shown, err := pass.Present(device, issued, now, [4]byte{}, nil)
	if err != nil {
		return err
	}
	text := pass.Text(shown)
	perPresentation := timed(20, func(i int) {
		if shown, e := pass.Present(device, issued, now, [4]byte{byte(i)}, nil); e == nil {
			pass.Text(shown)
		}
	})
	fmt.Printf("code          %s\t%v each\n", code, perCode)
	fmt.Printf("presentation  %s… (%d characters)\t%v each\n", text[:24], len(text), perPresentation)
	return nil
}

// timed is how long one of n takes on average.
func timed(n int, do func(i int)) time.Duration {
	began := time.Now()
	for i := range n {
		do(i)
	}
	return (time.Since(began) / time.Duration(n)).Round(100 * time.Nanosecond)
}
