package paycode

import (
	"crypto/sha256"
	"crypto/subtle"
)

// The two pads of HMAC: the bytes 0x36 and 0x5c, a block of each.
const (
	innerPad = "6666666666666666666666666666666666666666666666666666666666666666"
	outerPad = `\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\`
)

// hmacSHA256 is HMAC-SHA256 (RFC 2104) with a 32-byte key. crypto/hmac would say
// the same, but allocates two hashes for each of the thousands of keys a second
// that a server meets only once.
func hmacSHA256(key *[32]byte, message []byte) (sum [32]byte) {
	var block [sha256.BlockSize]byte
	h := sha256.New()

	copy(block[:], innerPad)
	subtle.XORBytes(block[:], block[:len(key)], key[:])
	h.Write(block[:])
	h.Write(message)
	h.Sum(sum[:0])

	copy(block[:], outerPad)
	subtle.XORBytes(block[:], block[:len(key)], key[:])
	h.Reset()
	h.Write(block[:])
	h.Write(sum[:])
	h.Sum(sum[:0])
	return sum
}
