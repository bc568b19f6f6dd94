package storetest

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
)

func syncRenews(t *testing.T, is *issuer) {
	p := is.phone()
	first := p.alias
	limits := payment.Limits{PerPayment: 5, PerDay: 6, CountPerDay: 7, ConfirmAbove: 8}
	if err := is.SetLimits(t.Context(), is.device(p.id).Payer, limits); err != nil {
		t.Fatal(err)
	}
	is.clock.add(100 * time.Hour)
	got := p.sync(is.Service)
	if got.Seed != nil || got.Generation != 1 {
		t.Errorf("a seed of generation %d for a device that holds generation 1", got.Generation)
	}
	if got.Alias == first || got.Limits != limits || !got.ServerTime.Equal(is.clock.Now()) {
		t.Errorf("alias %d after %d, limits %+v, time %v", got.Alias, first, got.Limits, got.ServerTime)
	}
	if want := is.clock.Now().Add(30 * 24 * time.Hour); !got.SyncBy.Equal(want) || !is.device(p.id).SyncedAt.Equal(is.clock.Now()) {
		t.Errorf("sync by %v, want %v", got.SyncBy, want)
	}
	seed := p.seed
	p.seed = paycode.Seed{}
	asked, err := is.Sync(t.Context(), p.id, issuing.Held{Alias: p.alias}) // lost its seed
	if err != nil || asked.Seed == nil {
		t.Fatalf("no seed for a device that asks, %v", err)
	}
	if p.take(asked); p.seed != seed {
		t.Error("another seed of the same generation")
	}
}

func aliasesUntilAcknowledged(t *testing.T, is *issuer) {
	p := is.phone()
	a1 := p.alias
	p.sync(is.Service)
	a2 := p.alias
	want(t, is.aliases(p.id), a1, a2)
	p.sync(is.Service) // names a2, so a1 is gone
	a3 := p.alias
	want(t, is.aliases(p.id), a2, a3)
	said := issuing.Held{Alias: 999_999_999, Generation: 1} // never issued
	if _, err := is.Sync(t.Context(), p.id, said); err != nil {
		t.Fatal(err)
	}
	if got := is.aliases(p.id); len(got) != 3 || got[0] != a2 || got[1] != a3 {
		t.Errorf("aliases %v after a sync that named an unknown one, want %d, %d and another", got, a2, a3)
	}
}

func want(t *testing.T, got []paycode.Alias, want ...paycode.Alias) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("aliases %v, want %v", got, want)
	}
}

func aliasesWhenAnswersAreLost(t *testing.T, is *issuer) {
	p := is.phone()
	a1 := p.alias
	var lost []paycode.Alias
	for range 7 {
		answer, err := is.Sync(t.Context(), p.id, p.held())
		if err != nil {
			t.Fatal(err)
		}
		lost = append(lost, answer.Alias)
	}
	// The one that the device holds stays good, and the newest.
	want(t, is.aliases(p.id), a1, lost[4], lost[5], lost[6])
	silent := lost
	for range 5 {
		answer, err := is.Sync(t.Context(), p.id, issuing.Held{})
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, answer.Alias)
	}
	want(t, is.aliases(p.id), a1, silent[9], silent[10], silent[11]) // it named no other one
}

// aliasShownByPayment: a code with the newest alias was paid, so the device holds it.
func aliasShownByPayment(t *testing.T, is *issuer) {
	p := is.phone()
	old := p.held()
	p.sync(is.Service)
	err := is.db.Update(t.Context(), p.id.Bucket(is.db.Buckets()),
		[]payment.Need{{Code: paycode.Code{Form: paycode.FormDigits, Alias: p.alias}}},
		func(r *payment.Rows) {
			d := r.Devices[p.id]
			d.AliasHeld, d.Shown = true, p.alias
			r.Devices[p.id] = d
			r.Changes.Devices.Keys, r.Changes.Devices.Marked[p.id] = []ids.Device{p.id}, true
		})
	if err != nil {
		t.Fatal(err)
	}
	want(t, is.aliases(p.id), p.alias)
	next, err := is.Sync(t.Context(), p.id, old) // whatever the device says
	if err != nil {
		t.Fatal(err)
	}
	want(t, is.aliases(p.id), p.alias, next.Alias)
	if is.device(p.id).AliasHeld {
		t.Error("an alias counts as held before anyone has shown it")
	}
}

func aliasTaken(t *testing.T, is *issuer) {
	p := is.phone()
	other := newPhone(t)
	other.enrol(is, is.ticket(is.device(p.id).Payer))
	_, err := is.db.ChangeDevice(t.Context(), p.id, func(d issuing.Device, _ []issuing.IssuedAlias) (issuing.Change, error) {
		d.Alias, d.Status = other.alias, payment.DeviceIsFrozen
		return issuing.Change{Device: d, Issue: issuing.IssuedAlias{Alias: other.alias, At: is.clock.Now()}}, nil
	})
	wantErr(t, "an alias of another device", err, issuing.ErrAliasTaken)
	if d := is.device(p.id); d.Alias != p.alias || d.Status != payment.DeviceActive {
		t.Errorf("a refused change was written: %+v", d.Device)
	}
	want(t, is.aliases(other.id), other.alias)
}

// aliasForgetsWrongCodes: wrong codes for whoever had the alias before.
func aliasForgetsWrongCodes(t *testing.T, is *issuer) {
	p := is.phone()
	bucket := p.id.Bucket(is.db.Buckets())
	fresh, err := is.Profile.NewAlias(rand.Reader, bucket, is.db.Buckets())
	if err != nil {
		t.Fatal(err)
	}
	maker := ids.Maker{Random: rand.Reader, Buckets: is.db.Buckets()}
	need := payment.Need{
		Code:     paycode.Code{Form: paycode.FormDigits, Alias: fresh},
		Merchant: ids.New[ids.Merchant](maker, is.clock.Now(), maker.AnyBucket()),
	}
	err = is.db.Update(t.Context(), bucket, []payment.Need{need}, func(r *payment.Rows) {
		for _, k := range []payment.WrongKey{{Alias: fresh}, {Alias: fresh, Merchant: need.Merchant}} {
			r.Wrong[k] = payment.Wrong{Since: is.clock.Now(), Count: 19}
			r.Changes.Wrong.Keys, r.Changes.Wrong.Marked[k] = append(r.Changes.Wrong.Keys, k), true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(is.rows(bucket, need).Wrong); n != 2 {
		t.Fatalf("%d counts of wrong codes are kept, want 2", n)
	}
	_, err = is.db.ChangeDevice(t.Context(), p.id, func(d issuing.Device, _ []issuing.IssuedAlias) (issuing.Change, error) {
		d.Alias = fresh
		return issuing.Change{Device: d, Issue: issuing.IssuedAlias{Alias: fresh, At: is.clock.Now().Add(1)}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(is.rows(bucket, need).Wrong); n != 0 {
		t.Errorf("%d counts of wrong codes for an alias that was just issued", n)
	}
}

func syncsRace(t *testing.T, is *issuer) {
	p := is.phone()
	errs := together(t.Context(), 8, func(ctx context.Context, i int) error {
		_, err := is.Sync(ctx, p.id, p.held())
		return err
	})
	if n := count(errs, nil); n != len(errs) {
		t.Fatal(errs)
	}
	got := is.aliases(p.id)
	if len(got) != 4 || got[0] != p.alias || got[3] != is.device(p.id).Alias {
		t.Errorf("aliases %v after eight syncs at once from a device that holds %d", got, p.alias)
	}
}

func rotate(t *testing.T, is *issuer) {
	ctx := t.Context()
	p := is.phone()
	old := p.seed
	for range 2 { // again changes nothing
		d, err := is.Rotate(ctx, p.id)
		if err != nil || d.Newest.Generation != 2 || d.Held.Generation != 1 {
			t.Fatalf("after Rotate: %+v, %v", d.Device, err)
		}
	}
	now := is.clock.Now()
	if d := is.device(p.id); len(d.Seeds(now)) != 2 || len(d.Seeds(now.Add(payment.BothGenerations))) != 2 || len(d.Seeds(now.Add(payment.BothGenerations+1))) != 1 {
		t.Errorf("seeds until acknowledged: %v, later %v", d.Seeds(now), d.Seeds(now.Add(payment.BothGenerations+1)))
	}
	lost, err := is.Sync(ctx, p.id, p.held())
	if err != nil || lost.Seed == nil || lost.Generation != 2 {
		t.Fatalf("first sync after a rotation: generation %d, %v", lost.Generation, err)
	}
	if d := is.device(p.id); d.Held.Generation != 1 {
		t.Error("a generation counts as held though its answer may be lost")
	}
	p.sync(is.Service)
	if master := masterKey(1); p.seed == old || p.seed != paycode.DeriveSeed(&master, paycode.DeviceID(p.id), 2) {
		t.Error("the second generation's seed is not its own")
	}
	if got := p.sync(is.Service); got.Seed != nil {
		t.Error("the seed again, for a device that said it holds it")
	}
	if d := is.device(p.id); d.Held != d.Newest || len(d.Seeds(now)) != 1 {
		t.Errorf("after the device named its generation: %+v", d.Device)
	}
}

func rotateToNewKey(t *testing.T, is *issuer) {
	p := is.phone()
	moved := is.service(ring(t, 2))
	answer := p.sync(moved)
	master := masterKey(2)
	if answer.Generation != 2 || p.seed != paycode.DeriveSeed(&master, paycode.DeviceID(p.id), 2) {
		t.Errorf("generation %d is not of the new master key", answer.Generation)
	}
	d := is.device(p.id)
	if d.Newest != (payment.SeedRef{KeyID: 2, Generation: 2}) || d.Held != (payment.SeedRef{KeyID: 1, Generation: 1}) {
		t.Errorf("newest %+v, held %+v", d.Newest, d.Held)
	}
	if got := p.sync(moved); got.Generation != 2 || got.Seed != nil {
		t.Errorf("rotated again to generation %d", got.Generation)
	}
	// A server that was not restarted yet must not take the device back.
	if got := p.sync(is.Service); got.Generation != 2 {
		t.Errorf("a server with the old keys gave generation %d", got.Generation)
	}
	if d := is.device(p.id); d.Held != d.Newest || d.Newest.KeyID != 2 {
		t.Errorf("newest %+v, held %+v", d.Newest, d.Held)
	}
}

func devicesWithKey(t *testing.T, is *issuer) {
	ctx := t.Context()
	moved, stays, gone := is.phone(), is.phone(), is.phone()
	if _, err := is.Revoke(ctx, gone.id, ""); err != nil {
		t.Fatal(err)
	}
	moved.sync(is.service(ring(t, 2)))
	since := func() time.Time { return is.clock.Now().Add(-payment.BothGenerations) }
	wantCount := func(what string, key uint32, want int64) {
		t.Helper()
		if n, err := is.db.DevicesWithKey(ctx, key, since()); err != nil || n != want {
			t.Errorf("%s: %d devices with key %d, %v, want %d", what, n, key, err, want)
		}
	}
	wantCount("one holds it, one may", 1, 2)
	wantCount("one was given it", 2, 1)
	is.clock.add(payment.BothGenerations)
	wantCount("the old seed no longer pays", 1, 1)
	stays.sync(is.service(ring(t, 2)))
	stays.sync(is.service(ring(t, 2)))
	wantCount("both moved on", 1, 0)
	wantCount("both moved on", 2, 2)
}
