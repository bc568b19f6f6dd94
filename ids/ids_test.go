package ids

import (
	"crypto/rand"
	"encoding/hex"
	"testing"
	"time"
)

func TestWorkedExample(t *testing.T) {
	const text, bytes = "dev_01jfja0yrcfgzrmq9f3r69q2kp", "0193e4a07b0c7c3f8a5d2f1e0c9b8a76"
	id, err := Parse[Device](text)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(id[:]); got != bytes {
		t.Errorf("bytes = %s, want %s", got, bytes)
	}
	if id.String() != text {
		t.Errorf("text = %s, want %s", id, text)
	}
}

func TestNewIsVersion7InItsBucket(t *testing.T) {
	now := time.UnixMilli(1795284017123).UTC()
	for _, buckets := range []int{1, 3, 16, 128, 1000} {
		m := Maker{Random: rand.Reader, Buckets: buckets}
		for bucket := range buckets {
			id := New[Payment](m, now, bucket)
			if got := id.Bucket(buckets); got != bucket {
				t.Fatalf("bucket of %v = %d, want %d of %d", id, got, bucket, buckets)
			}
			if !id.Time().Equal(now) || id[6]>>4 != 7 || id[8]>>6 != 2 {
				t.Fatalf("%x is not a UUIDv7 of %v", id[:], now)
			}
		}
	}
}

func TestAnyBucketReachesAll(t *testing.T) {
	m := Maker{Random: rand.Reader, Buckets: 16}
	seen := map[int]int{}
	for range 16 * 100 {
		seen[m.AnyBucket()]++
	}
	for bucket := range 16 {
		if n := seen[bucket]; n < 40 || n > 200 { // expected 100, six standard deviations and more
			t.Errorf("bucket %d drawn %d times of %d", bucket, n, 16*100)
		}
	}
	if len(seen) != 16 {
		t.Errorf("%d buckets drawn", len(seen))
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "pay_", "pay_01jfja0yrcfgzrmq9f3r69q2k", "pay_01jfja0yrcfgzrmq9f3r69q2kpp",
		"dev_01jfja0yrcfgzrmq9f3r69q2kp", "pay_01JFJA0YRCFGZRMQ9F3R69Q2KP",
		"pay_81jfja0yrcfgzrmq9f3r69q2kp", "pay_01jfja0yrcfgzrmq9f3r69q2ku", "pay-01jfja0yrcfgzrmq9f3r69q2kp",
	} {
		if id, err := Parse[Payment](s); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", s, id)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("pay_01jfja0yrcfgzrmq9f3r69q2kp")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := Parse[Payment](s); err == nil && id.String() != s {
			t.Errorf("Parse(%q).String() = %q", s, id)
		}
	})
}

func TestStoredFormIsInverse(t *testing.T) {
	id := New[Refund](Maker{Random: rand.Reader, Buckets: 16}, time.Now(), 5)
	for _, want := range []Refund{id, {}} {
		v, err := want.Value()
		if err != nil {
			t.Fatal(err)
		}
		var got Refund
		if err := got.Scan(v); err != nil || got != want {
			t.Errorf("Scan(Value(%v)) = %v, %v", want, got, err)
		}
	}
	var got Refund
	if err := got.Scan([]byte{1, 2}); err == nil {
		t.Error("two bytes scanned as an id")
	}
}
