package ids

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// alphabet is Crockford's base32 in lower case, as TypeIDs write it.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// textLength is the number of base32 characters of 128 bits.
const textLength = 26

// String is the TypeID: prefix, underscore, 26 characters. It is the inverse of Parse.
func (id ID[K]) String() string {
	var k K
	p := k.prefix()
	b := make([]byte, 0, len(p)+1+textLength)
	b = append(append(b, p...), '_')
	// 130 bits in 26 characters: the first one carries only three.
	acc, bits := uint32(0), 2
	for _, c := range id {
		acc, bits = acc<<8|uint32(c), bits+8
		for bits >= 5 {
			bits -= 5
			b = append(b, alphabet[acc>>bits&31])
		}
	}
	return string(b)
}

// Parse reads a TypeID, as in Parse[Payer](s). It is strict: lower case only, no
// alternative letters, nothing before or after; ErrMalformed otherwise.
// One thing so has one spelling, and a look-up by text cannot miss.
func Parse[T ID[K], K Kind](s string) (T, error) {
	var id T
	var k K
	text, ok := strings.CutPrefix(s, k.prefix()+"_")
	if !ok || len(text) != textLength || text[0] > '7' {
		return id, fmt.Errorf("%w: want %s_ and 26 characters", ErrMalformed, k.prefix())
	}
	acc, bits, n := uint32(0), -2, 0
	for i := range len(text) {
		v := strings.IndexByte(alphabet, text[i])
		if v < 0 {
			return T{}, fmt.Errorf("%w: character %q", ErrMalformed, text[i])
		}
		acc, bits = acc<<5|uint32(v), bits+5
		if bits >= 8 {
			bits -= 8
			id[n] = byte(acc >> bits)
			n++
		}
	}
	return id, nil
}

// MarshalText writes the TypeID; the zero ID becomes an empty text.
func (id ID[K]) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads a TypeID; an empty text becomes the zero ID.
func (id *ID[K]) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*id = ID[K]{}
		return nil
	}
	*id, err = Parse[ID[K]](string(b))
	return err
}

// Value stores the 16 bytes, or NULL for the zero ID.
func (id ID[K]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id[:], nil
}

// Scan reads what Value stored.
func (id *ID[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = ID[K]{}
	case []byte:
		if copy(id[:], v) != len(id) || len(v) != len(id) {
			return fmt.Errorf("%w: %d bytes stored", ErrMalformed, len(v))
		}
	default:
		return fmt.Errorf("%w: stored as %T", ErrMalformed, src)
	}
	return nil
}
