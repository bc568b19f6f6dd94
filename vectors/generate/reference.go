package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
)

// This file is the reference: docs/codes.md said in Go as directly as possible.
// It takes nothing from package paycode but the fields of Profile, so that the
// two can be held against each other.

type slot = vectors.Slot

func at(counter uint32, nonce uint8) slot { return slot{Counter: counter, Nonce: nonce} }

func mac256(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func seedInfo(device []byte, generation uint32) []byte {
	return slices.Concat([]byte("paycode/seed/v1\x00"), device,
		binary.BigEndian.AppendUint32(nil, generation), []byte{1})
}

// value holds every value on the way from a seed to its codes.
type value struct {
	typ                byte
	alias              uint64
	slot               slot
	session, msg, full []byte
}

func compute(seed []byte, alias uint64, s slot, c *vectors.Challenge) value {
	v := value{typ: 1, alias: alias, slot: s}
	v.session = mac256(seed, []byte(strconv.Itoa(int(s.Counter))))
	v.msg = fmt.Appendf(nil, "%012d%d", alias, s.Nonce)
	if c != nil {
		v.typ = 2
		hash := sha256.Sum256(challengeBytes(c))
		v.msg = append(v.msg, hash[:]...)
	}
	v.full = mac256(v.session, v.msg)
	return v
}

func challengeBytes(c *vectors.Challenge) []byte {
	return slices.Concat(c.Nonce, binary.BigEndian.AppendUint64(nil, c.Amount), []byte(c.Currency), c.Merchant)
}

func (v value) token() []byte { return v.full[:16] }

func (v value) otp(digits int) string {
	ten := big.NewInt(10)
	n := new(big.Int).SetBytes(v.full[16:24])
	n.Mod(n, ten.Exp(ten, big.NewInt(int64(digits)), nil))
	return fmt.Sprintf("%0*d", digits, n)
}

func (v value) digits(p paycode.Profile) string {
	return fmt.Sprintf("%s%0*d%d%s", p.Prefix, p.AliasDigits, v.alias, v.slot.Nonce, v.otp(p.OTPDigits))
}

func (v value) payload() []byte {
	alias := binary.BigEndian.AppendUint64(nil, v.alias)[3:]
	counter := binary.BigEndian.AppendUint32(nil, v.slot.Counter)
	return slices.Concat([]byte{v.typ}, alias, counter, []byte{v.slot.Nonce}, v.token())
}

func (v value) text() string { return "PC1" + crockford(v.payload()) }

// crockford reads the bytes as one number, shifts it left to a multiple of 5
// bits, and writes it in base 32.
func crockford(b []byte) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	length := (len(b)*8 + 4) / 5
	n := new(big.Int).SetBytes(b)
	n.Lsh(n, uint(length*5-len(b)*8))
	out := make([]byte, length)
	digit := new(big.Int)
	for i := length - 1; i >= 0; i-- {
		n.DivMod(n, big.NewInt(32), digit)
		out[i] = alphabet[digit.Int64()]
	}
	return string(out)
}

// tlv is one BER-TLV object with a short length.
func tlv(tag string, value []byte) []byte {
	return slices.Concat([]byte(tag), []byte{byte(len(value))}, value)
}

const (
	indicatorTag, templateTag, aidTag, labelTag = "\x85", "\x61", "\x4f", "\x50"
	transparentTag, issuerDataTag               = "\x63", "\x9f\x10"
	aid                                         = "\xf0PAYCODE"
)

func template(payload []byte) []byte {
	return tlv(templateTag, slices.Concat(
		tlv(aidTag, []byte(aid)),
		tlv(labelTag, []byte("PAYCODE")),
		tlv(transparentTag, tlv(issuerDataTag, payload)),
	))
}

func (v value) tlv() []byte {
	return slices.Concat(tlv(indicatorTag, []byte("CPV01")), template(v.payload()))
}

func (v value) emv() string { return base64.StdEncoding.EncodeToString(v.tlv()) }

func (v value) code(form string, p paycode.Profile) string {
	switch form {
	case "digits":
		return v.digits(p)
	case "text":
		return v.text()
	case "emv":
		return v.emv()
	}
	panic("no form " + form)
}
