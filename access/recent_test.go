package access

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
)

func TestRecentForgets(t *testing.T) {
	var r recent
	now := time.Unix(1795284017, 0)
	caller := ForMerchant(ids.Merchant{1})
	hash := [32]byte{31: 1} // of those that are remembered longest
	if _, ok := r.find(hash, now); ok {
		t.Error("remembers what it never heard of")
	}
	r.add(hash, caller, now)
	for after, want := range map[time.Duration]bool{0: true, RevocationDelay - 1: true, RevocationDelay: false, time.Hour: false} {
		if got, ok := r.find(hash, now.Add(after)); ok != want || ok && got != caller {
			t.Errorf("after %v: %v, %v", after, got, ok)
		}
	}
	if _, ok := r.find([32]byte{2}, now); ok {
		t.Error("one key is taken for another")
	}
	r.forget()
	if _, ok := r.find(hash, now); ok {
		t.Error("remembers what it was told to forget")
	}
}

// TestKeysAreNotForgottenTogether: a thousand that were looked up at once.
func TestKeysAreNotForgottenTogether(t *testing.T) {
	ends := map[time.Duration]int{}
	for i := range 1000 {
		d := lasting(sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i))))
		if d <= RevocationDelay/2 || d > RevocationDelay {
			t.Errorf("a key is remembered for %v", d)
		}
		ends[d.Truncate(100*time.Millisecond)]++
	}
	for at, n := range ends {
		if n > 60 {
			t.Errorf("%d keys of 1000 are forgotten within a tenth of a second after %v", n, at)
		}
	}
}

func TestRecentIsBounded(t *testing.T) {
	var r recent
	var all sync.WaitGroup
	now := time.Unix(1795284017, 0)
	for g := range 4 {
		all.Go(func() {
			for i := range 2 * maxRecent {
				var hash [32]byte
				binary.BigEndian.PutUint64(hash[:], uint64(g*2*maxRecent+i))
				r.add(hash, ForOperator(), now)
				r.find(hash, now)
			}
		})
	}
	all.Wait()
	if n := len(r.known); n > maxRecent {
		t.Errorf("%d keys remembered, bound is %d", n, maxRecent)
	}
}

func TestCallerIsStoredAndRead(t *testing.T) {
	for _, c := range []Caller{ForOperator(), ForMerchant(ids.Merchant{1, 15: 2}), ForGate(ids.Gate{3, 15: 4})} {
		if got := CallerOf(c.Role, c.Owner()); got != c {
			t.Errorf("%v is read as %v", c, got)
		}
	}
	if n := len(ForOperator().Owner()); n != 0 {
		t.Errorf("an operator has an owner of %d bytes", n)
	}
}
