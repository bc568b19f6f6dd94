package storetest

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
)

func (is *issuer) addPass(device ids.Device, lasts time.Duration) error {
	p := issuing.IssuedPass{Device: device, Expires: is.clock.Now().Add(lasts)}
	rand.Read(p.ID[:])
	_, err := is.db.AddPass(is.t.Context(), p, is.clock.Now())
	return err
}

// passesOfGoodDevices: a device that may not be used gets none.
func passesOfGoodDevices(t *testing.T, is *issuer) {
	p := is.phone()
	want := func(when string, want error) {
		t.Helper()
		if err := is.addPass(p.id, time.Hour); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", when, err, want)
		}
	}
	want("active", nil)
	if _, err := is.Freeze(t.Context(), p.id, "lost"); err != nil {
		t.Fatal(err)
	}
	want("frozen", issuing.ErrDeviceFrozen)
	if _, err := is.Unfreeze(t.Context(), p.id, "found"); err != nil {
		t.Fatal(err)
	}
	want("active again", nil)
	if _, err := is.Revoke(t.Context(), p.id, "gone"); err != nil {
		t.Fatal(err)
	}
	want("revoked", issuing.ErrDeviceRevoked)
	p.id[0]++
	want("nobody's", issuing.ErrNotFound)
}
