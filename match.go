package paycode

import (
	"crypto/subtle"
	"encoding/binary"
	"math"
)

// Match is what a code was found to be: the slot to burn, and which of the seeds
// made it.
type Match struct {
	Slot      Slot
	SeedIndex int
}

// Match verifies a code against the seeds of the device that its alias names: one
// seed, or two while a rotation is not yet acknowledged, or none if there is no
// such device. It returns [ErrInvalid] or [ErrExpired] if the code is not good at
// the window now.
//
// challenge is what the till says the reader sent; nil if it says nothing. Codes
// of [TypeChallenge] verify with their own challenge only, others only without.
//
// A code that matches is still to be burned: a verifier that stops here pays
// twice. Comparisons take constant time, no seed costs as much time as one wrong
// seed, and nothing is allocated.
func (p Profile) Match(seeds []Seed, code *Code, now Counter, challenge *Challenge) (Match, error) {
	if code.Form == FormOnline || (code.Type == TypeChallenge) != (challenge != nil) {
		return Match{}, ErrInvalid
	}
	known := len(seeds) > 0
	var nobody [1]Seed
	if !known {
		seeds = nobody[:]
	}
	msg := newMessage(code.Alias, code.Nonce, challenge)
	for i := range seeds {
		counter, ok := p.find(&seeds[i], code, now, &msg)
		// The zero seed is no secret: what it makes must not pass for a match.
		if !ok || !known {
			continue
		}
		if code.Form != FormDigits && counter < now && now-counter > Counter(p.Skew) {
			return Match{}, ErrExpired
		}
		return Match{Slot: Slot{Counter: counter, Nonce: code.Nonce}, SeedIndex: i}, nil
	}
	return Match{}, ErrInvalid
}

// find returns the window in which the seed makes this code: for digits one of
// the tolerated ones, nearest first, else the one that the code names.
func (p Profile) find(seed *Seed, code *Code, now Counter, msg *message) (Counter, bool) {
	if code.Form != FormDigits {
		ahead := int64(code.Counter) - int64(now)
		return code.Counter, matches(seed, code, code.Counter, msg, 0) && ahead <= int64(p.Skew)
	}
	for step := range 2*p.Skew + 1 {
		away := int64(step+1) / 2 // 0, 1, 1, 2, 2
		if step%2 == 1 {
			away = -away // past before future: codes are late more often than early
		}
		counter := int64(now) + away
		if counter < 0 || counter > math.MaxUint32 {
			continue
		}
		if matches(seed, code, Counter(counter), msg, p.OTPDigits) {
			return Counter(counter), true
		}
	}
	return 0, false
}

func matches(seed *Seed, code *Code, counter Counter, msg *message, otpDigits int) bool {
	key := session(seed, counter)
	m := mac(hmacSHA256(&key, msg.bytes()))
	if code.Form != FormDigits {
		token := m.token()
		return subtle.ConstantTimeCompare(token[:], code.Token[:]) == 1
	}
	var want, got [8]byte
	binary.BigEndian.PutUint64(want[:], m.otp(otpDigits))
	binary.BigEndian.PutUint64(got[:], code.OTP)
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}
