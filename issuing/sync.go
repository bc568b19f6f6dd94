package issuing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// maxAliases of one device are accepted at a time, so that answers that are
// lost again and again do not pile up.
const maxAliases = 4

// Held is what a device says it holds; zero for what it does not say. A device
// that names no generation is sent its seed again.
type Held struct {
	Alias      paycode.Alias
	Generation paycode.Generation
}

// Synced is what a device is told.
type Synced struct {
	Alias      paycode.Alias
	Generation paycode.Generation
	Seed       *Sealed // nil when the device holds this generation
	Profile    paycode.Profile
	Limits     payment.Limits
	ServerTime time.Time
	SyncBy     time.Time // when the seed stops working unless the device syncs again; zero: never
	Pass       []byte    // for gates; nil where the issuer has none
}

// Sync gives a device a new alias, its seed when it does not hold the newest
// one, and renews the seed's lifetime. A device whose seed follows from another
// master key than the active one is given a new generation.
//
// Asked again because an answer was lost, it gives yet another alias; those in
// between stay good until the device names the one it holds.
// Errors: ErrNotFound, ErrDeviceFrozen, ErrDeviceRevoked.
func (s *Service) Sync(ctx context.Context, id ids.Device, held Held) (Synced, error) {
	var d Device
	err := s.draw(Phone, id.Bucket(s.Buckets), func(fresh paycode.Alias) (err error) {
		d, err = s.Store.ChangeDevice(ctx, id, func(d Device, issued []IssuedAlias) (Change, error) {
			return decideSync(d, issued, held, fresh, s.Keys.Active(), s.Now())
		})
		return err
	})
	if err != nil {
		return Synced{}, fmt.Errorf("sync: %w", err)
	}
	return s.answer(ctx, d, held.Generation != d.Newest.Generation)
}

func decideSync(d Device, issued []IssuedAlias, held Held, fresh paycode.Alias, active uint32, now time.Time) (Change, error) {
	if err := d.Usable(); err != nil {
		return Change{}, err
	}
	keep := keepAliases(issued, d.AliasHeld, held.Alias)
	d.acknowledge(held.Generation)
	d.Device = d.rotateTo(active, now)
	d.Alias, d.AliasHeld, d.SyncedAt = fresh, false, now
	return Change{
		Device: d,
		Issue:  IssuedAlias{fresh, after(issued, now)},
		Drop:   slices.DeleteFunc(slices.Clone(issued), func(a IssuedAlias) bool { return slices.Contains(keep, a) }),
	}, nil
}

// keepAliases says which aliases stay accepted beside a new one: those from the
// one that the device is known to hold on. That is the first of issued, because
// older ones went when it showed it, or a later one that it names. When there
// are too many since, the device is told from the rest by neither, and the
// newest are kept.
func keepAliases(issued []IssuedAlias, newestHeld bool, named paycode.Alias) []IssuedAlias {
	holds := slices.IndexFunc(issued, func(a IssuedAlias) bool { return a.Alias == named })
	if newestHeld {
		holds = len(issued) - 1 // a payment has shown it, whatever the device remembers
	}
	keep := slices.Clone(issued[max(holds, 0):])
	if over := len(keep) - (maxAliases - 1); over > 0 {
		keep = slices.Delete(keep, 1, 1+over) // not the first: that would leave the device without a code that works
	}
	return keep
}

// after is now, or a microsecond after the last alias when the clock has not
// moved on: aliases are told apart by when they were issued.
func after(issued []IssuedAlias, now time.Time) time.Time {
	if n := len(issued); n > 0 && !now.After(issued[n-1].At) {
		return issued[n-1].At.Add(time.Microsecond)
	}
	return now
}

// answer tells a device how it stands. Whatever fails here is put right by the
// next sync.
func (s *Service) answer(ctx context.Context, d Device, withSeed bool) (Synced, error) {
	payer, err := s.Store.Payer(ctx, d.Payer)
	if err != nil {
		return Synced{}, err
	}
	a := Synced{
		Alias: d.Alias, Generation: d.Newest.Generation,
		Profile: s.Profile, Limits: payer.Limits,
		ServerTime: s.Now(), SyncBy: s.SyncBy(d),
	}
	if a.Pass, err = s.pass(ctx, d, payer.Payer); err != nil {
		return Synced{}, err
	}
	if !withSeed {
		return a, nil
	}
	seed, err := s.Keys.Seed(d.Newest.KeyID, paycode.DeviceID(d.ID), d.Newest.Generation)
	if err != nil {
		return Synced{}, fmt.Errorf("seed: %w", err)
	}
	sealed, err := seal(d.SealKey, paycode.DeviceID(d.ID), d.Newest.Generation, &seed)
	a.Seed = &sealed
	return a, err
}
