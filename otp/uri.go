package otp

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Key is what an authenticator app is given.
type Key struct {
	Issuer  string // who is paid with it, and what the app lists it under
	Account string // whose it is
	Secret  []byte
	Algorithm
	Digits int // 6 or 8
	Period time.Duration
}

// Base32 is the secret as it is typed into an app: RFC 4648 without padding.
func (k Key) Base32() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(k.Secret)
}

// URI is the content of the QR code that an app scans:
//
//	otpauth://totp/ISSUER:ACCOUNT?secret=BASE32&issuer=ISSUER&algorithm=SHA1&digits=6&period=30
//
// It holds the secret. Blanks are written %20, because apps show a + as it is.
func (k Key) URI() string {
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=%s&digits=%d&period=%d",
		escaped(k.Issuer), escaped(k.Account), k.Base32(), escaped(k.Issuer), k.Algorithm, k.Digits, k.Period/time.Second)
}

// escaped is text as it may stand in the path and in the query.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
