package main

import (
	"fmt"
	"math/big"

	"github.com/paycode/paycode/vectors"
)

// burned is the reference burn map: a set of slots, of which those before base
// are forgotten and count as spent.
type burned struct {
	base uint32
	set  map[slot]bool
}

func (b *burned) burn(s slot) bool {
	if s.Nonce > 9 || s.Counter < b.base || b.set[s] {
		return false
	}
	b.set[s] = true
	if s.Counter-b.base > 5 {
		b.base = s.Counter - 5
	}
	return true
}

func (b *burned) state() vectors.BurnMap {
	bits := new(big.Int)
	for s := range b.set {
		if s.Counter >= b.base {
			bits.SetBit(bits, int(s.Counter-b.base)*10+int(s.Nonce), 1)
		}
	}
	return vectors.BurnMap{Base: b.base, Bits: bits.FillBytes(make([]byte, 8))}
}

func burnVectors() (all []vectors.Vector[vectors.BurnInput, vectors.BurnOutput]) {
	add := func(name string, slots ...slot) {
		b := burned{set: map[slot]bool{}}
		in := vectors.BurnInput{Start: b.state(), Slots: slots}
		var out vectors.BurnOutput
		for _, s := range slots {
			out.Burned = append(out.Burned, b.burn(s))
			out.After = append(out.After, b.state())
		}
		all = append(all, ok(name, in, out))
	}
	var nonces, windows []slot
	for i := range 10 {
		nonces = append(nonces, at(now, uint8(i)))
	}
	for i := range 9 {
		windows = append(windows, at(now+uint32(i), 3))
	}
	last := uint32(1<<32 - 1)
	add("first payment", at(now, 3))
	add("the same slot twice", at(now, 3), at(now, 3))
	add("ten nonces in one window, then all again", append(nonces, nonces...)...)
	add("one payment a window, then all again", append(windows, windows...)...)
	add("the window before", at(now, 3), at(now-1, 3), at(now-1, 3))
	add("the window after", at(now, 3), at(now+1, 3), at(now, 3), at(now+1, 3))
	add("the oldest window still known", at(now, 3), at(now-5, 3), at(now-5, 3), at(now-5, 4))
	add("one window too old counts as spent", at(now, 3), at(now-6, 3))
	add("five windows forward forget nothing", at(now, 3), at(now+5, 3), at(now, 3), at(now, 4))
	add("six windows forward forget the first, which counts as spent", at(now, 3), at(now+6, 3), at(now, 3), at(now, 4))
	add("a slot keeps its place when the base moves", at(now, 9), at(now+3, 0), at(now+6, 5), at(now+3, 0), at(now+3, 1))
	add("far forward and never back", at(now, 3), at(now+1000000, 3), at(now, 4), at(now+999994, 3), at(now+999995, 3))
	add("a nonce of more than one digit is never to be had", at(now, 10), at(now, 255), at(now, 3))
	add("windows 0 to 6", at(0, 0), at(5, 9), at(0, 0), at(6, 0), at(0, 1))
	add("last windows of all", at(last, 9), at(last-5, 0), at(last, 9), at(last-6, 0))
	return all
}

func bucketVectors() (all []vectors.Vector[vectors.BucketInput, vectors.BucketOutput]) {
	add := func(name, profile, code, number string) {
		for _, buckets := range []int64{1, 16, 128, 1000} {
			n, _ := new(big.Int).SetString(number, 10)
			n.Mod(n, big.NewInt(buckets))
			all = append(all, ok(fmt.Sprintf("%s, %d buckets", name, buckets),
				vectors.BucketInput{Profile: profile, Code: code, Buckets: int(buckets)},
				vectors.BucketOutput{Bucket: int(n.Int64())}))
		}
	}
	v := compute(exampleSeed, exampleAlias, exampleSlot, nil)
	add("digits", "default", v.digits(profiles()["default"]), "123456789")
	add("text", "default", v.text(), "123456789")
	add("emv", "default", v.emv(), "123456789")
	add("online", "default", "711234567890123456", "1234567890123456")
	add("online, all zero", "default", "710000000000000000", "0")
	add("online, more than 64 bits", "wide", "069999999999999999999999", "9999999999999999999999")
	return all
}

func windowVectors() (all []vectors.Vector[vectors.WindowInput, vectors.WindowOutput]) {
	add := func(name, profile string, unix int64, counter uint32) {
		all = append(all, ok(name,
			vectors.WindowInput{Profile: profile, UnixSeconds: unix}, vectors.WindowOutput{Counter: counter}))
	}
	add("worked example", "default", exampleUnix, now)
	add("first second of the window", "default", 1795284000, now)
	add("last second of the window", "default", 1795284059, now)
	add("first second of the next", "default", 1795284060, now+1)
	add("last second of the one before", "default", 1795283999, now-1)
	add("windows of 30 seconds", "short", exampleUnix, 59842800)
	add("1970", "default", 0, 0)
	add("before 1970 is window 0", "default", -1, 0)
	add("long before 1970 is window 0", "default", -1795284017, 0)
	add("last second of the last window", "default", 257698037759, 1<<32-1)
	add("after the last window is the last", "default", 257698037760, 1<<32-1)
	return all
}
