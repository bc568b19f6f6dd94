package platform

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

func identity(t testing.TB) (*Identity, []byte) {
	t.Helper()
	text, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return i, text
}

// TestServersHaveOneCertificate: each reads the key by itself.
func TestServersHaveOneCertificate(t *testing.T) {
	one, text := identity(t)
	two, err := Parse(text)
	if err != nil || !bytes.Equal(one.Certificate.Raw, two.Certificate.Raw) {
		t.Fatalf("two certificates of one key, or %v", err)
	}
	other, _ := identity(t)
	c := one.Certificate
	if len(c.Serial()) != 40 || c.Serial() == other.Certificate.Serial() {
		t.Errorf("serial numbers %s and %s", c.Serial(), other.Certificate.Serial())
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Error(err)
	}
	if now := time.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) || !c.RSA().Equal(&one.Key.PublicKey) {
		t.Errorf("good from %v to %v", c.NotBefore, c.NotAfter)
	}
	again, err := ParseCertificate(c.PEM())
	if err != nil || !again.Equal(c.Certificate) {
		t.Errorf("read as %v, %v", again, err)
	}
}

func TestOnlyCertificatesOfFitKeys(t *testing.T) {
	one, _ := identity(t)
	good := one.Certificate.PEM()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: one.Certificate.Raw}))
	for name, bad := range map[string]string{
		"empty": "", "cut": good[:len(good)/2], "two": good + good, "another block": key,
		"1024 bits": signed(t, &short.PublicKey, short), "P-256": signed(t, &curve.PublicKey, curve),
	} {
		if c, err := ParseCertificate(bad); err == nil {
			t.Errorf("%s: read as of %v", name, c.Subject)
		}
	}
}

func signed(t *testing.T, public, private any) string {
	t.Helper()
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: begins, NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestSerials(t *testing.T) {
	for text, want := range map[string]string{
		"408b07e79b8269fec3d5d3e6ab8ed163a6a380db": "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
		"pub_key_id_0123456789":                    "PUB_KEY_ID_0123456789",
		"":                                         "", "PUB_KEY_ID_": "", "0x12": "", "12 34": "", "408b07e79b8269fec3d5d3e6ab8ed163a6a380db0": "",
	} {
		got, err := ParseSerial(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
