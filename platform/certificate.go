package platform

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Certificate is an X.509 certificate of an RSA key (RFC 5280).
type Certificate struct{ *x509.Certificate }

// RSA is the key that the certificate is of.
func (c Certificate) RSA() *rsa.PublicKey { return c.PublicKey.(*rsa.PublicKey) }

// Serial is the serial number in hexadecimal, upper case, as tools print it.
func (c Certificate) Serial() string { return SerialText(c.SerialNumber) }

// SerialText writes a serial number in hexadecimal, upper case, a whole number of bytes.
func SerialText(n *big.Int) string { return strings.ToUpper(hex.EncodeToString(n.Bytes())) }

// PEM is the certificate as a text.
func (c Certificate) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// When a self-signed certificate begins and ends to be good. Both are fixed: a
// certificate that says when it was made would be another one at each server.
var (
	begins = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	ends   = time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)
)

// selfSigned is the platform's certificate. Nothing in it but the key varies, and
// the signature of PKCS #1 v1.5 is always the same: every server makes the same bytes.
func selfSigned(k *rsa.PrivateKey) (Certificate, error) {
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		return Certificate{}, err
	}
	sum := sha256.Sum256(der)
	serial := sum[:20]
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always 40 digits
	template := x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{Organization: []string{"paycode"}, CommonName: "paycode platform"},
		NotBefore:    begins, NotAfter: ends,
		KeyUsage:           x509.KeyUsageDigitalSignature,
		SignatureAlgorithm: x509.SHA256WithRSA,
	}
	if der, err = x509.CreateCertificate(nil, &template, &template, &k.PublicKey, k); err != nil {
		return Certificate{}, err
	}
	c, err := x509.ParseCertificate(der)
	return Certificate{c}, err
}

// errCertificate is for what is no certificate of a merchant.
var errCertificate = fmt.Errorf("must be one X.509 certificate of an RSA key of %d to %d bits, in PEM", leastBits, mostBits)

// ParseCertificate reads a merchant's certificate. Who issued it, and until when, does not
// matter: it is believed because the operator has registered it.
func ParseCertificate(text string) (Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return Certificate{}, errCertificate
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return Certificate{}, errCertificate
	}
	k, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || !fits(k) || c.SerialNumber.Sign() <= 0 {
		return Certificate{}, errCertificate
	}
	return Certificate{c}, nil
}

// errSerial is for what is no serial number.
var errSerial = errors.New("must be a serial number in hexadecimal, of at most 20 bytes, or PUB_KEY_ID_ and digits")

// ParseSerial reads the serial number of a certificate, in either case, or the name that
// stands in its place where a till has a bare public key. It answers the one spelling
// that is kept: upper case.
func ParseSerial(text string) (string, error) {
	s := strings.ToUpper(text)
	if id, ok := strings.CutPrefix(s, "PUB_KEY_ID_"); ok {
		if id == "" || len(id) > 40 || strings.Trim(id, "0123456789ABCDEF") != "" {
			return "", errSerial
		}
		return s, nil
	}
	if s == "" || len(s) > 40 || strings.Trim(s, "0123456789ABCDEF") != "" {
		return "", errSerial
	}
	return s, nil
}
