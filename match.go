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
// such device. It returns [ErrInvalid] or [ErrExpired] if the code is not good in
// the window now.
//
// challenge is what the till says the reader sent; nil if it says nothing. Codes
// of [TypeChallenge] verify with their own challenge only, others only without.
// Online codes are never matched, but looked up; those of an authenticator have
// [MatchAuthenticator].
//
// A code that matches is still to be burned: a server that stops here pays twice.
//
// Tokens are compared in constant time, and nothing is allocated. No seed costs
// the same time as one seed that did not make the code, so that an unknown alias
// looks like a wrong token. Each further seed adds as much again.
func (p Profile) Match(seeds []Seed, code *Code, now Counter, challenge *Challenge) (Match, error) {
	t := newTrial(&p, code, now, challenge)
	if len(seeds) == 0 {
		// The seed of zeros is no secret: what comes of it is thrown away.
		t.hold(&Key{})
		return Match{}, ErrInvalid
	}
	for i := range seeds {
		if counter, err := t.hold(&Key{seed: seeds[i]}); err != ErrInvalid {
			return t.result(counter, i, err)
		}
	}
	return Match{}, ErrInvalid
}

// MatchKeys is [Profile.Match] with prepared keys instead of seeds.
func (p Profile) MatchKeys(keys []Key, code *Code, now Counter, challenge *Challenge) (Match, error) {
	t := newTrial(&p, code, now, challenge)
	if len(keys) == 0 {
		var nobody Key
		nobody.first, nobody.count = p.live(now)
		t.hold(&nobody)
		return Match{}, ErrInvalid
	}
	for i := range keys {
		if counter, err := t.hold(&keys[i]); err != ErrInvalid {
			return t.result(counter, i, err)
		}
	}
	return Match{}, ErrInvalid
}

// trial is one code on its way from key to key.
type trial struct {
	profile   *Profile
	code      *Code
	now       Counter
	challenge *Challenge
	message   message
}

func newTrial(p *Profile, code *Code, now Counter, challenge *Challenge) trial {
	return trial{p, code, now, challenge, newMessage(code.Alias, code.Nonce, challenge)}
}

func (t *trial) result(counter Counter, seedIndex int, err error) (Match, error) {
	if err != nil {
		return Match{}, err
	}
	return Match{Slot: Slot{Counter: counter, Nonce: t.code.Nonce}, SeedIndex: seedIndex}, nil
}

// hold holds the code against one key, and returns the window if it made the code.
func (t *trial) hold(key *Key) (Counter, error) {
	if (t.code.Type == TypeChallenge) != (t.challenge != nil) {
		return 0, ErrInvalid
	}
	switch t.code.Form {
	case FormDigits:
		return t.search(key)
	case FormText, FormEMV:
		return t.check(key)
	}
	return 0, ErrInvalid
}

// search tries the windows that digits may come from, which do not say so
// themselves: now, then the past before the future, because codes are late more
// often than early.
func (t *trial) search(key *Key) (Counter, error) {
	var want, got [8]byte
	binary.BigEndian.PutUint64(want[:], t.code.OTP)
	for step := range 2*t.profile.Skew + 1 {
		away := int64(step+1) / 2
		if step%2 == 1 {
			away = -away
		}
		counter := int64(t.now) + away
		if counter < 0 || counter > math.MaxUint32 {
			continue
		}
		m := t.mac(key, Counter(counter))
		binary.BigEndian.PutUint64(got[:], m.otp(t.profile.OTPDigits))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			return Counter(counter), nil
		}
	}
	return 0, ErrInvalid
}

// check tries the window that the code names, and only then asks whether it is
// live: who cannot make a token learns nothing about windows.
func (t *trial) check(key *Key) (Counter, error) {
	m := t.mac(key, t.code.Counter)
	token := m.token()
	if subtle.ConstantTimeCompare(token[:], t.code.Token[:]) != 1 {
		return 0, ErrInvalid
	}
	switch ahead := int64(t.code.Counter) - int64(t.now); {
	case ahead > int64(t.profile.Skew):
		return 0, ErrInvalid
	case ahead < -int64(t.profile.Skew):
		return 0, ErrExpired
	}
	return t.code.Counter, nil
}

func (t *trial) mac(key *Key, counter Counter) mac {
	sessionKey := key.session(counter)
	return hmacSHA256(&sessionKey, t.message.bytes())
}
