package demo

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paycode/paycode/atomicfile"
)

// Files of the authority in the demo's directory.
const (
	authorityFile    = "ca.crt"
	authorityKeyFile = "ca.key"
)

// How long certificates last. A leaf is made at every start; phones refuse
// those that last longer than 825 days.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
	clockSlack    = 24 * time.Hour // for phones whose clock is behind
)

// authority signs the demo's certificate, so that a phone needs to be told only
// once, whatever addresses this machine has later.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// loadAuthority reads the authority, or makes it at the first start.
func loadAuthority(dir string) (*authority, error) {
	cert, err := readPEM(filepath.Join(dir, authorityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(dir)
	}
	if err != nil {
		return nil, err
	}
	key, err := readPEM(filepath.Join(dir, authorityKeyFile))
	if err != nil {
		return nil, err
	}
	a := &authority{}
	if a.cert, err = x509.ParseCertificate(cert); err != nil {
		return nil, fmt.Errorf("demo: %s: %w", authorityFile, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("demo: %s: %w", authorityKeyFile, err)
	}
	var ok bool
	if a.key, ok = parsed.(*ecdsa.PrivateKey); !ok || !a.key.PublicKey.Equal(a.cert.PublicKey) {
		return nil, fmt.Errorf("demo: %s is not the key of %s", authorityKeyFile, authorityFile)
	}
	return a, nil
}

func readPEM(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("demo: %s holds no PEM", path)
	}
	return block.Bytes, nil
}

// makeAuthority makes one that can vouch for private addresses and local names
// only (RFC 5280, section 4.2.1.10): whoever steals its key still cannot pose as
// anybody's bank to a phone that trusts it.
func makeAuthority(dir string) (*authority, error) {
	a, key, err := newAuthority()
	if err != nil {
		return nil, err
	}
	// The key first: a certificate whose key was lost would be trusted for nothing.
	if err := atomicfile.Write(filepath.Join(dir, authorityKeyFile), inPEM("PRIVATE KEY", key)); err != nil {
		return nil, err
	}
	return a, atomicfile.Write(filepath.Join(dir, authorityFile), a.pem())
}

func newAuthority() (a *authority, pkcs8 []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("demo: %w", err)
	}
	if pkcs8, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, nil, fmt.Errorf("demo: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, nil, fmt.Errorf("demo: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "paycode demo on " + host, Organization: []string{"paycode demo, play money only"}},
		NotBefore: now.Add(-clockSlack), NotAfter: now.Add(authorityLife),
		IsCA: true, MaxPathLenZero: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"localhost", "local", strings.ToLower(host)}, PermittedIPRanges: privateRanges(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, fmt.Errorf("demo: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, pkcs8, err
}

// privateRanges are the addresses that are nobody's in the Internet: RFC 1918,
// 6598, 3927, 4193 and 4291.
func privateRanges() (ranges []*net.IPNet) {
	for _, cidr := range []string{
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
	} {
		_, n, err := net.ParseCIDR(cidr)
		if err != nil {
			panic(err)
		}
		ranges = append(ranges, n)
	}
	return ranges
}

func (a *authority) pem() []byte { return inPEM("CERTIFICATE", a.cert.Raw) }

// fingerprint is for people to compare: the first 16 bytes of the SHA-256.
func (a *authority) fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	var b bytes.Buffer
	for i, octet := range sum[:16] {
		if i > 0 && i%2 == 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02X", octet)
	}
	return b.String()
}

func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] = b[0]&0x7f | 1 // positive, not zero
	return new(big.Int).SetBytes(b[:])
}

func inPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
