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

// sealed is a seed on its way: HPKE (RFC 9180) in base mode with DHKEM(P-256,
// HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, both parts base64url.
type sealed struct {
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

// publicJWK is the public half as a JWK (RFC 7517).
func publicJWK(pkcs8 []byte) (*jose.JSONWebKey, error) {
	key, err := parseKey(pkcs8)
	if err != nil {
		return nil, err
	}
	return &jose.JSONWebKey{Key: key.Public()}, nil
}

// openSeed opens a sealed seed. Device and generation are authenticated: a seed
// of another device, or an old one, does not open. ErrSeal.
func openSeed(pkcs8 []byte, s sealed, device ids.Device, g paycode.Generation) (paycode.Seed, error) {
	key, err := parseKey(pkcs8)
	if err != nil {
		return paycode.Seed{}, err
	}
	exchange, err := key.ECDH()
	if err != nil {
		return paycode.Seed{}, fmt.Errorf("%w: key: %w", ErrFile, err)
	}
	aad := binary.BigEndian.AppendUint32(device[:], uint32(g))
	plain, err := open(exchange, s, aad)
	if err != nil || len(plain) != len(paycode.Seed{}) {
		return paycode.Seed{}, ErrSeal
	}
	return paycode.Seed(plain), nil
}

func open(key *ecdh.PrivateKey, s sealed, aad []byte) ([]byte, error) {
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
