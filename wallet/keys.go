package wallet

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// sealInfo binds a sealed seed to its purpose (docs/codes.md).
const sealInfo = "paycode/seed/v1"

// Sealed is a seed on its way: HPKE (RFC 9180) in base mode with DHKEM(P-256,
// HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, both parts base64url.
type Sealed struct {
	Enc        string `json:"enc"`
	Ciphertext string `json:"ciphertext"`
}

// newKey draws a P-256 key and answers its PKCS #8 form.
func newKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

func parseKey(pkcs8 []byte) (*ecdsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, fmt.Errorf("%w: key: %w", ErrFile, err)
	}
	p256, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: key of another kind", ErrFile)
	}
	return p256, nil
}

// sealingKey is the half of a key pair that opens seeds.
func sealingKey(pkcs8 []byte) (*ecdh.PrivateKey, error) {
	key, err := parseKey(pkcs8)
	if err != nil {
		return nil, err
	}
	exchange, err := key.ECDH()
	if err != nil {
		return nil, fmt.Errorf("%w: key: %w", ErrFile, err)
	}
	return exchange, nil
}

// publicJWK is the public half as a JWK (RFC 7517).
func publicJWK(pkcs8 []byte) (*jose.JSONWebKey, error) {
	key, err := parseKey(pkcs8)
	if err != nil {
		return nil, err
	}
	return &jose.JSONWebKey{Key: key.Public()}, nil
}

// Open opens a sealed seed with the device's key. Device and generation are
// authenticated: a seed of another device, or an old one, does not open. ErrSeal.
func (s Sealed) Open(key *ecdh.PrivateKey, device ids.Device, g paycode.Generation) (paycode.Seed, error) {
	plain, err := s.open(key, binary.BigEndian.AppendUint32(device[:], uint32(g)))
	if err != nil || len(plain) != len(paycode.Seed{}) {
		return paycode.Seed{}, ErrSeal
	}
	return paycode.Seed(plain), nil
}

func (s Sealed) open(key *ecdh.PrivateKey, aad []byte) ([]byte, error) {
	enc, err := base64.RawURLEncoding.Strict().DecodeString(s.Enc)
	if err != nil {
		return nil, err
	}
	ciphertext, err := base64.RawURLEncoding.Strict().DecodeString(s.Ciphertext)
	if err != nil {
		return nil, err
	}
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, err
	}
	recipient, err := hpke.NewRecipient(enc, private, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(sealInfo))
	if err != nil {
		return nil, err
	}
	return recipient.Open(aad, ciphertext)
}
