package otp

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	pquerna "github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

const (
	key20 = "12345678901234567890"
	key32 = "12345678901234567890123456789012"
	key64 = "1234567890123456789012345678901234567890123456789012345678901234"
)

// RFC 4226, appendix D.
func TestHOTPVectors(t *testing.T) {
	want := []uint32{755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489}
	for counter, w := range want {
		if got := HOTP(SHA1, []byte(key20), uint64(counter), 6); got != w {
			t.Errorf("counter %d: %06d, want %06d", counter, got, w)
		}
	}
}

// RFC 6238, appendix B, with the keys of its reference code.
func TestTOTPVectors(t *testing.T) {
	for _, v := range []struct {
		at                   int64
		sha1, sha256, sha512 uint32
	}{
		{59, 94287082, 46119246, 90693936},
		{1111111109, 7081804, 68084774, 25091201},
		{1111111111, 14050471, 67062674, 99943326},
		{1234567890, 89005924, 91819424, 93441116},
		{2000000000, 69279037, 90698825, 38618901},
		{20000000000, 65353130, 77737706, 47863826},
	} {
		for _, c := range []struct {
			algorithm Algorithm
			key       string
			want      uint32
		}{{SHA1, key20, v.sha1}, {SHA256, key32, v.sha256}, {SHA512, key64, v.sha512}} {
			if got := TOTP(c.algorithm, []byte(c.key), time.Unix(v.at, 0), 30*time.Second, 8); got != c.want {
				t.Errorf("%v at %d: %08d, want %08d", c.algorithm, v.at, got, c.want)
			}
		}
	}
}

var others = []struct {
	ours   Algorithm
	theirs pquerna.Algorithm
	tool   string
}{
	{SHA1, pquerna.AlgorithmSHA1, "sha1"},
	{SHA256, pquerna.AlgorithmSHA256, "sha256"},
	{SHA512, pquerna.AlgorithmSHA512, "sha512"},
}

func TestAgreesWithPquerna(t *testing.T) {
	for _, o := range others {
		for i := range 200 {
			k := Key{Secret: drawn(t, 10+i%60), Algorithm: o.ours, Digits: 6 + i%2*2, Period: 30 * time.Second}
			at := time.Unix(int64(i)*98_765_431, 0)
			want, err := totp.GenerateCodeCustom(k.Base32(), at, totp.ValidateOpts{Period: 30, Digits: pquerna.Digits(k.Digits), Algorithm: o.theirs})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%0*d", k.Digits, TOTP(k.Algorithm, k.Secret, at, k.Period, k.Digits)); got != want {
				t.Errorf("%v %x at %v: %s, pquerna/otp says %s", o.ours, k.Secret, at, got, want)
			}
		}
	}
}

func TestAgreesWithOathtool(t *testing.T) {
	for _, o := range others {
		for i := range 5 {
			secret, at := drawn(t, 20), time.Unix(1_700_000_000+int64(i)*86_399, 0).UTC()
			out, err := exec.Command("oathtool", "--totp="+o.tool, "--digits=6", "--now="+at.Format("2006-01-02 15:04:05 UTC"), hex.EncodeToString(secret)).Output()
			if err != nil {
				t.Fatalf("oathtool (.ci/install installs it): %v", err)
			}
			if got, want := fmt.Sprintf("%06d", TOTP(o.ours, secret, at, 30*time.Second, 6)), strings.TrimSpace(string(out)); got != want {
				t.Errorf("%v %x at %v: %s, oathtool says %s", o.ours, secret, at, got, want)
			}
		}
	}
}

func TestURI(t *testing.T) {
	k := Key{Issuer: "Pay & go", Account: "123 456", Secret: []byte(key20), Digits: 6, Period: 30 * time.Second}
	const want = "otpauth://totp/Pay%20%26%20go:123%20456?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Pay%20%26%20go&algorithm=SHA1&digits=6&period=30"
	if got := k.URI(); got != want {
		t.Errorf("URI %s, want %s", got, want)
	}
	read, err := pquerna.NewKeyFromURL(k.URI())
	if err != nil {
		t.Fatal(err)
	}
	if read.Type() != "totp" || read.Issuer() != k.Issuer || read.AccountName() != k.Account || read.Secret() != k.Base32() ||
		read.Algorithm() != pquerna.AlgorithmSHA1 || read.Digits() != pquerna.DigitsSix || read.Period() != 30 {
		t.Errorf("%s was read as issuer %q, account %q, secret %q", k.URI(), read.Issuer(), read.AccountName(), read.Secret())
	}
}

func drawn(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}
