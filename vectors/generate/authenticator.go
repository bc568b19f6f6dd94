package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/paycode/paycode/vectors"
)

type authenticatorVector = vectors.Vector[vectors.AuthenticatorInput, vectors.AuthenticatorOutput]

// appSecret is what an authenticator app is given: the first 20 bytes of the
// derivation under the label of authenticators.
func appSecret(master, device []byte, generation uint32) []byte {
	mac := hmac.New(sha256.New, master)
	mac.Write([]byte("paycode/totp/v1\x00"))
	mac.Write(device)
	mac.Write(binary.BigEndian.AppendUint32(nil, generation))
	mac.Write([]byte{1})
	return mac.Sum(nil)[:20]
}

// sixDigits is HOTP (RFC 4226, section 5.3) with SHA-1 and six digits.
func sixDigits(secret []byte, step uint64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, step))
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// checkDigit makes ten digits of nine (ISO/IEC 7812-1, annex B).
func checkDigit(nine string) string {
	sum := 0
	for i := range 9 {
		d := int(nine[8-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return nine + string(rune('0'+(10-sum%10)%10))
}

func authenticatorVectors() (all []authenticatorVector) {
	const unix = 1795284017
	member := checkDigit("123456789")
	secret := appSecret(exampleMaster, exampleDevice, 1)
	in := func(code string, unix int64) vectors.AuthenticatorInput {
		return vectors.AuthenticatorInput{MasterKey: exampleMaster, Device: exampleDevice, Generation: 1, Unix: unix, Code: code}
	}
	good := func(name, member string, away int64) {
		step := uint64(unix/30 + away)
		all = append(all, ok(name, in(member+"-"+sixDigits(secret, step), unix), vectors.AuthenticatorOutput{Secret: secret, Member: member, Step: step}))
	}
	bad := func(name, outcome, code string) {
		all = append(all, authenticatorVector{Name: name, Input: in(code, unix), Outcome: outcome})
	}
	good("the present step", member, 0)
	good("the step before", member, -1)
	good("the next step", member, 1)
	good("another member", checkDigit("999999999"), 0)
	now := sixDigits(secret, unix/30)
	bad("two steps before", vectors.Invalid, member+"-"+sixDigits(secret, unix/30-2))
	bad("two steps on", vectors.Invalid, member+"-"+sixDigits(secret, unix/30+2))
	bad("another device's", vectors.Invalid, member+"-"+sixDigits(appSecret(exampleMaster, exampleDevice, 2), unix/30))
	bad("a wrong check digit", vectors.Malformed, "1234567890-"+now)
	bad("two digits swapped", vectors.Malformed, "2134567897-"+now)
	bad("a blank for the hyphen", vectors.Malformed, member+" "+now)
	bad("nine digits", vectors.Malformed, member[:9]+"-"+now)
	bad("five digits", vectors.Malformed, member+"-"+now[:5])
	bad("seven digits", vectors.Malformed, member+"-"+now+"0")
	bad("a letter", vectors.Malformed, member+"-12345O")
	return all
}
