package issuing

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Rotate has a device given a new seed at its next sync. Until the device
// acknowledges it, but for payment.BothGenerations at most, codes of the old seed
// are good as well. While one rotation waits to be acknowledged, another changes
// nothing, so a repeated call does not strand a device that has just synced.
// Errors: ErrNotFound, ErrDeviceRevoked, ErrKindUnsupported.
func (s *Service) Rotate(ctx context.Context, id ids.Device) (Device, error) {
	d, err := s.Store.ChangeDevice(ctx, id, func(d Device, _ []IssuedAlias) (Change, error) {
		return decideRotate(d, s.Keys.Active(), s.Now())
	})
	if err != nil {
		return Device{}, fmt.Errorf("rotate: %w", err)
	}
	return d, nil
}

func decideRotate(d Device, active uint32, now time.Time) (Change, error) {
	if d.Status == payment.DeviceIsRevoked {
		return Change{}, ErrDeviceRevoked
	}
	if d.Kind == Authenticator {
		return Change{}, ErrKindUnsupported // it would be stranded: enrol another one instead
	}
	if d.Held == d.Newest {
		d.Device = d.rotated(active, now)
	}
	return Change{Device: d}, nil
}

// acknowledge notes the generation that the device says it holds.
func (d *Device) acknowledge(held paycode.Generation) {
	if held == d.Newest.Generation {
		d.Held = d.Newest
	}
}

// rotateTo moves the device on to the active master key. Key ids only grow: a
// server that has not yet heard of a new key must not take a device back.
func (d Device) rotateTo(active uint32, now time.Time) payment.Device {
	if d.Newest.KeyID >= active {
		return d.Device
	}
	return d.rotated(active, now)
}

func (d Device) rotated(active uint32, now time.Time) payment.Device {
	d.Newest = payment.SeedRef{KeyID: active, Generation: d.Newest.Generation + 1}
	d.RotatedAt = now
	return d.Device
}
