package issuing

import (
	"context"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Kind is what sort of thing a device is.
type Kind string

// The kinds of device.
const (
	Phone         Kind = "phone"
	Watch         Kind = "watch"
	Card          Kind = "card"
	Authenticator Kind = "authenticator" // an app of RFC 6238 without keys of its own
)

// EventFrozen tells that a device was frozen.
const EventFrozen payment.EventKind = "device.frozen"

// Device is one phone, watch or card of a payer.
type Device struct {
	payment.Device
	Kind      Kind
	Name      string    // what the payer calls it
	PublicKey PublicKey // signs its proofs
	SealKey   PublicKey // seeds are sealed to it
	TokenHash [32]byte  // SHA-256 of its access token
	CreatedAt time.Time
}

// Device answers a device, or ErrNotFound.
func (s *Service) Device(ctx context.Context, id ids.Device) (Device, error) {
	return s.Store.Device(ctx, id)
}

// usable says why a device may not be used, if so.
func (d Device) usable() error {
	switch d.Status {
	case payment.DeviceActive:
		return nil
	case payment.DeviceIsFrozen:
		return ErrDeviceFrozen
	}
	return ErrDeviceRevoked
}
