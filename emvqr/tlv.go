package emvqr

import (
	"fmt"
)

// Tag is a tag of BER-TLV (ISO 8825-1) of one or two bytes, such as 0x5A or 0x9F26.
type Tag uint16

// Field is a tag with what is under it: Value, or Fields where the tag is of a template.
type Field struct {
	Tag    Tag
	Value  []byte
	Fields Fields
}

// Fields are those of one level, in their order.
type Fields []Field

// Bounds of what is read: a QR symbol holds fewer than 3,000 bytes, and the
// format nests two levels.
const (
	maxBytes = 2953 // version 40 at level L
	maxDepth = 3
)

// isTemplate reports whether a tag is of a template: bit 6 of its first byte.
func (t Tag) isTemplate() bool {
	if t > 0xff {
		t >>= 8
	}
	return t&0x20 != 0
}

// valid reports whether a tag is one that readTag reads.
func (t Tag) valid() bool {
	if t > 0xff {
		return t>>8&0x1f == 0x1f && t&0x80 == 0
	}
	return t != 0 && t&0x1f != 0x1f
}

// Find is the value of the first field with the tag, nil when there is none.
func (f Fields) Find(t Tag) []byte {
	for i := range f {
		if f[i].Tag == t {
			return f[i].Value
		}
	}
	return nil
}

// Under are the fields of the first template with the tag, nil when there is none.
func (f Fields) Under(t Tag) Fields {
	for i := range f {
		if f[i].Tag == t {
			return f[i].Fields
		}
	}
	return nil
}

// count is how many fields have the tag.
func (f Fields) count(t Tag) (n int) {
	for i := range f {
		if f[i].Tag == t {
			n++
		}
	}
	return n
}

// readTLV reads all of b.
func readTLV(b []byte, depth int) (all Fields, err error) {
	for len(b) > 0 {
		var f Field
		if f.Tag, b, err = readTag(b); err != nil {
			return nil, err
		}
		var value []byte
		if value, b, err = readValue(f.Tag, b); err != nil {
			return nil, err
		}
		switch {
		case !f.Tag.isTemplate():
			f.Value = value
		case depth == maxDepth:
			return nil, fmt.Errorf("%w: templates too deep", ErrMalformed)
		default:
			if f.Fields, err = readTLV(value, depth+1); err != nil {
				return nil, err
			}
		}
		all = append(all, f)
	}
	return all, nil
}

// readTag takes tags of one byte, or of two where the low five bits of the first are set.
func readTag(b []byte) (Tag, []byte, error) {
	switch {
	case b[0] == 0:
		return 0, nil, fmt.Errorf("%w: tag 00", ErrMalformed)
	case b[0]&0x1f != 0x1f:
		return Tag(b[0]), b[1:], nil
	case len(b) < 2 || b[1]&0x80 != 0:
		return 0, nil, fmt.Errorf("%w: tag %02X", ErrMalformed, b[0])
	}
	return Tag(b[0])<<8 | Tag(b[1]), b[2:], nil
}

// readValue takes lengths of one form only, the shortest: below 128 one byte,
// below 256 behind 81, otherwise behind 82.
func readValue(t Tag, b []byte) (value, rest []byte, err error) {
	bad := fmt.Errorf("%w: length of %X", ErrMalformed, uint16(t))
	if len(b) == 0 {
		return nil, nil, bad
	}
	n, least := int(b[0]), 0
	b = b[1:]
	switch {
	case n == 0x81 && len(b) >= 1:
		n, least, b = int(b[0]), 0x80, b[1:]
	case n == 0x82 && len(b) >= 2:
		n, least, b = int(b[0])<<8|int(b[1]), 0x100, b[2:]
	case n >= 0x80:
		return nil, nil, bad
	}
	if n < least || n > len(b) {
		return nil, nil, bad
	}
	return b[:n:n], b[n:], nil
}

// appendTLV writes fields behind b.
func appendTLV(b []byte, all Fields) []byte {
	for _, f := range all {
		if f.Tag > 0xff {
			b = append(b, byte(f.Tag>>8))
		}
		b = append(b, byte(f.Tag))
		value := f.Value
		if f.Tag.isTemplate() {
			value = appendTLV(nil, f.Fields)
		}
		switch n := len(value); {
		case n < 0x80:
			b = append(b, byte(n))
		case n < 0x100:
			b = append(b, 0x81, byte(n))
		default:
			b = append(b, 0x82, byte(n>>8), byte(n))
		}
		b = append(b, value...)
	}
	return b
}
