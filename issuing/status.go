package issuing

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Freeze stops a lost device: it can neither pay nor sync until it is unfrozen.
// The reason is logged. A device that is frozen already is answered as it is.
// Errors: *field.Error, ErrNotFound, ErrDeviceRevoked.
func (s *Service) Freeze(ctx context.Context, id ids.Device, reason string) (Device, error) {
	return s.setStatus(ctx, id, payment.DeviceIsFrozen, reason)
}

// Unfreeze lets a device that was found again go on, and an authenticator also
// when it was refused for too many wrong codes. Errors as for Freeze.
func (s *Service) Unfreeze(ctx context.Context, id ids.Device, reason string) (Device, error) {
	return s.setStatus(ctx, id, payment.DeviceActive, reason)
}

// Revoke ends a device for good, asked by the operator or by the device itself.
// Errors: *field.Error, ErrNotFound.
func (s *Service) Revoke(ctx context.Context, id ids.Device, reason string) (Device, error) {
	return s.setStatus(ctx, id, payment.DeviceIsRevoked, reason)
}

func (s *Service) setStatus(ctx context.Context, id ids.Device, to payment.DeviceStatus, reason string) (Device, error) {
	if err := field.Text("reason", reason, 0, 200); err != nil {
		return Device{}, err
	}
	event := ids.New[ids.Event](s.ids, s.Now(), id.Bucket(s.Buckets))
	d, err := s.Store.ChangeDevice(ctx, id, func(d Device, _ []IssuedAlias) (Change, error) {
		return decideStatus(d, to, event)
	})
	if err != nil {
		return Device{}, fmt.Errorf("set device %s: %w", to, err)
	}
	s.Log.Info("device status set", "device", id, "status", to, "reason", reason)
	return d, nil
}

// decideStatus: from active to frozen and back, from either to revoked, from
// revoked nowhere. The event goes out once, when the status changes.
func decideStatus(d Device, to payment.DeviceStatus, event ids.Event) (Change, error) {
	// Other devices get another alias when they sync; an authenticator never does.
	forgive := d.Kind == Authenticator && to == payment.DeviceActive
	switch d.Status {
	case to:
		return Change{Device: d, Forgive: forgive}, nil
	case payment.DeviceIsRevoked:
		return Change{}, ErrDeviceRevoked
	}
	d.Status = to
	return Change{Device: d, Status: event, Forgive: forgive}, nil
}
