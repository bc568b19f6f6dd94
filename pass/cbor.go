package pass

import (
	"bytes"
	"errors"

	"github.com/fxamacker/cbor/v2"
)

// The one way in which this package writes CBOR, and the one in which it reads.
// Reading is bounded before anything is allocated: no indefinite lengths, no
// tags, nothing deep, nothing long.
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

// encode writes a value of this package's own types, which cannot fail.
func encode(v any) []byte { return must(writing.Marshal(v)) }
