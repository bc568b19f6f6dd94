package paycode

import (
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// Sizes of the text form, in bytes or characters.
const (
	textMark = "PC1"
	textLen  = len(textMark) + (PayloadLen*8+4)/5
	// PayloadLen is the size of a [Payload].
	PayloadLen = 1 + 5 + 4 + 1 + 16
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockfordEncoding = base32.NewEncoding(crockford).WithPadding(base32.NoPadding)

// NewText makes the text code of a slot: the usual content of the QR symbol,
// 47 characters of QR's alphanumeric set.
//
//	"PC1" ‖ CrockfordBase32(type[1] ‖ alias uint40be ‖ counter uint32be ‖ nonce[1] ‖ token[16])
//
// It panics if alias or nonce do not fit the profile.
func (p Profile) NewText(seed *Seed, alias Alias, slot Slot) string {
	return p.Format(tokenCode(FormText, seed, alias, slot, nil))
}

// Payload is what text and EMV are made of: the [PayloadLen] bytes that a device
// answers to an NFC reader. Like a [Code] it is as good as money.
type Payload [PayloadLen]byte

// Text is the text code that says the same; no profile is needed to write it.
func (b Payload) Text() string { return textMark + crockfordEncoding.EncodeToString(b[:]) }

// NewChallengePayload makes the payload of a slot for one challenge only. It
// panics if alias or nonce do not fit the profile.
func (p Profile) NewChallengePayload(seed *Seed, alias Alias, slot Slot, challenge Challenge) (b Payload) {
	code := tokenCode(FormText, seed, alias, slot, &challenge)
	p.mustHold(code)
	appendPayload(b[:0], code)
	return b
}

// NewChallengeText makes the text code of a slot for one challenge only: what a
// device answers to an NFC reader. It panics if alias or nonce do not fit the
// profile.
func (p Profile) NewChallengeText(seed *Seed, alias Alias, slot Slot, challenge Challenge) string {
	return p.NewChallengePayload(seed, alias, slot, challenge).Text()
}

func tokenCode(form Form, seed *Seed, alias Alias, slot Slot, challenge *Challenge) *Code {
	m := newMAC(seed, alias, slot, challenge)
	code := &Code{
		Form: form, Type: TypeOffline,
		Alias: alias, Counter: slot.Counter, Nonce: slot.Nonce, Token: m.token(),
	}
	if challenge != nil {
		code.Type = TypeChallenge
	}
	return code
}

// appendPayload appends the 27 bytes that text and EMV share.
func appendPayload(b []byte, c *Code) []byte {
	b = append(b, c.Type, byte(c.Alias>>32))
	b = binary.BigEndian.AppendUint32(b, uint32(c.Alias))
	b = binary.BigEndian.AppendUint32(b, uint32(c.Counter))
	b = append(b, byte(c.Nonce))
	return append(b, c.Token[:]...)
}

func (p Profile) parsePayload(form Form, b *[PayloadLen]byte) (Code, error) {
	c := Code{
		Form:    form,
		Type:    b[0],
		Alias:   Alias(b[1])<<32 | Alias(binary.BigEndian.Uint32(b[2:])),
		Counter: Counter(binary.BigEndian.Uint32(b[6:])),
		Nonce:   Nonce(b[10]),
		Token:   [16]byte(b[11:]),
	}
	if !p.holds(&c) {
		return Code{}, ErrMalformed
	}
	return c, nil
}

func formatText(c *Code) string {
	var payload Payload
	appendPayload(payload[:0], c)
	return payload.Text()
}

func (p Profile) parseText(s string) (Code, error) {
	for i := range len(textMark) {
		if readCrockford(s[i]) != textMark[i] {
			return Code{}, ErrMalformed
		}
	}
	var payload [PayloadLen]byte
	if !decodeCrockford(payload[:], s[len(textMark):]) {
		return Code{}, ErrMalformed
	}
	return p.parsePayload(FormText, &payload)
}

// decodeCrockford fills dst from text, which must have the fitting length.
func decodeCrockford(dst []byte, text string) bool {
	var bits, have uint
	for i := range len(text) {
		value := strings.IndexByte(crockford, readCrockford(text[i]))
		if value < 0 {
			return false
		}
		bits, have = bits<<5|uint(value), have+5
		if have >= 8 {
			have -= 8
			dst[0], dst = byte(bits>>have), dst[1:]
		}
	}
	// What is left is padding. Were it ignored, one code would have 16 spellings,
	// and whoever remembers codes by their spelling could be fooled.
	return bits&(1<<have-1) == 0
}

// readCrockford turns a character into the one that the encoder would have
// written: lower case is upper case, O is 0, I and L are 1. Other characters,
// U among them, stay what they are, and are no digits.
func readCrockford(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch c {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return c
}
