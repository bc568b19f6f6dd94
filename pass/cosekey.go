package pass

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
)

// coseKey is a P-256 public key with a compressed point (RFC 9053, section 7.1.1).
type coseKey struct {
	X   [32]byte
	Odd bool // y is odd
}

func compress(key *ecdsa.PublicKey) (coseKey, error) {
	if key == nil || key.Curve != elliptic.P256() {
		return coseKey{}, fmt.Errorf("%w: a device key is on P-256", ErrKey)
	}
	b, err := key.Bytes()
	if err != nil {
		return coseKey{}, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return coseKey{X: [32]byte(b[1:33]), Odd: b[64]&1 == 1}, nil
}

// expand finds the point. There is none for half of all x.
func (k coseKey) expand() (*ecdsa.PublicKey, error) {
	compressed := append([]byte{2}, k.X[:]...)
	if k.Odd {
		compressed[0] = 3
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), compressed)
	if x == nil {
		return nil, fmt.Errorf("%w: not on the curve", ErrKey)
	}
	point := make([]byte, p256Len)
	point[0] = 4
	x.FillBytes(point[1:33])
	y.FillBytes(point[33:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}
