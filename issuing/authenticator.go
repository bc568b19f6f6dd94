package issuing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/otp"
)

// appIssuer is what authenticator apps list us under.
const appIssuer = "paycode"

// App is what an authenticator app is given.
type App struct {
	Member paycode.Member
	URI    string // otpauth://…, with the secret: to be shown as a QR, once
}

// keyless refuses keys for an authenticator: somebody who sends them believes
// that they are needed to pay.
func (n NewDevice) keyless() error {
	for name, key := range map[string]json.RawMessage{"public_key": n.PublicKey, "seal_key": n.SealKey} {
		if len(key) > 0 {
			return field.Wrong(name, "must be absent: an authenticator has no keys")
		}
	}
	return nil
}

// enrolled is the answer to an authenticator that was just enrolled. Its limits
// are the lowest, and it never has to sync.
func (s *Service) enrolled(ctx context.Context, d Device) (Enrolment, error) {
	member, ok := d.Alias.Member()
	if !ok {
		return Enrolment{}, fmt.Errorf("issuing: the authenticator %v has no member number", d.ID)
	}
	secret, err := s.Keys.Authenticator(d.Newest.KeyID, paycode.DeviceID(d.ID), d.Newest.Generation)
	if err != nil {
		return Enrolment{}, fmt.Errorf("authenticator: %w", err)
	}
	answer, err := s.answer(ctx, d, false)
	if err != nil {
		return Enrolment{}, err
	}
	answer.Limits = answer.Limits.ForAuthenticator()
	key := otp.Key{
		Issuer: appIssuer, Account: member.String(), Secret: secret[:], Algorithm: otp.SHA1,
		Digits: paycode.AuthenticatorDigits, Period: paycode.AuthenticatorPeriod,
	}
	return Enrolment{Device: d.ID, App: &App{member, key.URI()}, Synced: answer}, nil
}

// SyncBy is when a device must have synced: never, which is the zero time, for an authenticator.
func (s *Service) SyncBy(d Device) (by time.Time) {
	if d.Kind != Authenticator {
		by = d.SyncedAt.Add(s.seedTTL())
	}
	return by
}
