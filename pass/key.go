package pass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/veraison/go-cose"
)

// ErrKey is for a key that is not of a kind that can be used here.
var ErrKey = errors.New("pass: not a key that can be used here")

// IssuerKey signs passes, receipts and deny deltas. Several can be in use at a
// time; what they signed says by its id with which one.
type IssuerKey struct {
	ID      uint32
	Private crypto.Signer // P-256 (ES256) or Ed25519 (EdDSA)
}

// PublicKey is the half of an issuer key that gates and tills hold. In JSON it
// is a JWK (RFC 7517) whose "kid" is the id in decimal.
type PublicKey struct {
	ID  uint32
	Key []byte // P-256: 04 ‖ x[32] ‖ y[32]; Ed25519: 32 bytes
}

// Public is the public half. Of a key that cannot be used it holds no bytes, and
// NewVerifier refuses it.
func (k IssuerKey) Public() PublicKey {
	p := PublicKey{ID: k.ID}
	if k.Private == nil {
		return p
	}
	switch public := k.Private.Public().(type) {
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			p.Key, _ = public.Bytes() // fails only off the curve, and then gives none
		}
	case ed25519.PublicKey:
		p.Key = public
	}
	return p
}

// String names the id alone: a key must not be printed by accident.
func (k IssuerKey) String() string { return fmt.Sprintf("issuer key %d", k.ID) }

// GoString is String.
func (k IssuerKey) GoString() string { return k.String() }

// signer is the key as go-cose takes it.
func (k IssuerKey) signer() (cose.Signer, error) {
	public := k.Public()
	switch len(public.Key) {
	case p256Len:
		return cose.NewSigner(cose.AlgorithmES256, p256Signer{k.Private})
	case ed25519.PublicKeySize:
		return cose.NewSigner(cose.AlgorithmEdDSA, k.Private)
	}
	return nil, fmt.Errorf("%w: issuer key %d", ErrKey, k.ID)
}

// sign makes a COSE_Sign1 of a payload.
func (k IssuerKey) sign(as string, payload []byte) ([]byte, error) {
	signer, err := k.signer()
	if err != nil {
		return nil, err
	}
	head := issuerHeader{Algorithm: signer.Algorithm()}
	binary.BigEndian.PutUint32(head.KeyID[:], k.ID)
	s := sign1{Protected: head.encode(), Payload: payload}
	if err := s.sign(signer, as); err != nil {
		return nil, err
	}
	return s.encode(), nil
}

// p256Len is the size of an uncompressed point, in bytes.
const p256Len = 65

// verifier is the key as go-cose takes it.
func (p PublicKey) verifier() (cose.Verifier, error) {
	switch len(p.Key) {
	case p256Len:
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), p.Key)
		if err != nil {
			return nil, fmt.Errorf("%w: issuer key %d: %v", ErrKey, p.ID, err)
		}
		return es256{key}, nil
	case ed25519.PublicKeySize:
		return cose.NewVerifier(cose.AlgorithmEdDSA, ed25519.PublicKey(p.Key))
	}
	return nil, fmt.Errorf("%w: issuer key %d", ErrKey, p.ID)
}
