package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/payment"
)

// Authenticate answers the device that calls with this access token and DPoP
// proof (RFC 9449, section 7). method and url are those of the request; url is
// absolute, and its query and fragment do not count.
//
// A frozen device is answered: it may learn that it is frozen and read its
// history. Whatever spends or issues refuses it.
// Errors: ErrTokenInvalid, ErrProofMalformed, ErrProofKey, ErrProofMismatch,
// ErrProofStale, ErrProofReplayed, ErrDeviceRevoked.
func (s *Service) Authenticate(ctx context.Context, token, proof, method, url string) (Device, error) {
	bucket, err := bearer.Bucket(tokenPrefix, token, s.Buckets)
	if err != nil {
		return Device{}, ErrTokenInvalid
	}
	hash := bearer.Hash(token)
	d, err := s.Store.DeviceByToken(ctx, bucket, hash)
	if errors.Is(err, ErrNotFound) {
		return Device{}, ErrTokenInvalid
	} else if err != nil {
		return Device{}, fmt.Errorf("device by token: %w", err)
	}
	now := s.Now()
	p, err := checkProof(proof, expected{d.PublicKey, hash, method, url, now, s.ProofLeeway})
	if err != nil {
		return Device{}, err
	}
	if d.Status == payment.DeviceIsRevoked { // said only to whoever has the device's key
		return Device{}, ErrDeviceRevoked
	}
	// Last, so that nothing but good proofs of a device fills its row. Kept for
	// twice the leeway: another server's clock may be behind this one's.
	fresh, err := s.Store.SpendProof(ctx, d.ID, p.jti, p.issuedAt.Add(2*s.ProofLeeway), now)
	if err != nil {
		return Device{}, fmt.Errorf("spend proof: %w", err)
	}
	if !fresh {
		return Device{}, ErrProofReplayed
	}
	return d, nil
}
