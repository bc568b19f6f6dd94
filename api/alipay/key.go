package alipay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Sizes of RSA keys, in bits. Below the least they are within reach of who can pay for it;
// above the most a signature costs more than the payment.
const (
	leastBits = 2048
	mostBits  = 4096
)

// NewKey makes the key that signs answers, as the PEM of its file (PKCS #8, RFC 5958).
func NewKey() ([]byte, error) {
	k, err := rsa.GenerateKey(rand.Reader, leastBits)
	if err != nil {
		return nil, fmt.Errorf("alipay: make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, fmt.Errorf("alipay: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ParseKey reads what NewKey made.
func ParseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("alipay: the key is not in PEM")
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("alipay: the key is not PKCS #8") // err might quote it
	}
	k, ok := any.(*rsa.PrivateKey)
	if !ok || k.N.BitLen() < leastBits || k.N.BitLen() > mostBits {
		return nil, fmt.Errorf("alipay: the key is not RSA of %d to %d bits", leastBits, mostBits)
	}
	return k, nil
}

// errPublicKey is for what is no public key of a merchant.
var errPublicKey = fmt.Errorf("must be an RSA public key of %d to %d bits (SubjectPublicKeyInfo), in PEM or as its base64 alone", leastBits, mostBits)

// ParsePublicKey reads a merchant's public key, in PEM or as its base64 alone, as
// the company's tools write it, and answers its SubjectPublicKeyInfo (RFC 5280).
func ParsePublicKey(text string) ([]byte, error) {
	var der []byte
	if block, rest := pem.Decode([]byte(text)); block != nil {
		if block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
			return nil, errPublicKey
		}
		der = block.Bytes
	} else {
		var err error
		if der, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err != nil {
			return nil, errPublicKey
		}
	}
	if _, err := publicKey(der); err != nil {
		return nil, err
	}
	return der, nil
}

func publicKey(der []byte) (*rsa.PublicKey, error) {
	any, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errPublicKey
	}
	k, ok := any.(*rsa.PublicKey)
	if !ok || k.N.BitLen() < leastBits || k.N.BitLen() > mostBits || k.E < 3 {
		return nil, errPublicKey
	}
	return k, nil
}

// PublicText is a public key as clients take it: the base64 of its SubjectPublicKeyInfo.
func PublicText(k *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		panic(err) // an RSA key can always be written
	}
	return base64.StdEncoding.EncodeToString(der)
}

// IsKey reports whether a SubjectPublicKeyInfo is of the key.
func IsKey(der []byte, k *rsa.PublicKey) bool {
	other, err := publicKey(der)
	return err == nil && other.Equal(k)
}
