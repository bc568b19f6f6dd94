package wallet

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/pass"
)

// issues has the issuer give passes to the device from now on.
func (i *issuer) issues(t *testing.T) *pass.Verifier {
	t.Helper()
	key, err := pass.DeriveIssuerKey(i.master[:], 1)
	if err != nil {
		t.Fatal(err)
	}
	i.set(func() { i.issuer = &key })
	v, err := pass.NewVerifier(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// pass is a pass for a device's key that lasts a week.
func (i *issuer) pass(device any) []byte {
	now := i.now()
	return must(pass.Issue(*i.issuer, pass.Pass{
		ID: [8]byte{1}, Alias: i.alias, NotBefore: now.Add(-time.Minute), Expires: now.Add(7 * 24 * time.Hour),
		DeviceKey: device.(*ecdsa.PublicKey), Fund: pass.Balance, CapMinor: 5000, Currency: "CNY",
	}))
}

func TestRide(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	if _, err := w.Ride(nil); !errors.Is(err, ErrNoPass) {
		t.Errorf("of an issuer without passes: %v", err)
	}
	gate := i.issues(t)
	if err := w.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.Close() // from now on without network
	first, err := w.Ride(nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Ride(nil)
	if err != nil || second.Text == first.Text {
		t.Errorf("the next one is the same, or %v", err)
	}
	for _, r := range []Ride{first, second} {
		read, err := pass.ParseText(r.Text)
		if err != nil || string(read) != string(r.Presentation) {
			t.Errorf("text and bytes differ, %v", err)
		}
		p, err := gate.Verify(read, time.Now(), nil)
		if err != nil || p.Pass.Alias != i.alias || !p.Pass.Expires.Equal(r.Expires) {
			t.Errorf("a gate says %v", err)
		}
		if text := fmt.Sprintf("%v %+v %s", r, r, r); strings.Contains(text, r.Text) || strings.Contains(text, "PP1") {
			t.Errorf("prints %s", text)
		}
	}
	challenge := []byte("12345678")
	bound, err := w.Ride(challenge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.Verify(bound.Presentation, time.Now(), challenge); err != nil {
		t.Errorf("for a reader: %v", err)
	}
	if _, err := w.Ride([]byte("1234")); err == nil {
		t.Error("no error for a challenge of 4 bytes")
	}

	later := time.Now().Add(8 * 24 * time.Hour)
	w.Now = func() time.Time { return later }
	if _, err := w.Ride(nil); !errors.Is(err, ErrNoPass) {
		t.Errorf("after a week: %v", err)
	}
	w.Now = time.Now
	if err := w.SetPaused(true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ride(nil); !errors.Is(err, ErrPaused) {
		t.Errorf("paused: %v", err)
	}
}

// TestRideByAWrongClock: a phone whose clock is off presents by the server's time.
func TestRideByAWrongClock(t *testing.T) {
	i := newIssuer(t)
	w := newWallet(t)
	w.Now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
	gate := i.issues(t)
	if err := w.Enrol(t.Context(), i.enrolment()); err != nil {
		t.Fatal(err)
	}
	r, err := w.Ride(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gate.Verify(r.Presentation, time.Now(), nil); err != nil {
		t.Errorf("a gate says %v", err)
	}
}

// TestPassOfAnotherDevice: a pass that the device cannot show is none, and nothing
// else suffers from it.
func TestPassOfAnotherDevice(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	i.issues(t)
	another := must(parseKey(must(newKey()))).Public()
	for _, bad := range [][]byte{i.pass(another), i.pass(i.sign.Key)[:40], []byte("pass")} {
		i.set(func() { i.brings = bad })
		if err := w.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Ride(nil); !errors.Is(err, ErrNoPass) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
		if _, err := w.Show(); err != nil {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}
