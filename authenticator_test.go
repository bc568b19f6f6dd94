package paycode_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/otp"
)

func TestMembersSayTheirBucket(t *testing.T) {
	p := paycode.DefaultProfile()
	for _, buckets := range []int{1, 2, 10, 16, 128, 1000, 4096} {
		for range 20 {
			bucket := buckets / 3
			alias, err := paycode.NewMember(rand.Reader, bucket, buckets)
			if err != nil {
				t.Fatal(err)
			}
			member, ok := alias.Member()
			if !ok || p.Fits(alias) {
				t.Fatalf("alias %d is in the space of other devices", alias)
			}
			code, err := p.Parse(member.String() + "-000000")
			if err != nil || code.Alias != alias || code.Bucket(buckets) != bucket || code.Form != paycode.FormAuthenticator {
				t.Errorf("%v of bucket %d of %d was read as %v of bucket %d: %v", member, bucket, buckets, code, code.Bucket(buckets), err)
			}
		}
	}
	for _, wrong := range [][2]int{{-1, 4}, {4, 4}} {
		if _, err := paycode.NewMember(rand.Reader, wrong[0], wrong[1]); !errors.Is(err, paycode.ErrBucket) {
			t.Errorf("bucket %d of %d: %v", wrong[0], wrong[1], err)
		}
	}
}

func TestParseAuthenticator(t *testing.T) {
	p := paycode.DefaultProfile()
	p.AliasDigits = 8 // 17 digits in all: as many characters as an authenticator's code has
	const good = "1234567897-012345"
	code, err := p.Parse(" " + good + "\n")
	if err != nil || code.OTP != 12345 || p.Format(&code) != good || !code.Guessable() {
		t.Fatalf("%v, %v", code, err)
	}
	for _, bad := range []string{
		"1234567890-012345", // check digit
		"2134567897-012345", // two digits swapped
		"1234567897 012345", "1234567897–012345", "1234567897-01234", "1234567897-0123456", "123456789-7012345",
		"123456789７-012345", "1234567897--12345", "+234567897-012345", "1234567897-01234x", "1234567897012345",
	} {
		if code, err := p.Parse(bad); !errors.Is(err, paycode.ErrMalformed) {
			t.Errorf("%q was read as %v, %v", bad, code, err)
		}
	}
	if code, err := p.Parse("70123456783326376"); err != nil || code.Form != paycode.FormDigits {
		t.Errorf("17 digits were read as %v, %v", code, err)
	}
}

// Every wrong digit and every swap of neighbours but 09 and 90 is found before
// anything is looked up.
func TestCheckDigitFindsSlips(t *testing.T) {
	p := paycode.DefaultProfile()
	const good = "1234567897"
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			slip := []byte(good + "-000000")
			slip[i] = d
			if _, err := p.Parse(string(slip)); (err == nil) != (d == good[i]) {
				t.Errorf("%s: %v", slip, err)
			}
		}
	}
}

func TestDeriveAuthenticator(t *testing.T) {
	var master paycode.MasterKey
	for i := range master {
		master[i] = byte(i)
	}
	device, err := hex.DecodeString("0193e4a07b0c7c3f8a5d2f1e0c9b8a76")
	if err != nil {
		t.Fatal(err)
	}
	got := paycode.DeriveAuthenticator(&master, paycode.DeviceID(device), 1)
	// python3: hmac.new(bytes(range(32)), b"paycode/totp/v1\0"+device+b"\0\0\0\1\1", "sha256").hexdigest()[:40]
	const want = "f2b531e1941f954bd0c7ad55fd144b60d52d4877"
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("secret is another one than %s", want)
	}
}

func TestMatchAuthenticator(t *testing.T) {
	secret := paycode.AuthenticatorSecret([]byte("12345678901234567890"))
	now := time.Unix(1111111111, 0) // in the middle of a step, 31 s after the one before began
	for away := -3; away <= 3; away++ {
		at := now.Add(time.Duration(away) * paycode.AuthenticatorPeriod)
		code := paycode.Code{Form: paycode.FormAuthenticator, OTP: uint64(otp.TOTP(otp.SHA1, secret[:], at, paycode.AuthenticatorPeriod, 6))}
		m, err := paycode.MatchAuthenticator(&secret, &code, now)
		if good := away >= -1 && away <= 1; (err == nil) != good {
			t.Errorf("%d steps away: %v", away, err)
		} else if good && m.Slot != (paycode.Slot{Counter: paycode.Counter(at.Unix() / 30)}) {
			t.Errorf("%d steps away: slot %v", away, m.Slot)
		}
		if _, err := paycode.MatchAuthenticator(nil, &code, now); !errors.Is(err, paycode.ErrInvalid) {
			t.Errorf("nobody's code: %v", err)
		}
	}
	// The secret of zeros stands for nobody: its codes are no better.
	zeros := fmt.Sprintf("1234567897-%06d", otp.TOTP(otp.SHA1, make([]byte, 20), now, paycode.AuthenticatorPeriod, 6))
	code, err := paycode.DefaultProfile().Parse(zeros)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := paycode.MatchAuthenticator(nil, &code, now); !errors.Is(err, paycode.ErrInvalid) {
		t.Errorf("a code of the secret of zeros: %v", err)
	}
}
