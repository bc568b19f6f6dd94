package fill

import (
	"bytes"
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/bench"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/sqlite"
)

func TestFillPutsEveryPayerInOnceAndWhole(t *testing.T) {
	keys, err := issuing.NewKeyring(1, map[uint32]paycode.MasterKey{1: {7}})
	if err != nil {
		t.Fatal(err)
	}
	for _, buckets := range []int{1, 16} {
		engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "f.db"), sqlite.Options{Buckets: buckets})
		if err != nil {
			t.Fatal(err)
		}
		var put atomic.Int64
		phones, err := Fill(t.Context(), engine, keys, Sizes{Devices: 2001, Paying: 100}, &put)
		if err != nil || len(phones) != 100 || put.Load() != 2001 {
			t.Fatalf("%d who pay, %d put in, %v", len(phones), put.Load(), err)
		}
		check(t, engine, keys, phones)
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}
}

// check reads through the store's own methods, as the server does.
func check(t *testing.T, engine store.Engine, keys *issuing.Keyring, phones []bench.Phone) {
	t.Helper()
	db := store.New(engine)
	aliases := map[paycode.Alias]bool{}
	for _, p := range phones {
		payer, err := db.Payer(t.Context(), p.Payer)
		if err != nil || len(payer.Devices) != 1 {
			t.Fatalf("%+v, %v", payer, err)
		}
		d := payer.Devices[0]
		seed, err := keys.Seed(d.Newest.KeyID, paycode.DeviceID(d.ID), d.Newest.Generation)
		if err != nil || seed != p.Seed || d.Alias != p.Alias || aliases[p.Alias] || !paycode.DefaultProfile().Fits(p.Alias) {
			t.Errorf("%+v, %v", d, err)
		}
		aliases[p.Alias] = true
		if bytes.Equal(d.TokenHash[:], make([]byte, 32)) {
			t.Error("a device without a token")
		}
	}
	counts(t, engine)
}

func counts(t *testing.T, engine store.Engine) {
	t.Helper()
	err := engine.Read(context.Background(), func(tx store.Tx) error {
		for _, table := range []string{"payers", "external_ids", "devices", "aliases", "accounts"} {
			var n int64
			if err := tx.Row("SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
				return err
			}
			if n != 2001 {
				t.Errorf("%d %s", n, table)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
