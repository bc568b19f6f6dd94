package issuing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Issuers are the keys that sign what others verify without asking: passes,
// receipts, deny deltas. A Keyring has one for each master key.
type Issuers interface {
	// Issuer is the key that signs now.
	Issuer() (pass.IssuerKey, error)
	// PublicKeys are those of all keys, oldest first: what was signed before a
	// rotation stays good until it expires.
	PublicKeys() ([]pass.PublicKey, error)
}

// PassTerms are what every pass says. The zero value is for no passes.
type PassTerms struct {
	Lasts    time.Duration // from its issue on
	CapMinor int64         // the most that one ride costs, in minor units of the payer's currency
	Product  string        // what kind of pass it is; at most pass.MaxProduct bytes
}

// DefaultPassTerms are seven days, and 50.00 a ride.
func DefaultPassTerms() PassTerms {
	return PassTerms{Lasts: 7 * 24 * time.Hour, CapMinor: 5000, Product: "transit"}
}

func (t PassTerms) check() error {
	if t == (PassTerms{}) {
		return nil
	}
	if t.Lasts < time.Hour || t.Lasts > 366*24*time.Hour {
		return field.Wrong("pass_lasts", "must be from an hour to a year")
	}
	if t.CapMinor < 0 || t.CapMinor > pass.MaxCapMinor {
		return field.Wrong("ride_cap", "must be from 0 to %d", int64(pass.MaxCapMinor))
	}
	return field.Text("pass_product", t.Product, 0, pass.MaxProduct)
}

// IssuedPass is what is remembered of a pass.
type IssuedPass struct {
	ID      [8]byte
	Device  ids.Device
	Expires time.Time
}

// PassStore keeps passes.
type PassStore interface {
	// HoldPass answers the pass of p's device that expires after longer, or remembers
	// and answers p, and forgets passes of the device that expired long ago. That the
	// device may be used it finds out in the same transaction. It also answers the
	// limit of the payer's credit line, in minor units.
	// Errors: ErrNotFound, ErrDeviceFrozen, ErrDeviceRevoked, ErrInDebt.
	HoldPass(ctx context.Context, p IssuedPass, now, longer time.Time) (held IssuedPass, creditLimit int64, err error)
}

// pass issues a pass to a device, nil where the issuer has none, the device is of
// a kind without a key, or the payer is in debt. Where he has a credit line, it is at
// the expense of that. Until half of its time is over it is the same pass, by its
// id, signed anew with what is true now: a deny list has one entry for a device that
// syncs often, and a gate knows that it went through already. It is remembered
// before it is signed, by a transaction that sees whether the device is good: so
// no pass is about that a device's freeze did not meet.
func (s *Service) pass(ctx context.Context, d Device, p payment.Payer) ([]byte, error) {
	if s.Passes == (PassTerms{}) || d.Kind == Authenticator {
		return nil, nil
	}
	now := s.Now()
	issued := IssuedPass{Device: d.ID, Expires: now.Add(s.Passes.Lasts).Truncate(time.Second)}
	if _, err := io.ReadFull(s.Random, issued.ID[:]); err != nil {
		return nil, fmt.Errorf("pass: draw an id: %w", err)
	}
	issued, limit, err := s.Store.HoldPass(ctx, issued, now, now.Add(s.Passes.Lasts/2))
	switch {
	case errors.Is(err, ErrInDebt):
		return nil, nil
	case err != nil:
		return nil, err
	}
	fund := pass.Balance
	if limit > 0 {
		fund = pass.Credit
	}
	key, err := s.Issuers.Issuer()
	if err != nil {
		return nil, fmt.Errorf("pass: %w", err)
	}
	device, err := d.PublicKey.ecdsa()
	if err != nil {
		return nil, fmt.Errorf("pass: %w", err)
	}
	// It begins a little before now: a gate's clock may be behind ours, as far as a presentation may be old.
	return pass.Issue(key, pass.Pass{
		ID: issued.ID, Alias: d.Alias, NotBefore: now.Add(-pass.Fresh).Truncate(time.Second), Expires: issued.Expires, DeviceKey: device,
		Fund: fund, CapMinor: s.Passes.CapMinor, Currency: p.Currency, Product: s.Passes.Product,
	})
}

// IssuerKeys are the public keys of all who sign passes, oldest first.
func (s *Service) IssuerKeys() ([]pass.PublicKey, error) {
	if s.Issuers == nil {
		return nil, nil
	}
	return s.Issuers.PublicKeys()
}

// errNoIssuer is for a server that was given no issuer keys.
var errNoIssuer = errors.New("issuing: there is no issuer key")

// IssuerKey is the key that signs now.
func (s *Service) IssuerKey() (pass.IssuerKey, error) {
	if s.Issuers == nil {
		return pass.IssuerKey{}, errNoIssuer
	}
	return s.Issuers.Issuer()
}

// Issuer implements Issuers.
func (k *Keyring) Issuer() (pass.IssuerKey, error) { return k.issuer(k.active) }

// PublicKeys implements Issuers.
func (k *Keyring) PublicKeys() (all []pass.PublicKey, err error) {
	for _, id := range k.IDs() {
		key, err := k.issuer(id)
		if err != nil {
			return nil, err
		}
		all = append(all, key.Public())
	}
	return all, nil
}

func (k *Keyring) issuer(id uint32) (pass.IssuerKey, error) {
	var master paycode.MasterKey = k.keys[id]
	return pass.DeriveIssuerKey(master[:], id)
}
