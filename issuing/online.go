package issuing

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// OnlineCodeTTL is how long an online code can be spent.
const OnlineCodeTTL = 120 * time.Second

// OnlineCode mints a code for a device that has network and answers its digits
// and when it expires. It retires the last one: a device has one at a time.
// Errors: ErrNotFound, ErrDeviceFrozen, ErrDeviceRevoked, ErrDeviceExpired.
func (s *Service) OnlineCode(ctx context.Context, id ids.Device) (digits string, expires time.Time, err error) {
	digits, err = s.Profile.NewOnline(s.Random, id.Bucket(s.Buckets), s.Buckets)
	if err != nil {
		return "", time.Time{}, err
	}
	now := s.Now()
	code := payment.OnlineCode{Device: id, Hash: bearer.Hash(digits), ExpiresAt: now.Add(OnlineCodeTTL)}
	_, err = s.Store.ChangeDevice(ctx, id, func(d Device, _ []IssuedAlias) (Change, error) {
		return decideOnline(d, code, s.seedTTL(), now)
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("online code: %w", err)
	}
	return digits, code.ExpiresAt, nil
}

func decideOnline(d Device, code payment.OnlineCode, seedTTL time.Duration, now time.Time) (Change, error) {
	if err := d.Usable(); err != nil {
		return Change{}, err
	}
	if now.After(d.SyncedAt.Add(seedTTL)) {
		return Change{}, ErrDeviceExpired
	}
	return Change{Device: d, Online: &code}, nil
}
