// Package otp makes one-time passwords as authenticator apps do: HOTP (RFC 4226)
// from a counter, TOTP (RFC 6238) from the time, and the address by which an app
// is given its secret.
//
// A verifier throttles, and accepts each password once (RFC 4226, section 7.3;
// RFC 6238, section 5.2): neither is done here.
package otp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"time"
)

// Algorithm is the hash function of the HMAC.
type Algorithm uint8

// The algorithms of RFC 6238, section 1.2. Most apps know SHA1 alone.
const (
	SHA1 Algorithm = iota
	SHA256
	SHA512
)

// String is the algorithm's name in a key URI.
func (a Algorithm) String() string {
	switch a {
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	case SHA512:
		return "SHA512"
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

func (a Algorithm) new() func() hash.Hash {
	switch a {
	case SHA1:
		return sha1.New
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	}
	panic("otp: unknown algorithm")
}

// HOTP is the password of a counter (RFC 4226, section 5.3): a number of at most
// digits decimal digits, which are 6 to 9.
func HOTP(a Algorithm, secret []byte, counter uint64, digits int) uint32 {
	if digits < 6 || digits > 9 {
		panic("otp: a password has 6 to 9 digits")
	}
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], counter)
	mac := hmac.New(a.new(), secret)
	mac.Write(message[:])
	sum := mac.Sum(nil)
	// Dynamic truncation: the last 4 bits say where 31 bits are taken from.
	offset := sum[len(sum)-1] & 0xf
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return (binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff) % modulus
}

// Step is the number of the time step that holds t (RFC 6238, section 4.2): whole
// periods since 1970. Times before 1970 fall into step 0.
func Step(t time.Time, period time.Duration) uint64 {
	seconds := int64(period / time.Second)
	return uint64(max(t.Unix(), 0) / seconds)
}

// TOTP is the password of the time step that holds t.
func TOTP(a Algorithm, secret []byte, t time.Time, period time.Duration, digits int) uint32 {
	return HOTP(a, secret, Step(t, period), digits)
}
