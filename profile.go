package paycode

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Profile is the issuer's choice of the code's shape. Every device of the issuer
// is given the same one.
type Profile struct {
	// Prefix is the two digits that begin every offline digit code.
	Prefix string `json:"prefix"`
	// OnlinePrefix is the two digits that begin every code minted by the server.
	OnlinePrefix string `json:"online_prefix"`
	// AliasDigits is the width of the alias, 6 to 12.
	AliasDigits int `json:"alias_digits"`
	// OTPDigits is the width of the one-time part of a digit code, 6 to 12.
	OTPDigits int `json:"otp_digits"`
	// PeriodSeconds is the length of a window, 10 to 600.
	PeriodSeconds int `json:"period_s"`
	// Skew is how many windows before and after the current one are accepted,
	// 0 to 2.
	Skew int `json:"skew"`
	// SeedTTLSeconds is how long a seed works after the device's last sync.
	SeedTTLSeconds int64 `json:"seed_ttl"`
}

// Bounds of a profile.
const (
	minDigits, maxDigits           = 16, 24 // what scanners and till software take
	minAliasDigits, maxAliasDigits = 6, aliasWidth
	minOTPDigits, maxOTPDigits     = 6, 12
	minPeriod, maxPeriod           = 10, 600 // seconds
	maxSkew                        = 2       // the burn map remembers 2·maxSkew+2 windows
)

// DefaultProfile is 18 digits, prefixes 70 and 71, windows of 60 s, one window of
// tolerance, seeds that last 30 days.
func DefaultProfile() Profile {
	return Profile{
		Prefix:         "70",
		OnlinePrefix:   "71",
		AliasDigits:    9,
		OTPDigits:      6,
		PeriodSeconds:  60,
		Skew:           1,
		SeedTTLSeconds: 30 * 24 * 60 * 60,
	}
}

// Validate reports the first thing that is wrong with the profile. The other
// methods may only be called on a valid one.
func (p Profile) Validate() error {
	if !isPrefix(p.Prefix) || !isPrefix(p.OnlinePrefix) {
		return errors.New("paycode: profile: a prefix must have two digits")
	}
	if p.Prefix == p.OnlinePrefix {
		return errors.New("paycode: profile: the two prefixes must differ")
	}
	for _, field := range []struct {
		name            string
		value, low, top int64
	}{
		{"alias_digits", int64(p.AliasDigits), minAliasDigits, maxAliasDigits},
		{"otp_digits", int64(p.OTPDigits), minOTPDigits, maxOTPDigits},
		{"total digits", int64(p.Digits()), minDigits, maxDigits},
		{"period_s", int64(p.PeriodSeconds), minPeriod, maxPeriod},
		{"skew", int64(p.Skew), 0, maxSkew},
		{"seed_ttl", p.SeedTTLSeconds, int64(p.PeriodSeconds), math.MaxInt32},
	} {
		if field.value < field.low || field.value > field.top {
			return fmt.Errorf("paycode: profile: %s is %d, must be %d to %d",
				field.name, field.value, field.low, field.top)
		}
	}
	return nil
}

func isPrefix(s string) bool { return len(s) == 2 && allDigits(s) }

// Digits is the length of a digit code: prefix, alias, nonce and OTP.
func (p Profile) Digits() int { return 2 + p.AliasDigits + 1 + p.OTPDigits }

// CounterAt returns the number of the window that holds t. Times before 1970
// fall into window 0, times past the last window into the last.
func (p Profile) CounterAt(t time.Time) Counter {
	window := t.Unix() / int64(p.PeriodSeconds)
	return Counter(min(max(window, 0), math.MaxUint32))
}

// Fits reports whether the alias has no more digits than the profile gives it.
func (p Profile) Fits(alias Alias) bool { return uint64(alias) < pow10(p.AliasDigits) }
