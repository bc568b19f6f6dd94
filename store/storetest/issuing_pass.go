package storetest

import (
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/pass"
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

// forgottenPass: a pass that is not here is the device's with whose key it was made, and
// is a pass of that device from then on, whichever of many servers hears of it first.
func forgottenPass(t *testing.T, is *issuer) {
	p, other := is.phone(), newPhone(t)
	made := func(by *phone) pass.Pass {
		q := pass.Pass{DeviceKey: &by.sign.PublicKey, Expires: is.clock.Now().Add(time.Hour).Truncate(time.Second)}
		rand.Read(q.ID[:])
		return q
	}
	asked := []pass.Pass{made(p), made(other), made(p)}
	asked = append(asked, asked[0])
	bucket := p.id.Bucket(is.db.Buckets())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			owners, err := is.db.OwnersOf(t.Context(), bucket, asked)
			if err != nil {
				t.Error(err)
			}
			for _, i := range []int{0, 2} {
				if owners[asked[i].ID].Device != p.id {
					t.Errorf("pass %d is of %v, want %v", i, owners[asked[i].ID], p.id)
				}
			}
			if len(owners) != 2 {
				t.Errorf("%d passes of somebody, and one is of nobody", len(owners))
			}
		})
	}
	all.Wait()
	if _, err := is.Freeze(t.Context(), p.id, "lost"); err != nil {
		t.Fatal(err)
	}
	held, err := is.db.HeldBehind(t.Context(), bucket, [8]byte{}, is.clock.Now(), 100)
	if err != nil {
		t.Fatal(err)
	}
	denied := map[[8]byte]bool{}
	for _, h := range held {
		denied[h.Pass] = h.Denied() && h.Expires.Equal(asked[0].Expires)
	}
	if !denied[asked[0].ID] || !denied[asked[2].ID] || denied[asked[1].ID] {
		t.Errorf("gates are told to refuse %v", denied)
	}
}
