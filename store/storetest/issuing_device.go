package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
)

func status(t *testing.T, is *issuer) {
	ctx := t.Context()
	p := is.phone()
	steps := []struct {
		name string
		do   func(context.Context, ids.Device, string) (issuing.Device, error)
		want payment.DeviceStatus
		err  error
	}{
		{"unfreeze an active one", is.Unfreeze, payment.DeviceActive, nil},
		{"freeze", is.Freeze, payment.DeviceIsFrozen, nil},
		{"freeze again", is.Freeze, payment.DeviceIsFrozen, nil},
		{"unfreeze", is.Unfreeze, payment.DeviceActive, nil},
		{"freeze for good", is.Freeze, payment.DeviceIsFrozen, nil},
		{"revoke", is.Revoke, payment.DeviceIsRevoked, nil},
		{"revoke again", is.Revoke, payment.DeviceIsRevoked, nil},
		{"freeze a revoked one", is.Freeze, payment.DeviceIsRevoked, issuing.ErrDeviceRevoked},
		{"unfreeze a revoked one", is.Unfreeze, payment.DeviceIsRevoked, issuing.ErrDeviceRevoked},
	}
	for _, s := range steps {
		_, err := s.do(ctx, p.id, "asked by phone")
		wantErr(t, s.name, err, s.err)
		if got := is.device(p.id).Status; got != s.want {
			t.Errorf("%s: status %s, want %s", s.name, got, s.want)
		}
		if s.want == payment.DeviceActive {
			p.sync(is.Service)
			continue
		}
		_, err = is.Sync(ctx, p.id, p.held())
		wantErr(t, s.name+", sync", err, refusal(s.want))
	}
	_, err := is.Rotate(ctx, p.id)
	wantErr(t, "rotate a revoked one", err, issuing.ErrDeviceRevoked)
	if _, err := is.Freeze(ctx, p.id, strings.Repeat("a", 201)); err == nil {
		t.Error("a reason of 201 characters is taken")
	}
	if n := is.frozenEvents(p.id); n != 2 {
		t.Errorf("%d events for freezing twice", n)
	}
}

func refusal(s payment.DeviceStatus) error {
	if s == payment.DeviceIsFrozen {
		return issuing.ErrDeviceFrozen
	}
	return issuing.ErrDeviceRevoked
}

// frozenEvents counts what the outbox says about a device.
func (is *issuer) frozenEvents(id ids.Device) (n int) {
	is.t.Helper()
	events, err := is.db.WaitingEvents(is.t.Context(), id.Bucket(is.db.Buckets()), ids.Event{}, 10_000)
	if err != nil {
		is.t.Fatal(err)
	}
	for _, e := range events {
		if e.Device == id && e.Kind == issuing.EventFrozen && e.Credit.Amount.Minor == 0 {
			n++
		}
	}
	return n
}

func statusRace(t *testing.T, is *issuer) {
	p := is.phone()
	errs := together(t.Context(), 8, func(ctx context.Context, _ int) error {
		_, err := is.Freeze(ctx, p.id, "lost")
		return err
	})
	if n := count(errs, nil); n != len(errs) {
		t.Error(errs)
	}
	if n := is.frozenEvents(p.id); n != 1 {
		t.Errorf("%d events for one freeze", n)
	}
}

func onlineCode(t *testing.T, is *issuer) {
	p := is.phone()
	buckets := is.db.Buckets()
	bucket := p.id.Bucket(buckets)
	find := func(digits string) payment.OnlineCode {
		t.Helper()
		c, err := is.Profile.Parse(digits)
		if err != nil || c.Form != paycode.FormOnline || c.Bucket(buckets) != bucket {
			t.Fatalf("%q is no online code of bucket %d: %v", digits, bucket, err)
		}
		hash := bearer.Hash(digits)
		return is.rows(bucket, payment.Need{Code: c, Online: hash}).Online[hash]
	}
	mint := func() string {
		t.Helper()
		digits, expires, err := is.OnlineCode(t.Context(), p.id)
		if err != nil || !expires.Equal(is.clock.Now().Add(120*time.Second)) {
			t.Fatalf("OnlineCode: expires %v, %v", expires, err)
		}
		return digits
	}
	first := mint()
	if got := find(first); got.Device != p.id || got.Used || !got.ExpiresAt.Equal(is.clock.Now().Add(120*time.Second)) {
		t.Errorf("kept as %+v", got)
	}
	is.clock.add(time.Second)
	second := mint()
	if got := find(first); !got.Device.IsZero() {
		t.Error("a retired code is still found")
	}
	if got := find(second); got.Device != p.id || got.Used {
		t.Errorf("kept as %+v", got)
	}
	err := is.db.Update(t.Context(), bucket, []payment.Need{{Code: paycode.Code{Form: paycode.FormOnline}, Online: bearer.Hash(second)}}, func(r *payment.Rows) {
		r.Changes.Online.Keys = append(r.Changes.Online.Keys, bearer.Hash(second))
	})
	if err != nil || !find(second).Used {
		t.Fatalf("a spent code: %+v, %v", find(second), err)
	}
	if third := mint(); find(third).Used {
		t.Error("a code is spent because the one before was")
	}
}

func onlineCodeRefused(t *testing.T, is *issuer) {
	ctx := t.Context()
	p := is.phone()
	mint := func() error {
		_, _, err := is.OnlineCode(ctx, p.id)
		return err
	}
	is.clock.add(30 * 24 * time.Hour)
	wantErr(t, "at the end of its lifetime", mint(), nil)
	is.clock.add(time.Second)
	wantErr(t, "expired", mint(), issuing.ErrDeviceExpired)
	p.sync(is.Service)
	wantErr(t, "synced", mint(), nil)
	if _, err := is.Freeze(ctx, p.id, ""); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "frozen", mint(), issuing.ErrDeviceFrozen)
	if _, err := is.Revoke(ctx, p.id, ""); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "revoked", mint(), issuing.ErrDeviceRevoked)
}
