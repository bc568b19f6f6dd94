package issuing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode/field"
)

// PublicKey is a point of P-256 in SEC 1's uncompressed form: 04 ‖ x[32] ‖ y[32].
type PublicKey [65]byte

// maxJWK bounds what is parsed for a key, in bytes.
const maxJWK = 2048

// parseJWK reads a P-256 public key (RFC 7517, RFC 7518 section 6.2). Members
// that say nothing about the key are ignored, as RFC 7517 wants. The point must
// be on the curve: sealing to one that is not would give the seed away.
func parseJWK(name string, raw json.RawMessage) (PublicKey, error) {
	var k jose.JSONWebKey
	if len(raw) > maxJWK || k.UnmarshalJSON(raw) != nil {
		return PublicKey{}, field.Wrong(name, "must be a JWK of kty EC, crv P-256")
	}
	public, err := p256(&k)
	if err != nil {
		return PublicKey{}, field.Wrong(name, "%v", err)
	}
	return public, nil
}

// p256 is the point of a JWK that is a public key on P-256.
func p256(k *jose.JSONWebKey) (PublicKey, error) {
	if !k.IsPublic() {
		return PublicKey{}, fmt.Errorf("must be a public key")
	}
	ec, ok := k.Key.(*ecdsa.PublicKey)
	if !ok || ec.Curve != elliptic.P256() {
		return PublicKey{}, fmt.Errorf("must be on the curve P-256")
	}
	b, err := ec.Bytes() // fails for a point that is not on the curve
	if err != nil {
		return PublicKey{}, fmt.Errorf("must be a point on the curve")
	}
	return PublicKey(b), nil
}

// ecdsa is the key for verifying signatures.
func (k PublicKey) ecdsa() (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k[:])
}
