package paycode

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/paycode/paycode/otp"
)

// A payer without a wallet pays with any authenticator app: he says his member
// number and the six digits that the app shows (RFC 6238).

// What an authenticator app is set up with: what every app knows.
const (
	AuthenticatorPeriod = 30 * time.Second
	AuthenticatorDigits = 6
	// AuthenticatorSkew is how many steps before and after the current one are accepted.
	AuthenticatorSkew = 1
)

// AuthenticatorSecret is what an authenticator app and the server share: 20 bytes,
// as RFC 4226 advises. It prints as "[redacted]" and refuses to be encoded.
type AuthenticatorSecret [20]byte

const authenticatorLabel = "paycode/totp/v1"

// AuthenticatorInfo returns the 37 bytes whose HMAC-SHA256 under the master key
// begins with the secret of an authenticator: SeedInfo with another label, so
// that no seed is ever a secret of an app.
//
//	"paycode/totp/v1" ‖ 00 ‖ device[16] ‖ uint32be(generation) ‖ 01
func AuthenticatorInfo(device DeviceID, generation Generation) []byte {
	return derivationInfo(authenticatorLabel, device, generation)
}

// DeriveAuthenticator computes the secret of an authenticator: the first 20 bytes
// of HKDF-Expand. The server stores none.
func DeriveAuthenticator(master *MasterKey, device DeviceID, generation Generation) AuthenticatorSecret {
	block := hmacSHA256((*[32]byte)(master), AuthenticatorInfo(device, generation))
	return AuthenticatorSecret(block[:20])
}

// parseAuthenticator reads a member number, a hyphen and six digits.
func parseAuthenticator(s string) (Code, error) {
	member, digits, _ := strings.Cut(s, "-")
	if len(member) != memberDigits || !allDigits(member) || !allDigits(digits) || !luhn(decimal(member)) {
		return Code{}, ErrMalformed
	}
	return Code{Form: FormAuthenticator, Alias: Alias(memberSpace + decimal(member)), OTP: decimal(digits)}, nil
}

func formatAuthenticator(c *Code) string {
	m, ok := c.Alias.Member()
	if !ok || !luhn(uint64(m)) || c.OTP >= 1_000_000 {
		panic("paycode: not a code of an authenticator")
	}
	return fmt.Sprintf("%v-%06d", m, c.OTP)
}

// MatchAuthenticator verifies a code of [FormAuthenticator] against the secret of
// the device that its alias names; nil if there is none, which takes as long. The
// slot is the time step, as its counter, with nonce 0, and is still to be burned.
// The only error is [ErrInvalid].
func MatchAuthenticator(secret *AuthenticatorSecret, code *Code, now time.Time) (Match, error) {
	known := secret != nil
	if !known {
		secret = &AuthenticatorSecret{}
	}
	step := int64(otp.Step(now, AuthenticatorPeriod))
	for _, away := range []int64{0, -1, 1} {
		counter := step + away
		if counter < 0 || counter > math.MaxUint32 {
			continue
		}
		var want, got [4]byte
		binary.BigEndian.PutUint32(want[:], uint32(code.OTP))
		binary.BigEndian.PutUint32(got[:], otp.HOTP(otp.SHA1, secret[:], uint64(counter), AuthenticatorDigits))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 && known && code.Form == FormAuthenticator {
			return Match{Slot: Slot{Counter: Counter(counter)}}, nil
		}
	}
	return Match{}, ErrInvalid
}
