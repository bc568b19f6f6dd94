package storetest

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

// nonces checks that each is good once: for a merchant, in an interface, also
// when servers are asked at once.
func nonces(t *testing.T, d *desk) {
	m, other := d.merchant(), d.merchant()
	until := d.clock.Now().Add(time.Minute)
	spend := func(m ids.Merchant, kind, nonce string) error {
		return d.SpendNonce(t.Context(), m, kind, nonce, until)
	}
	for _, c := range []struct {
		m           ids.Merchant
		kind, nonce string
		want        error
	}{
		{m.ID, "wechat", "n", nil},
		{m.ID, "wechat", "n", access.ErrReplayed},
		{m.ID, "alipay", "n", nil},
		{other.ID, "wechat", "n", nil},
		{m.ID, "wechat", "N", nil},
		{m.ID, "wechat", "", nil},
		{m.ID, "wechat", "", access.ErrReplayed},
	} {
		if err := spend(c.m, c.kind, c.nonce); !errors.Is(err, c.want) {
			t.Errorf("%s %q: %v, want %v", c.kind, c.nonce, err, c.want)
		}
	}
	errs := together(t.Context(), 8, func(context.Context, int) error { return spend(m.ID, "wechat", "together") })
	if good, replayed := count(errs, nil), count(errs, access.ErrReplayed); good != 1 || replayed != len(errs)-1 {
		t.Errorf("%d of %d uses of one nonce were good: %v", good, len(errs), errs)
	}
}

// noncesForgotten checks that a nonce is remembered for its time and a margin, and no longer.
func noncesForgotten(t *testing.T, d *desk) {
	m := d.merchant()
	spend := func(nonce string, until time.Time) error {
		return d.SpendNonce(t.Context(), m.ID, "wechat", nonce, until)
	}
	now := d.clock.Now()
	if err := errors.Join(spend("short", now.Add(time.Minute)), spend("long", now.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	crowd := func(name string) {
		for i := range 50 { // enough to forget what other tests have left
			if err := spend(name+strconv.Itoa(i), now.Add(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.clock.add(time.Minute + access.NonceMargin)
	crowd("a")
	if err := spend("short", now.Add(time.Minute)); !errors.Is(err, access.ErrReplayed) {
		t.Errorf("within the margin: %v", err)
	}
	d.clock.add(time.Second)
	crowd("b")
	if err := spend("short", now.Add(time.Hour)); err != nil {
		t.Errorf("after its time: %v", err)
	}
	if err := spend("long", now.Add(time.Hour)); !errors.Is(err, access.ErrReplayed) {
		t.Errorf("forgotten before its time: %v", err)
	}
}
