// Package platform is who we are to tills that speak another system's interface:
// an RSA key that signs what they are answered, a certificate for it, and the
// keys with which such tills sign in turn. It reads, writes and makes them;
// what is signed, and how, is the matter of each interface.
package platform

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

// Sizes of RSA keys, in bits. Below the least they are within reach of who can pay for it;
// above the most a signature costs more than the payment.
const (
	leastBits = 2048
	mostBits  = 4096
)

// Identity is the platform's key and its certificate.
type Identity struct {
	Key         *rsa.PrivateKey
	Certificate Certificate

	fast *libcrypto // a second implementation of signing; nil where there is none
}

// NewKey makes a key, as the PEM of its file (PKCS #8, RFC 5958). random is a CSPRNG.
func NewKey(random io.Reader) ([]byte, error) {
	k, err := rsa.GenerateKey(random, leastBits)
	if err != nil {
		return nil, fmt.Errorf("platform: make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, fmt.Errorf("platform: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Parse reads what NewKey made. The certificate is the same at every server
// that has the key.
func Parse(text []byte) (*Identity, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("platform: the key is not in PEM")
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("platform: the key is not PKCS #8") // err might quote it
	}
	k, ok := any.(*rsa.PrivateKey)
	if !ok || !fits(&k.PublicKey) {
		return nil, fmt.Errorf("platform: the key is not RSA of %d to %d bits", leastBits, mostBits)
	}
	c, err := selfSigned(k)
	if err != nil {
		return nil, fmt.Errorf("platform: make the certificate: %w", err)
	}
	f, err := newLibcrypto(k)
	return &Identity{k, c, f}, err
}

func fits(k *rsa.PublicKey) bool {
	return k.N.BitLen() >= leastBits && k.N.BitLen() <= mostBits && k.E >= 3
}
