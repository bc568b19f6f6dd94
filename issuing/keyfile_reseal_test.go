package issuing

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"

	"github.com/paycode/paycode"
)

func TestReseal(t *testing.T) {
	open := KeyFile{Path: filepath.Join(t.TempDir(), "master.key"), logN: 10}
	ring, err := open.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ring.Seed(1, paycode.DeviceID{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Reseal(""); err == nil {
		t.Error("an empty passphrase was taken")
	}
	first, err := open.Reseal("first")
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.Reseal("second")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]KeyFile{"without a passphrase": open, "by the old passphrase": first} {
		if _, err := f.Load(); !errors.Is(err, ErrKeyFilePassphrase) {
			t.Errorf("loaded %s: %v", name, err)
		}
	}
	ring, err = second.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ring.Seed(1, paycode.DeviceID{}, 1); err != nil || got != want {
		t.Errorf("another key after sealing, %v", err)
	}
}
