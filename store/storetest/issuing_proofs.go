package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/issuing"
)

// here is the request that the tests' proofs are made for.
const here = "https://pay.example/v1/device/sync"

func authenticate(t *testing.T, is *issuer) {
	ctx := t.Context()
	p := is.phone()
	try := func() error {
		d, err := is.Authenticate(ctx, p.token, p.proof(is.clock.Now(), "POST", here, nil), "POST", here+"?a=b#c")
		if err == nil && d.ID != p.id {
			t.Errorf("device %v, want %v", d.ID, p.id)
		}
		return err
	}
	wantErr(t, "active", try(), nil)
	if _, err := is.Freeze(ctx, p.id, ""); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "frozen", try(), nil)
	if _, err := is.Revoke(ctx, p.id, ""); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "revoked", try(), issuing.ErrDeviceRevoked)
}

func proofRefused(t *testing.T, is *issuer) {
	ctx := t.Context()
	p, thief := is.phone(), is.phone()
	now := is.clock.Now()
	unknown, err := bearer.NewIn(zeros{}, "dt_", p.id.Bucket(is.db.Buckets()))
	if err != nil {
		t.Fatal(err)
	}
	good := p.proof(now, "POST", here, nil)
	withStolenToken := *thief
	withStolenToken.token = p.token
	for _, c := range []struct {
		name, token, proof string
		want               error
	}{
		{"token mistyped", p.token[:8] + swapped(p.token[8]) + p.token[9:], good, issuing.ErrTokenInvalid},
		{"no token", "", good, issuing.ErrTokenInvalid},
		{"token never issued", unknown, good, issuing.ErrTokenInvalid},
		{"stolen token, thief's key", p.token, withStolenToken.proof(now, "POST", here, nil), issuing.ErrProofKey},
		{"another device's proof", p.token, thief.proof(now, "POST", here, nil), issuing.ErrProofKey},
		{"proof for another token", thief.token, good, issuing.ErrProofKey},
		{"no proof", p.token, "", issuing.ErrProofMalformed},
		{"other method", p.token, p.proof(now, "GET", here, nil), issuing.ErrProofMismatch},
		{"other address", p.token, p.proof(now, "POST", here+"/x", nil), issuing.ErrProofMismatch},
		{"other token's hash", p.token, p.proof(now, "POST", here, map[string]any{"ath": "AAAA"}), issuing.ErrProofMismatch},
		{"too old", p.token, p.proof(now.Add(-61*time.Second), "POST", here, nil), issuing.ErrProofStale},
		{"of the future", p.token, p.proof(now.Add(61*time.Second), "POST", here, nil), issuing.ErrProofStale},
		{"old, but not too old", p.token, p.proof(now.Add(-60*time.Second), "POST", here, nil), nil},
		{"ahead, but not too far", p.token, p.proof(now.Add(60*time.Second), "POST", here, nil), nil},
		{"good, whatever was refused before", p.token, good, nil},
		{"replayed", p.token, good, issuing.ErrProofReplayed},
	} {
		_, err := is.Authenticate(ctx, c.token, c.proof, "POST", here)
		wantErr(t, c.name, err, c.want)
	}
	is.clock.add(60 * time.Second)
	for jti := range byte(100) { // each makes the store forget what is over
		if _, err := is.db.SpendProof(ctx, thief.id, [16]byte{0xff, jti}, now.Add(time.Hour), is.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	_, err = is.Authenticate(ctx, p.token, good, "POST", here)
	wantErr(t, "replayed at the last moment", err, issuing.ErrProofReplayed)
	is.clock.add(time.Second)
	_, err = is.Authenticate(ctx, p.token, good, "POST", here)
	wantErr(t, "replayed when it is too old", err, issuing.ErrProofStale)
}

// zeros is a source of a secret that nobody was given.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func proofsRace(t *testing.T, is *issuer) {
	p := is.phone()
	proof := p.proof(is.clock.Now(), "POST", here, nil)
	errs := together(t.Context(), 8, func(ctx context.Context, _ int) error {
		_, err := is.Authenticate(ctx, p.token, proof, "POST", here)
		return err
	})
	if good, replayed := count(errs, nil), count(errs, issuing.ErrProofReplayed); good != 1 || replayed != len(errs)-1 {
		t.Errorf("%d of %d uses of one proof were good: %v", good, len(errs), errs)
	}
}

func proofsForgotten(t *testing.T, is *issuer) {
	ctx := t.Context()
	p, now := is.phone(), is.clock.Now()
	spend := func(jti byte, until, now time.Time) bool {
		t.Helper()
		fresh, err := is.db.SpendProof(ctx, p.id, [16]byte{jti}, until, now)
		if err != nil {
			t.Fatal(err)
		}
		return fresh
	}
	if !spend(1, now.Add(time.Minute), now) || !spend(2, now.Add(time.Hour), now) {
		t.Fatal("a new proof is not new")
	}
	later := now.Add(2 * time.Minute)
	for jti := byte(10); jti < 100; jti++ { // enough to forget what other tests have left
		spend(jti, later.Add(time.Hour), later)
	}
	if !spend(1, later, later) {
		t.Error("a proof is remembered after its time")
	}
	if spend(2, later, later) {
		t.Error("a proof was forgotten before its time")
	}
}
