package issuing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const tokenPrefix = "dt_"

// NewDevice asks for enrolment.
type NewDevice struct {
	Ticket    string
	Kind      Kind
	Name      string          // 1 to 80 characters
	PublicKey json.RawMessage // JWK on P-256: signs the device's proofs; none of an authenticator
	SealKey   json.RawMessage // JWK on P-256: seeds are sealed to it
}

// Enrolment is what a device needs to begin.
type Enrolment struct {
	Device      ids.Device
	AccessToken string // shown once; good only with proofs by the device's key; none of an authenticator
	App         *App   // what the app of an authenticator is given, shown once
	Synced
}

// Enrol makes a device of the ticket's payer. The same ticket with the same keys
// is answered again while it lasts, with the same device and a new access token
// that replaces the last one: a device whose answer was lost is not stranded. An
// authenticator has no keys, so its ticket is answered once: somebody who finds
// the ticket later must not be given its secret.
//
// Errors: *field.Error, ErrTicketInvalid, ErrTicketExpired,
// ErrTicketUsed, ErrDeviceFrozen, ErrDeviceRevoked.
func (s *Service) Enrol(ctx context.Context, n NewDevice) (Enrolment, error) {
	asked, err := n.parse()
	if err != nil {
		return Enrolment{}, err
	}
	bucket, err := bearer.Bucket(ticketPrefix, n.Ticket, s.Buckets)
	if err != nil {
		return Enrolment{}, ErrTicketInvalid
	}
	token, err := bearer.NewIn(s.Random, tokenPrefix, bucket)
	if err != nil {
		return Enrolment{}, err
	}
	now := s.Now()
	asked.ID, asked.CreatedAt = ids.New[ids.Device](s.ids, now, bucket), now
	asked.TokenHash = bearer.Hash(token)
	var d Device
	err = s.draw(asked.Kind, bucket, func(fresh paycode.Alias) (err error) {
		asked.Alias = fresh
		d, err = s.Store.Enrol(ctx, bucket, bearer.Hash(n.Ticket), func(t Ticket, old *Device) (Device, error) {
			return decideEnrol(t, old, asked, s.Keys.Active(), now)
		})
		return err
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("enrol: %w", err)
	}
	if d.Kind == Authenticator {
		return s.enrolled(ctx, d)
	}
	answer, err := s.answer(ctx, d, true)
	return Enrolment{Device: d.ID, AccessToken: token, Synced: answer}, err
}

// parse checks what can be checked without the store.
func (n NewDevice) parse() (d Device, err error) {
	switch n.Kind {
	case Phone, Watch, Card, Authenticator:
	default:
		return d, field.Wrong("kind", "must be phone, watch, card or authenticator")
	}
	if err := field.Text("name", n.Name, 1, 80); err != nil {
		return d, err
	}
	d.Kind, d.Name = n.Kind, n.Name
	if n.Kind == Authenticator {
		return d, n.keyless()
	}
	if d.PublicKey, err = parseJWK("public_key", n.PublicKey); err != nil {
		return d, err
	}
	d.SealKey, err = parseJWK("seal_key", n.SealKey)
	return d, err
}

// decideEnrol says which device a ticket stands for: the one that asks, or the
// one it has enrolled already.
func decideEnrol(t Ticket, old *Device, asked Device, active uint32, now time.Time) (Device, error) {
	if !now.Before(t.ExpiresAt) {
		return Device{}, ErrTicketExpired
	}
	if old == nil {
		first := payment.SeedRef{KeyID: active, Generation: 1}
		asked.Payer, asked.Status = t.Payer, payment.DeviceActive
		asked.AliasHeld = asked.Kind == Authenticator // it will never have another one
		asked.Newest, asked.Held, asked.RotatedAt, asked.SyncedAt = first, first, now, now
		return asked, nil
	}
	// Both keys: somebody who saw ticket and public key, which are no secrets
	// of the device, could otherwise have its seed sealed to a key of his own.
	if old.Kind == Authenticator || asked.Kind == Authenticator || old.PublicKey != asked.PublicKey || old.SealKey != asked.SealKey {
		return Device{}, ErrTicketUsed
	}
	if err := old.Usable(); err != nil {
		return Device{}, err
	}
	again := *old
	again.TokenHash = asked.TokenHash
	return again, nil
}
