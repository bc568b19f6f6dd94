package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
)

// errDied is where a server stopped.
var errDied = errors.New("crash")

// dying is a store whose failAt'th write is the last thing that a server did:
// nothing of it was written, or all of it and nobody was told.
type dying struct {
	issuing.Store
	failAt  int
	written bool
	writes  int
}

func (d *dying) write(do func() error) error {
	if d.writes++; d.writes != d.failAt {
		return do()
	}
	if d.written {
		if err := do(); err != nil {
			return err
		}
	}
	return errDied
}

func (d *dying) ClaimExternalID(ctx context.Context, externalID string, candidate ids.Payer) (id ids.Payer, err error) {
	err = d.write(func() (err error) { id, err = d.Store.ClaimExternalID(ctx, externalID, candidate); return err })
	return id, err
}

func (d *dying) AddPayer(ctx context.Context, p issuing.Payer) (got issuing.Payer, err error) {
	err = d.write(func() (err error) { got, err = d.Store.AddPayer(ctx, p); return err })
	return got, err
}

func (d *dying) Enrol(ctx context.Context, bucket int, ticket [32]byte, decide func(issuing.Ticket, *issuing.Device) (issuing.Device, error)) (got issuing.Device, err error) {
	err = d.write(func() (err error) { got, err = d.Store.Enrol(ctx, bucket, ticket, decide); return err })
	return got, err
}

func (d *dying) ChangeDevice(ctx context.Context, id ids.Device, decide func(issuing.Device, []issuing.IssuedAlias) (issuing.Change, error)) (got issuing.Device, err error) {
	err = d.write(func() (err error) { got, err = d.Store.ChangeDevice(ctx, id, decide); return err })
	return got, err
}

// crashes has run make a server die at each of a call's writes, before and after
// it was written, and then try again on one that lives.
func crashes(t *testing.T, is *issuer, writes int, run func(t *testing.T, dead *issuing.Service)) {
	for failAt := 1; failAt <= writes; failAt++ {
		for _, written := range []bool{false, true} {
			t.Run(fmt.Sprintf("write=%d,written=%v", failAt, written), func(t *testing.T) {
				c := is.Config
				c.Store = &dying{Store: is.db, failAt: failAt, written: written}
				dead, err := issuing.New(c)
				if err != nil {
					t.Fatal(err)
				}
				run(t, dead)
			})
		}
	}
}

func crashCreatingPayer(t *testing.T, is *issuer) {
	crashes(t, is, 2, func(t *testing.T, dead *issuing.Service) {
		n := issuing.NewPayer{ExternalID: rand.Text(), Currency: "CNY"}
		_, err := dead.CreatePayer(t.Context(), n)
		wantErr(t, "at the crash", err, errDied)
		first, err := is.CreatePayer(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		again, err := is.CreatePayer(t.Context(), n)
		if err != nil || again.ID != first.ID {
			t.Errorf("payer %v, then %v, %v", first.ID, again.ID, err)
		}
		if _, err := is.db.Balance(t.Context(), first.ID); err != nil {
			t.Errorf("no purse: %v", err)
		}
	})
}

func crashEnrolling(t *testing.T, is *issuer) {
	crashes(t, is, 1, func(t *testing.T, dead *issuing.Service) {
		payer := is.payer()
		text, p := is.ticket(payer.ID), newPhone(t)
		_, err := dead.Enrol(t.Context(), p.request(text))
		wantErr(t, "at the crash", err, errDied)
		p.enrol(is, text)
		_, err = is.Authenticate(t.Context(), p.token, p.proof(is.clock.Now(), "GET", here, nil), "GET", here)
		wantErr(t, "its token", err, nil)
		got, err := is.Payer(t.Context(), payer.ID)
		if err != nil || len(got.Devices) != 1 {
			t.Errorf("%d devices, %v", len(got.Devices), err)
		}
		want(t, is.aliases(p.id), p.alias)
	})
}

func crashSyncing(t *testing.T, is *issuer) {
	crashes(t, is, 1, func(t *testing.T, dead *issuing.Service) {
		p := is.phone()
		if _, err := is.Rotate(t.Context(), p.id); err != nil {
			t.Fatal(err)
		}
		old := p.alias
		_, err := dead.Sync(t.Context(), p.id, p.held())
		wantErr(t, "at the crash", err, errDied)
		if d := is.device(p.id); !slices.Contains(is.aliases(p.id), old) || len(d.Seeds(is.clock.Now())) != 2 {
			t.Errorf("what the device holds no longer pays: %+v", d.Device)
		}
		if p.sync(is.Service); p.generation != 2 || !slices.Contains(is.aliases(p.id), p.alias) {
			t.Errorf("after syncing again: generation %d", p.generation)
		}
	})
}

func crashFreezing(t *testing.T, is *issuer) {
	crashes(t, is, 1, func(t *testing.T, dead *issuing.Service) {
		p := is.phone()
		_, err := dead.Freeze(t.Context(), p.id, "lost")
		wantErr(t, "at the crash", err, errDied)
		if d, err := is.Freeze(t.Context(), p.id, "lost"); err != nil || d.Status != payment.DeviceIsFrozen {
			t.Errorf("frozen again: %s, %v", d.Status, err)
		}
		if n := is.frozenEvents(p.id); n != 1 {
			t.Errorf("%d events for one freeze", n)
		}
	})
}
