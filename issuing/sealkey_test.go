package issuing_test

import (
	"errors"
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/issuing"
)

// TestSealKeysAreApart has every master key and every use have a key of its own,
// none of which is a seed, and the same one each time.
func TestSealKeysAreApart(t *testing.T) {
	ring, err := issuing.NewKeyring(2, map[uint32]paycode.MasterKey{1: {1}, 2: {2}})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := ring.Seed(1, paycode.DeviceID{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]bool{[32]byte(seed): true}
	for _, id := range []uint32{1, 2} {
		for _, label := range []string{"a", "b"} {
			key, err := ring.SealKey(id, label)
			if err != nil || seen[key] {
				t.Errorf("key %d for %q is another's: %v", id, label, err)
			}
			if again, _ := ring.SealKey(id, label); again != key {
				t.Errorf("key %d for %q is another one each time", id, label)
			}
			seen[key] = true
		}
	}
	if _, err := ring.SealKey(3, "a"); !errors.Is(err, issuing.ErrKeyUnknown) {
		t.Errorf("a key that is not there: %v", err)
	}
}
