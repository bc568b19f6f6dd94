// Package bearer writes and reads the secrets that are shown once: tickets,
// access tokens and API keys. Each is a prefix that says what it is, 20 bytes
// and a checksum of 5, in lower-case Crockford base32:
//
//	mk_5q8w…  3 + 40 characters
//
// The checksum finds a typo, or a key pasted into the wrong field, without a
// look-up. It keeps nobody out: 144 random bits or more do that.
package bearer

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrMalformed is answered for a text that is not a secret of the kind asked
// for. It does not repeat the text, which may be all but one character right.
var ErrMalformed = errors.New("bearer: malformed secret")

const (
	payloadLen  = 20
	checksumLen = 5
	textLen     = (payloadLen + checksumLen) * 8 / 5 // 40: no bit is left over, so one secret has one spelling
)

// MaxBuckets is the largest number of buckets that NewIn can tell apart.
const MaxBuckets = 1 << 16

var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New draws a secret of 160 random bits. The only errors are those of random,
// which should be crypto/rand.Reader.
func New(random io.Reader, prefix string) (string, error) {
	var payload [payloadLen]byte
	if _, err := io.ReadFull(random, payload[:]); err != nil {
		return "", fmt.Errorf("bearer: %w", err)
	}
	return format(prefix, payload), nil
}

// NewIn draws a secret of 144 random bits that carries a bucket, so that
// whoever holds it knows where to look. It panics on a bucket past MaxBuckets.
func NewIn(random io.Reader, prefix string, bucket int) (string, error) {
	if bucket < 0 || bucket >= MaxBuckets {
		panic(fmt.Sprintf("bearer: bucket %d", bucket))
	}
	var payload [payloadLen]byte
	binary.BigEndian.PutUint16(payload[:], uint16(bucket))
	if _, err := io.ReadFull(random, payload[2:]); err != nil {
		return "", fmt.Errorf("bearer: %w", err)
	}
	return format(prefix, payload), nil
}

// Check reports ErrMalformed for a text that New did not write with this prefix.
func Check(prefix, text string) error {
	_, err := parse(prefix, text)
	return err
}

// Bucket reads the bucket out of a text that NewIn wrote. ErrMalformed also
// for a bucket that the database does not have.
func Bucket(prefix, text string, buckets int) (int, error) {
	payload, err := parse(prefix, text)
	if err != nil {
		return 0, err
	}
	bucket := int(binary.BigEndian.Uint16(payload[:]))
	if bucket >= buckets {
		return 0, ErrMalformed
	}
	return bucket, nil
}

// Hash is what is stored instead of the text: its SHA-256. The text is random,
// so nothing slower is needed.
func Hash(text string) [32]byte { return sha256.Sum256([]byte(text)) }

func format(prefix string, payload [payloadLen]byte) string {
	sum := checksum(prefix, payload)
	return prefix + alphabet.EncodeToString(append(payload[:], sum[:]...))
}

// parse is strict: lower case only, no alternative letters, nothing around it.
func parse(prefix, text string) (payload [payloadLen]byte, err error) {
	s, ok := strings.CutPrefix(text, prefix)
	if !ok || len(s) != textLen {
		return payload, ErrMalformed
	}
	b, err := alphabet.DecodeString(s)
	if err != nil || len(b) != payloadLen+checksumLen { // shorter: the decoder skips line breaks
		return payload, ErrMalformed
	}
	copy(payload[:], b)
	if checksum(prefix, payload) != [checksumLen]byte(b[payloadLen:]) {
		return payload, ErrMalformed
	}
	return payload, nil
}

func checksum(prefix string, payload [payloadLen]byte) [checksumLen]byte {
	sum := sha256.Sum256(append([]byte(prefix), payload[:]...))
	return [checksumLen]byte(sum[:])
}
