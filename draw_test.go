package paycode_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/paycode/paycode"
)

func TestDrawnNumbersFallIntoTheirBucket(t *testing.T) {
	wide := paycode.DefaultProfile()
	wide.AliasDigits, wide.OTPDigits = 11, 10
	for name, p := range map[string]paycode.Profile{"18 digits": paycode.DefaultProfile(), "24 digits": wide} {
		for _, buckets := range []int{1, 2, 16, 128, 1000} {
			for bucket := range min(buckets, 20) {
				alias, err := p.NewAlias(rand.Reader, bucket, buckets)
				if err != nil || !p.Fits(alias) {
					t.Fatalf("%s: alias %d, %v", name, alias, err)
				}
				if got := (paycode.Code{Form: paycode.FormDigits, Alias: alias}).Bucket(buckets); got != bucket {
					t.Errorf("%s: alias %d is in bucket %d of %d, want %d", name, alias, got, buckets, bucket)
				}
				online, err := p.NewOnline(rand.Reader, bucket, buckets)
				if err != nil || len(online) != p.Digits() {
					t.Fatalf("%s: online code %q, %v", name, online, err)
				}
				code, err := p.Parse(online)
				if err != nil || code.Form != paycode.FormOnline || code.Online != online {
					t.Fatalf("%s: Parse(%q) = %#v, %v", name, online, code, err)
				}
				if got := code.Bucket(buckets); got != bucket {
					t.Errorf("%s: online code %s is in bucket %d of %d, want %d", name, online, got, buckets, bucket)
				}
			}
		}
	}
}

// Every alias of the class must be reachable, the smallest and largest included.
func TestDrawReachesTheEnds(t *testing.T) {
	p := paycode.DefaultProfile()
	zero, err := p.NewAlias(bytes.NewReader(make([]byte, 64)), 5, 16)
	if err != nil || zero != 5 {
		t.Errorf("smallest alias = %d, %v; want 5", zero, err)
	}
	// 62,499,999 = 0x03b9ac9f is the last of the 62,500,000 numbers of the class.
	top, err := p.NewAlias(bytes.NewReader([]byte{0x03, 0xb9, 0xac, 0x9f}), 15, 16)
	if err != nil || top != 999_999_999 {
		t.Errorf("largest alias = %d, %v; want 999999999", top, err)
	}
	// One more is outside the class and is drawn again.
	again, err := p.NewAlias(bytes.NewReader([]byte{0x03, 0xb9, 0xac, 0xa0, 0, 0, 0, 1}), 15, 16)
	if err != nil || again != 31 {
		t.Errorf("alias after a rejected draw = %d, %v; want 31", again, err)
	}
	online, err := p.NewOnline(bytes.NewReader(make([]byte, 64)), 5, 16)
	if err != nil || online != "710000000000000005" {
		t.Errorf("smallest online code = %s, %v", online, err)
	}
}

func TestDrawRefuses(t *testing.T) {
	p := paycode.DefaultProfile()
	for _, b := range []struct{ bucket, buckets int }{{-1, 16}, {16, 16}, {0, 0}, {0, -1}, {0, 2_000_000_000}} {
		if _, err := p.NewAlias(rand.Reader, b.bucket, b.buckets); !errors.Is(err, paycode.ErrBucket) {
			t.Errorf("bucket %d of %d: %v, want ErrBucket", b.bucket, b.buckets, err)
		}
	}
	if _, err := p.NewOnline(bytes.NewReader(nil), 0, 16); err == nil {
		t.Error("a code was drawn from no randomness")
	}
}
