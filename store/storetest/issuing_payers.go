package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

func payerOncePerExternalID(t *testing.T, is *issuer) {
	ctx := t.Context()
	first := is.payer()
	is.clock.add(time.Hour)
	again, err := is.CreatePayer(ctx, issuing.NewPayer{ExternalID: first.ExternalID, Currency: "CNY", Name: "another name"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same external id answers another payer:\n%s", diff)
	}
	_, err = is.CreatePayer(ctx, issuing.NewPayer{ExternalID: first.ExternalID, Currency: "EUR"})
	wantErr(t, "another currency", err, issuing.ErrPayerConflict)
	got, err := is.Payer(ctx, first.ID)
	if diff := cmp.Diff(first, got); err != nil || diff != "" {
		t.Errorf("Payer: %v\n%s", err, diff)
	}
	balance, err := is.db.Balance(ctx, first.ID)
	if err != nil || balance != (money.Amount{Minor: 0, Currency: "CNY"}) {
		t.Errorf("a new payer's balance = %v, %v", balance, err)
	}
}

// payerAfterCrash: the claim was written, the payer was not.
func payerAfterCrash(t *testing.T, is *issuer) {
	ctx, name := t.Context(), rand.Text()
	maker := ids.Maker{Random: rand.Reader, Buckets: is.db.Buckets()}
	claimed := ids.New[ids.Payer](maker, is.clock.Now(), maker.AnyBucket())
	if _, err := is.db.ClaimExternalID(ctx, name, claimed); err != nil {
		t.Fatal(err)
	}
	_, err := is.Payer(ctx, claimed)
	wantErr(t, "a payer who is only claimed", err, issuing.ErrNotFound)
	p, err := is.CreatePayer(ctx, issuing.NewPayer{ExternalID: name, Currency: "JPY"})
	if err != nil || p.ID != claimed || p.Currency != "JPY" {
		t.Errorf("CreatePayer after a crash = %v %v, %v; want %v", p.ID, p.Currency, err, claimed)
	}
}

func payerRefused(t *testing.T, is *issuer) {
	for _, c := range []struct {
		n     issuing.NewPayer
		field string
	}{
		{issuing.NewPayer{Currency: "CNY"}, "external_id"},
		{issuing.NewPayer{ExternalID: strings.Repeat("a", 129), Currency: "CNY"}, "external_id"},
		{issuing.NewPayer{ExternalID: "a\xff", Currency: "CNY"}, "external_id"},
		{issuing.NewPayer{ExternalID: "a", Currency: "CNY", Name: strings.Repeat("a", 81)}, "name"},
		{issuing.NewPayer{ExternalID: "a"}, "currency"},
		{issuing.NewPayer{ExternalID: "a", Currency: "cny"}, "currency"},
		{issuing.NewPayer{ExternalID: "a", Currency: "XXX"}, "currency"},
	} {
		var wrong *field.Error
		if _, err := is.CreatePayer(t.Context(), c.n); !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("CreatePayer(%+v): %v, want an error of %s", c.n, err, c.field)
		}
	}
}

func payersRace(t *testing.T, is *issuer) {
	name := rand.Text()
	var got [8]issuing.Payer
	errs := together(t.Context(), len(got), func(ctx context.Context, i int) (err error) {
		got[i], err = is.CreatePayer(ctx, issuing.NewPayer{ExternalID: name, Currency: "CNY"})
		return err
	})
	if n := count(errs, nil); n != len(got) {
		t.Fatal(errs)
	}
	for _, p := range got {
		if p.ID != got[0].ID {
			t.Errorf("two payers for one external id: %v and %v", p.ID, got[0].ID)
		}
	}
}

func payersSpread(t *testing.T, is *issuer) {
	seen := map[int]bool{}
	for range 8 * is.db.Buckets() {
		seen[is.payer().ID.Bucket(is.db.Buckets())] = true
	}
	if len(seen) < is.db.Buckets()*3/4 {
		t.Errorf("%d of %d buckets are used", len(seen), is.db.Buckets())
	}
}

func limits(t *testing.T, is *issuer) {
	p := is.payer()
	if p.Limits != payment.DefaultLimits() {
		t.Errorf("limits of a new payer = %+v", p.Limits)
	}
	want := payment.Limits{PerPayment: 1, PerDay: 2, CountPerDay: 3, ConfirmAbove: 4}
	if err := is.SetLimits(t.Context(), p.ID, want); err != nil {
		t.Fatal(err)
	}
	if got, err := is.Payer(t.Context(), p.ID); err != nil || got.Limits != want {
		t.Errorf("limits = %+v, %v, want %+v", got.Limits, err, want)
	}
	for _, l := range []payment.Limits{{PerPayment: -1}, {PerDay: money.MaxMinor + 1}, {CountPerDay: 1_000_001}, {ConfirmAbove: -1}} {
		var wrong *field.Error
		if err := is.SetLimits(t.Context(), p.ID, l); !errors.As(err, &wrong) {
			t.Errorf("SetLimits(%+v): %v", l, err)
		}
	}
}

func enrol(t *testing.T, is *issuer) {
	payer := is.payer()
	p := newPhone(t)
	e, err := is.Enrol(t.Context(), p.request(is.ticket(payer.ID)))
	if err != nil {
		t.Fatal(err)
	}
	p.id, p.token = e.Device, e.AccessToken
	p.take(e.Synced)
	master, buckets := masterKey(1), is.db.Buckets()
	if want := paycode.DeriveSeed(&master, paycode.DeviceID(p.id), 1); p.seed != want || e.Generation != 1 {
		t.Errorf("generation %d, seed is not the one that follows from the master key", e.Generation)
	}
	bucket := payer.ID.Bucket(buckets)
	if p.id.Bucket(buckets) != bucket || int(uint64(p.alias)%uint64(buckets)) != bucket || !e.Profile.Fits(p.alias) {
		t.Errorf("device %v, alias %d: not in bucket %d of the payer", p.id, p.alias, bucket)
	}
	if !e.SyncBy.Equal(is.clock.Now().Add(30*24*time.Hour)) || !e.ServerTime.Equal(is.clock.Now()) || e.Limits != payer.Limits {
		t.Errorf("sync by %v at %v, limits %+v", e.SyncBy, e.ServerTime, e.Limits)
	}
	got, err := is.Payer(t.Context(), payer.ID)
	if err != nil || len(got.Devices) != 1 {
		t.Fatalf("%d devices, %v", len(got.Devices), err)
	}
	d := got.Devices[0]
	if d.ID != p.id || d.Kind != issuing.Phone || d.Name != "Pixel" || d.Status != payment.DeviceActive || d.Held != d.Newest || d.AliasHeld {
		t.Errorf("stored device %+v", d.Device)
	}
	if rows := is.rows(bucket, payment.Need{Code: paycode.Code{Form: paycode.FormDigits, Alias: p.alias}}); rows.Aliases[p.alias] != p.id {
		t.Errorf("alias %d finds device %v, want %v", p.alias, rows.Aliases[p.alias], p.id)
	}
}

func nobodyThere(t *testing.T, is *issuer) {
	ctx := t.Context()
	_, err := is.Payer(ctx, ids.Payer{1})
	wantErr(t, "Payer", err, issuing.ErrNotFound)
	_, _, err = is.Ticket(ctx, ids.Payer{1})
	wantErr(t, "Ticket", err, issuing.ErrNotFound)
	wantErr(t, "SetLimits", is.SetLimits(ctx, ids.Payer{1}, payment.Limits{}), issuing.ErrNotFound)
	_, err = is.Device(ctx, ids.Device{1})
	wantErr(t, "Device", err, issuing.ErrNotFound)
	_, err = is.Sync(ctx, ids.Device{1}, issuing.Held{})
	wantErr(t, "Sync", err, issuing.ErrNotFound)
	_, err = is.Rotate(ctx, ids.Device{1})
	wantErr(t, "Rotate", err, issuing.ErrNotFound)
	_, err = is.Freeze(ctx, ids.Device{1}, "")
	wantErr(t, "Freeze", err, issuing.ErrNotFound)
	_, _, err = is.OnlineCode(ctx, ids.Device{1})
	wantErr(t, "OnlineCode", err, issuing.ErrNotFound)
}
