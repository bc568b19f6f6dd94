package paycode

import "crypto/sha256"

// maxMessage bounds what hmacSHA256 takes, so that its buffers have a fixed
// size and stay on the stack. The longest message of this package has 45 bytes.
const maxMessage = 64

// hmacSHA256 is HMAC-SHA256 (RFC 2104) with a 32-byte key. It differs from
// crypto/hmac only in that it allocates nothing.
func hmacSHA256(key *[32]byte, message []byte) [32]byte {
	if len(message) > maxMessage {
		panic("paycode: message too long for hmacSHA256")
	}
	var inner [sha256.BlockSize + maxMessage]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		inner[i], outer[i] = 0x36, 0x5c
	}
	for i, b := range key {
		inner[i] ^= b
		outer[i] ^= b
	}
	n := copy(inner[sha256.BlockSize:], message)
	digest := sha256.Sum256(inner[:sha256.BlockSize+n])
	copy(outer[sha256.BlockSize:], digest[:])
	return sha256.Sum256(outer[:])
}
