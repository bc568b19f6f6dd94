package paycode

import "encoding/binary"

// Challenge is what a reader sends to a device that is held against it. A code
// made over it is good for this merchant, this amount and this reading only: one
// that is relayed to another till does not verify.
type Challenge struct {
	Nonce       [8]byte  // random, drawn by the reader
	AmountMinor uint64   // in minor units of Currency
	Currency    [3]byte  // ISO 4217 letters
	Merchant    [16]byte // the merchant's UUID
}

// ChallengeLen is the size of a challenge on the wire, in bytes.
const ChallengeLen = 8 + 8 + 3 + 16

// Bytes returns the wire form: nonce ‖ uint64be(amount) ‖ currency ‖ merchant.
func (c Challenge) Bytes() (b [ChallengeLen]byte) {
	copy(b[:8], c.Nonce[:])
	binary.BigEndian.PutUint64(b[8:], c.AmountMinor)
	copy(b[16:19], c.Currency[:])
	copy(b[19:], c.Merchant[:])
	return b
}

// ParseChallenge reads the wire form. Any other length than [ChallengeLen] is
// [ErrMalformed].
func ParseChallenge(b []byte) (Challenge, error) {
	if len(b) != ChallengeLen {
		return Challenge{}, ErrMalformed
	}
	return Challenge{
		Nonce:       [8]byte(b[:8]),
		AmountMinor: binary.BigEndian.Uint64(b[8:]),
		Currency:    [3]byte(b[16:19]),
		Merchant:    [16]byte(b[19:]),
	}, nil
}
