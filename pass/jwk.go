package pass

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
)

// jwk is a public key in JSON: RFC 7518 section 6.2 and RFC 8037 section 2.
type jwk struct {
	KeyID string `json:"kid"`
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y,omitempty"`
}

var b64 = base64.RawURLEncoding.Strict()

// MarshalJSON writes the JWK. ErrKey for a key that holds none.
func (p PublicKey) MarshalJSON() ([]byte, error) {
	j := jwk{KeyID: strconv.FormatUint(uint64(p.ID), 10)}
	switch len(p.Key) {
	case p256Len:
		j.Type, j.Curve = "EC", "P-256"
		j.X, j.Y = b64.EncodeToString(p.Key[1:33]), b64.EncodeToString(p.Key[33:])
	case ed25519.PublicKeySize:
		j.Type, j.Curve, j.X = "OKP", "Ed25519", b64.EncodeToString(p.Key)
	default:
		return nil, fmt.Errorf("%w: issuer key %d", ErrKey, p.ID)
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads a JWK; ErrKey for one of another kind. Members that it
// does not know are ignored, as RFC 7517 wants.
func (p *PublicKey) UnmarshalJSON(data []byte) error {
	var j jwk
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("%w: %v", ErrKey, err)
	}
	id, err := strconv.ParseUint(j.KeyID, 10, 32)
	x, errX := b64.DecodeString(j.X)
	y, errY := b64.DecodeString(j.Y)
	if err != nil || errX != nil || errY != nil || len(x) != 32 {
		return fmt.Errorf("%w: JWK %.12q", ErrKey, j.KeyID)
	}
	got := PublicKey{ID: uint32(id)}
	switch {
	case j.Type == "EC" && j.Curve == "P-256" && len(y) == 32:
		got.Key = append(append([]byte{4}, x...), y...)
	case j.Type == "OKP" && j.Curve == "Ed25519" && len(y) == 0:
		got.Key = x
	}
	if _, err := got.verifier(); err != nil { // off the curve, too
		return err
	}
	*p = got
	return nil
}
