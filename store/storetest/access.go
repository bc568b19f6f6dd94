package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/store"
)

// Access checks what package access does on an engine.
func Access(t *testing.T, open Opener) {
	for _, buckets := range []int{1, 16} {
		t.Run(fmt.Sprintf("buckets=%d", buckets), func(t *testing.T) {
			db := open(t, buckets)
			for _, test := range []struct {
				name string
				run  func(*testing.T, *desk)
			}{
				{"Keys", keys},
				{"KeysRefused", keysRefused},
				{"KeyRevoked", keyRevoked},
				{"Merchants", merchants},
				{"Gates", gates},
				{"AlipayApps", alipayApps},
				{"WeChatKeys", weChatKeys},
				{"WeChatV3Keys", weChatV3Keys},
				{"WeChatRefunds", weChatRefunds},
				{"Nonces", nonces},
				{"NoncesForgotten", noncesForgotten},
			} {
				t.Run(test.name, func(t *testing.T) {
					d := &desk{t: t, clock: newClock()}
					d.db = db
					d.config = access.Config{Store: db, Seals: seals{}, Now: d.clock.Now, Random: rand.Reader, Buckets: buckets}
					d.Service = access.New(d.config)
					test.run(t, d)
				})
			}
		})
	}
}

// desk is where keys are handed out.
type desk struct {
	*access.Service
	t      *testing.T
	clock  *clock
	config access.Config
	db     *store.DB
}

func (d *desk) merchant() access.Merchant {
	d.t.Helper()
	m, err := d.CreateMerchant(d.t.Context(), "Noodles 面馆", "CNY")
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func (d *desk) key(c access.Caller) (string, access.Key) {
	d.t.Helper()
	text, k, err := d.CreateKey(d.t.Context(), c)
	if err != nil {
		d.t.Fatal(err)
	}
	return text, k
}

func keys(t *testing.T, d *desk) {
	ctx := t.Context()
	gate, err := d.CreateGate(ctx, access.NewGate{Name: "North 3", Line: "10"})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, c := range map[string]access.Caller{
		"op_": access.ForOperator(), "mk_": access.ForMerchant(d.merchant().ID), "gk_": access.ForGate(gate.ID),
	} {
		before, err := d.Keys(ctx, c) // other tests have made operators' keys
		if err != nil {
			t.Fatal(err)
		}
		var made []access.Key
		for range 5 {
			d.clock.add(time.Hour)
			text, k := d.key(c)
			if !strings.HasPrefix(text, prefix) || k.Head != text[:8] || k.Caller != c {
				t.Errorf("key %s… of %v", k.Head, k.Caller)
			}
			if got, err := d.Authenticate(ctx, text); err != nil || got != c {
				t.Errorf("Authenticate = %v, %v, want %v", got, err, c)
			}
			made = append(made, k)
		}
		after, err := d.Keys(ctx, c)
		if err != nil || len(after) != len(before)+len(made) {
			t.Fatalf("%d keys after %d, %v", len(after), len(before), err)
		}
		if diff := cmp.Diff(made, after[len(before):]); diff != "" {
			t.Errorf("Keys differ:\n%s", diff)
		}
	}
	_, _, err = d.CreateKey(ctx, access.ForMerchant(ids.Merchant{1}))
	wantErr(t, "a key of no merchant", err, access.ErrNotFound)
	_, _, err = d.CreateKey(ctx, access.ForGate(ids.Gate{1}))
	wantErr(t, "a key of no gate", err, access.ErrNotFound)
}

func keysRefused(t *testing.T, d *desk) {
	ctx := t.Context()
	text, _ := d.key(access.ForOperator())
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":       {"", access.ErrKeyMalformed},
		"typo":        {text[:9] + swapped(text[9]) + text[10:], access.ErrKeyMalformed},
		"other role":  {"mk_" + text[3:], access.ErrKeyMalformed},
		"no role":     {"xx_" + text[3:], access.ErrKeyMalformed},
		"cut off":     {text[:20], access.ErrKeyMalformed},
		"only a head": {"op_", access.ErrKeyMalformed},
	} {
		_, err := d.Authenticate(ctx, c.text)
		wantErr(t, name, err, c.want)
	}
	elsewhere := d.config
	elsewhere.Random = zeros{}
	elsewhere.Store = forgetful{elsewhere.Store}
	unknown, _, err := access.New(elsewhere).CreateKey(ctx, access.ForOperator())
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Authenticate(ctx, unknown)
	wantErr(t, "never stored", err, access.ErrKeyUnknown)
}

func keyRevoked(t *testing.T, d *desk) {
	ctx := t.Context()
	m, other := access.ForMerchant(d.merchant().ID), access.ForMerchant(d.merchant().ID)
	text, k := d.key(m)
	d.clock.add(time.Hour)
	stays, _ := d.key(m)
	elsewhere := access.New(d.config)
	if _, err := elsewhere.Authenticate(ctx, text); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "another merchant's key", d.RevokeKey(ctx, other, k.Head), access.ErrKeyUnknown)
	wantErr(t, "an operator's key", d.RevokeKey(ctx, access.ForOperator(), k.Head), access.ErrKeyUnknown)
	_, err := d.Authenticate(ctx, text)
	wantErr(t, "before", err, nil)

	wantErr(t, "revoke", d.RevokeKey(ctx, m, k.Head), nil)
	_, err = d.Authenticate(ctx, text)
	wantErr(t, "at once where it was revoked", err, access.ErrKeyRevoked)
	_, err = elsewhere.Authenticate(ctx, text)
	wantErr(t, "remembered elsewhere", err, nil)
	at := d.clock.Now()
	d.clock.add(access.RevocationDelay)
	_, err = elsewhere.Authenticate(ctx, text)
	wantErr(t, "elsewhere, a little later", err, access.ErrKeyRevoked)

	wantErr(t, "revoke again", d.RevokeKey(ctx, m, k.Head), nil)
	all, err := d.Keys(ctx, m)
	if err != nil || len(all) != 2 || !all[0].RevokedAt.Equal(at) || !all[1].RevokedAt.IsZero() {
		t.Errorf("keys after revoking one at %v: %+v, %v", at, all, err)
	}
	_, err = d.Authenticate(ctx, stays)
	wantErr(t, "the other key", err, nil)
}

func merchants(t *testing.T, d *desk) {
	ctx := t.Context()
	m := d.merchant()
	wantStatus := func(what string, want access.MerchantStatus) {
		t.Helper()
		got, err := d.Merchant(ctx, m.ID)
		if want := (access.Merchant{ID: m.ID, Name: m.Name, Currency: "CNY", Status: want, CreatedAt: m.CreatedAt}); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", what, got, err, want)
		}
	}
	wantStatus("new", access.MerchantActive)
	for range 2 {
		wantErr(t, "Suspend", d.Suspend(ctx, m.ID), nil)
		wantStatus("suspended", access.MerchantSuspended)
	}
	for range 2 {
		wantErr(t, "Resume", d.Resume(ctx, m.ID), nil)
		wantStatus("resumed", access.MerchantActive)
	}
	for _, bp := range []int{60, 10_000, 0} {
		wantErr(t, "SetFee", d.SetFee(ctx, m.ID, bp), nil)
		if got, err := d.Merchant(ctx, m.ID); err != nil || got.FeeBP != bp {
			t.Errorf("%d basis points: %+v, %v", bp, got, err)
		}
	}
	for _, bp := range []int{-1, 10_001} {
		var wrong *field.Error
		if err := d.SetFee(ctx, m.ID, bp); !errors.As(err, &wrong) || wrong.Field != "fee_bp" {
			t.Errorf("%d basis points: %v", bp, err)
		}
	}
	wantErr(t, "SetFee", d.SetFee(ctx, ids.Merchant{1}, 60), access.ErrNotFound)
	_, err := d.Merchant(ctx, ids.Merchant{1})
	wantErr(t, "Merchant", err, access.ErrNotFound)
	wantErr(t, "Suspend", d.Suspend(ctx, ids.Merchant{1}), access.ErrNotFound)
	for _, c := range []struct{ name, currency, field string }{
		{"", "CNY", "name"}, {strings.Repeat("a", 81), "CNY", "name"}, {"\x00", "CNY", "name"}, {"a", "cny", "currency"}, {"a", "", "currency"},
	} {
		var wrong *field.Error
		if _, err := d.CreateMerchant(ctx, c.name, c.currency); !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("CreateMerchant(%q, %q): %v", c.name, c.currency, err)
		}
	}
}

func gates(t *testing.T, d *desk) {
	ctx := t.Context()
	g, err := d.CreateGate(ctx, access.NewGate{Name: "North 3", Line: "10", Station: "Central", Kind: access.TapEntry})
	if err != nil {
		t.Fatal(err)
	}
	want := access.Gate{ID: g.ID, Name: "North 3", Line: "10", Station: "Central", Kind: access.TapEntry, Merchant: g.Merchant, CreatedAt: d.clock.Now()}
	if got, err := d.Gate(ctx, g.ID); err != nil || got != want {
		t.Errorf("Gate = %+v, %v, want %+v", got, err, want)
	}
	_, err = d.Gate(ctx, ids.Gate{1})
	wantErr(t, "Gate", err, access.ErrNotFound)
	for _, c := range []struct{ name, line, station, field string }{
		{"", "10", "", "name"}, {"a", "", "", "line"}, {"a", "10", "\n", "station"},
	} {
		var wrong *field.Error
		if _, err := d.CreateGate(ctx, access.NewGate{Name: c.name, Line: c.line, Station: c.station}); !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("CreateGate(%q, %q, %q): %v", c.name, c.line, c.station, err)
		}
	}
}

// forgetful says that it has kept a key, and has not.
type forgetful struct{ access.Store }

func (forgetful) AddKey(context.Context, access.Key) error { return nil }

func alipayApps(t *testing.T, d *desk) {
	ctx, m, other := t.Context(), d.merchant(), d.merchant()
	if err := d.SetAlipayApp(ctx, access.AlipayApp{Merchant: ids.Merchant{1}, PublicKey: []byte("key")}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("an app of nobody: %v", err)
	}
	if _, err := d.AlipayApp(ctx, m.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("none was set: %v", err)
	}
	for _, want := range []access.AlipayApp{
		{PublicKey: []byte("first")}, {PublicKey: []byte("second"), Certificate: []byte("certificate"), SHA1: true}, {PublicKey: []byte("third")},
	} {
		d.clock.add(time.Second)
		want.Merchant, want.SetAt = m.ID, d.clock.Now()
		if err := d.SetAlipayApp(ctx, want); err != nil {
			t.Fatal(err)
		}
		got, err := d.AlipayApp(ctx, m.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	if _, err := d.AlipayApp(ctx, other.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("another merchant's: %v", err)
	}
}
