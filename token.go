package paycode

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// aliasWidth is the number of digits of an alias inside the MAC, whatever the
// profile shows: a code stays the same when an issuer widens its aliases.
const aliasWidth = 12

// session derives the key of one window from the seed: HMAC-SHA256 of the
// counter in decimal.
func session(seed *Seed, counter Counter) [32]byte {
	var buf [10]byte
	return hmacSHA256((*[32]byte)(seed), strconv.AppendUint(buf[:0], uint64(counter), 10))
}

// message is what a token authenticates: alias, nonce and, for a
// challenge-bound code, the hash of the challenge.
type message struct {
	buf [aliasWidth + 1 + sha256.Size]byte
	n   int
}

func newMessage(alias Alias, nonce Nonce, challenge *Challenge) (m message) {
	putDecimal(m.buf[:aliasWidth], uint64(alias))
	m.buf[aliasWidth] = '0' + byte(nonce)
	m.n = aliasWidth + 1
	if challenge != nil {
		wire := challenge.Bytes()
		digest := sha256.Sum256(wire[:])
		m.n += copy(m.buf[m.n:], digest[:])
	}
	return m
}

func (m *message) bytes() []byte { return m.buf[:m.n] }

// mac is the 32 bytes that both kinds of token are cut from.
type mac [32]byte

func (m *mac) token() (t [16]byte) {
	copy(t[:], m[:16])
	return t
}

func (m *mac) otp(digits int) uint64 {
	return binary.BigEndian.Uint64(m[16:24]) % pow10(digits)
}

func newMAC(seed *Seed, alias Alias, slot Slot, challenge *Challenge) mac {
	key := session(seed, slot.Counter)
	msg := newMessage(alias, slot.Nonce, challenge)
	return hmacSHA256(&key, msg.bytes())
}

// putDecimal fills dst with the decimal digits of n, zero-padded on the left.
func putDecimal(dst []byte, n uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
}

// pow10 is 10 to the power of digits, which is at most 19.
func pow10(digits int) uint64 {
	n := uint64(1)
	for range digits {
		n *= 10
	}
	return n
}
