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
	_, _, err := is.db.HoldPass(is.t.Context(), p, is.clock.Now(), p.Expires)
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

// onePass: a device holds the same pass until it ends too soon, and another one then.
func onePass(t *testing.T, is *issuer) {
	p := is.phone()
	hold := func(lasts, longer time.Duration) issuing.IssuedPass {
		t.Helper()
		asked := issuing.IssuedPass{Device: p.id, Expires: is.clock.Now().Add(lasts)}
		rand.Read(asked.ID[:])
		held, _, err := is.db.HoldPass(t.Context(), asked, is.clock.Now(), is.clock.Now().Add(longer))
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	first := hold(10*time.Hour, 5*time.Hour)
	is.clock.add(4 * time.Hour)
	if again := hold(10*time.Hour, 5*time.Hour); again != first {
		t.Errorf("another pass after 4 of 10 hours: %+v, and %+v", first, again)
	}
	is.clock.add(2 * time.Hour)
	second := hold(10*time.Hour, 5*time.Hour)
	if second.ID == first.ID {
		t.Error("the same pass after 6 of 10 hours")
	}
	if again := hold(10*time.Hour, 5*time.Hour); again != second {
		t.Errorf("%+v, and then %+v", second, again)
	}
}
