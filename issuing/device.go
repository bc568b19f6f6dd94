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

// The events that tell a device what it is from now on.
const (
	EventFrozen   payment.EventKind = "device.frozen"
	EventUnfrozen payment.EventKind = "device.unfrozen"
	EventRevoked  payment.EventKind = "device.revoked"
)

// EventOf is the event of a status that a device has just got.
func EventOf(s payment.DeviceStatus) payment.EventKind {
	switch s {
	case payment.DeviceIsFrozen:
		return EventFrozen
	case payment.DeviceIsRevoked:
		return EventRevoked
	}
	return EventUnfrozen
}

// Device is one phone, watch, card or authenticator of a payer. An authenticator
// has no keys, and a token hash that no token has.
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

// Usable says why a device may not be used, if so: ErrDeviceFrozen, ErrDeviceRevoked.
func (d Device) Usable() error {
	switch d.Status {
	case payment.DeviceActive:
		return nil
	case payment.DeviceIsFrozen:
		return ErrDeviceFrozen
	}
	return ErrDeviceRevoked
}
