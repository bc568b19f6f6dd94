package platform

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
)

// errPublicKey is for what is no public key of a merchant.
var errPublicKey = fmt.Errorf("must be an RSA public key of %d to %d bits (SubjectPublicKeyInfo), in PEM or as its base64 alone", leastBits, mostBits)

// ParsePublicKey reads a merchant's public key, in PEM or as its base64 alone, as
// many tools write it, and answers its SubjectPublicKeyInfo (RFC 5280).
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
	if _, err := PublicKey(der); err != nil {
		return nil, err
	}
	return der, nil
}

// PublicKey reads a SubjectPublicKeyInfo, as ParsePublicKey answers it.
func PublicKey(der []byte) (*rsa.PublicKey, error) {
	any, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errPublicKey
	}
	k, ok := any.(*rsa.PublicKey)
	if !ok || !fits(k) {
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
	other, err := PublicKey(der)
	return err == nil && other.Equal(k)
}
