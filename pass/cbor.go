package pass

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/fxamacker/cbor/v2"
)

// The one way in which this package writes CBOR, and the one in which it decodes
// payloads. Decoding is bounded before anything is allocated: no indefinite
// lengths, no tags, nothing deep, nothing long. Envelopes, headers and passes,
// which every tap of every rider brings, have all their bytes at known places and
// are read by them, and likewise compared with what would be written.
var (
	writing = must(cbor.CoreDetEncOptions().EncMode())
	reading = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   5,
		MaxArrayElements:  16,
		MaxMapPairs:       16,
		NaN:               cbor.NaNDecodeForbidden,
		Inf:               cbor.InfDecodeForbidden,
		BignumTag:         cbor.BignumTagForbidden,
	}.DecMode())
)

var errNotCanonical = errors.New("not the deterministic encoding")

func must[M any](mode M, err error) M {
	if err != nil {
		panic(err) // the options are ours
	}
	return mode
}

// decode reads a value that must have been written by encode. Reading it and
// writing it again must give the same bytes: this refuses at once long forms of
// numbers, keys in another order, nulls, and whatever else a second spelling can
// be made of.
func decode[T any](b []byte) (v T, err error) {
	if err := reading.Unmarshal(b, &v); err != nil {
		return v, err
	}
	if again, err := writing.Marshal(v); err != nil || !bytes.Equal(again, b) {
		return v, errNotCanonical
	}
	return v, nil
}

// Initial bytes of CBOR items, and major types (RFC 8949, section 3).
const (
	array4     = 0x84
	emptyMap   = 0xa0
	majorUint  = 0 << 5
	majorBytes = 2 << 5
	majorText  = 3 << 5
)

// appendHead appends a number, or begins what has this length, in the shortest form.
func appendHead(b []byte, major byte, n uint32) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, major|26), n)
}

// appendString appends a string of bytes or text.
func appendString[S []byte | string](b []byte, major byte, s S) []byte {
	return append(appendHead(b, major, uint32(len(s))), s...)
}

// takeHead takes the number in the head of an item, of whatever major type, apart
// from what follows. Like takeString it minds bounds only: whoever uses it writes
// again what he read, and compares.
func takeHead(b []byte) (n uint32, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, errNotCanonical
	}
	short, b := b[0]&0x1f, b[1:]
	switch {
	case short < 24:
		return uint32(short), b, nil
	case short == 24 && len(b) >= 1:
		return uint32(b[0]), b[1:], nil
	case short == 25 && len(b) >= 2:
		return uint32(binary.BigEndian.Uint16(b)), b[2:], nil
	case short == 26 && len(b) >= 4:
		return binary.BigEndian.Uint32(b), b[4:], nil
	}
	return 0, nil, errNotCanonical
}

// takeString takes a string, of bytes or text, apart from what follows.
func takeString(b []byte) (s, rest []byte, err error) {
	n, b, err := takeHead(b)
	if err != nil || uint64(n) > uint64(len(b)) {
		return nil, nil, errNotCanonical
	}
	return b[:n:n], b[n:], nil
}

// encode writes a value of this package's own types, which cannot fail.
func encode(v any) []byte { return must(writing.Marshal(v)) }
