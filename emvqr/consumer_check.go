package emvqr

import "fmt"

// consumerRule is what a field must be. Fields that have none may be anything.
type consumerRule struct {
	least, most int // bytes
	of          func([]byte) bool
}

var consumerRules = map[Tag]consumerRule{
	TagFormat: {5, 5, printable}, TagAID: {5, 16, anyBytes}, TagLabel: {1, 16, printable}, TagTrack2: {1, 19, isTrack2}, TagPAN: {1, 10, isPadded},
	TagName: {2, 26, printable}, TagLanguages: {2, 8, isLanguages}, TagIssuerURL: {1, 255, printable}, TagVersion: {2, 2, anyBytes},
	TagTokenRequestor: {6, 6, isBCD}, TagPAR: {29, 29, isPAR}, TagLast4: {2, 2, isBCD},
	TagCryptogram: {8, 8, anyBytes}, TagCryptogramInfo: {1, 1, anyBytes}, TagIssuerData: {1, 32, anyBytes}, TagTransactionCounter: {2, 2, anyBytes},
	TagUnpredictable: {4, 4, anyBytes}, TagInterchangeProfile: {2, 2, anyBytes},
}

// top stands for the first level among the templates that a field may be in.
const top Tag = 0

// consumerPlaces says in which template alone a field may stand. The others that
// have a rule stand in any.
var consumerPlaces = map[Tag]Tag{
	TagFormat: top, TagApplication: top, TagCommon: top, TagAID: TagApplication, TagTransparent: TagApplication, TagCommonTransparent: TagCommon,
}

// check holds a code to the specification's rules about what must be where, and
// to what can be read again.
func (c Consumer) check() error {
	switch {
	case len(c.Fields) == 0 || c.Fields[0].Tag != TagFormat || string(c.Fields[0].Value) != consumerFormat:
		return fmt.Errorf("%w: it does not begin with %s", ErrMalformed, consumerFormat)
	case c.count(TagApplication) == 0:
		return fmt.Errorf("%w: no application", ErrMalformed)
	case c.count(TagCommon) > 1:
		return fmt.Errorf("%w: two common templates", ErrMalformed)
	case len(appendTLV(nil, c.Fields)) > maxBytes:
		return fmt.Errorf("%w: too long", ErrMalformed)
	}
	for _, a := range c.Applications() {
		if a.count(TagAID) != 1 {
			return fmt.Errorf("%w: an application without one AID", ErrMalformed)
		}
	}
	return c.Fields.checkIn(top, 1)
}

// checkIn holds the fields of one template to their rules.
func (f Fields) checkIn(template Tag, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: templates too deep", ErrMalformed)
	}
	for _, field := range f {
		t := field.Tag
		rule, known := consumerRules[t]
		place, placed := consumerPlaces[t]
		switch {
		case !t.valid() || t.isTemplate() && field.Value != nil || !t.isTemplate() && field.Fields != nil:
			return fmt.Errorf("%w: tag %X", ErrMalformed, uint16(t))
		case placed && place != template || known && !placed && template == top:
			return fmt.Errorf("%w: %X has no place here", ErrMalformed, uint16(t))
		case (known || placed) && t != TagApplication && f.count(t) > 1:
			return fmt.Errorf("%w: %X twice", ErrMalformed, uint16(t))
		case known && (len(field.Value) < rule.least || len(field.Value) > rule.most || !rule.of(field.Value)):
			return fmt.Errorf("%w: %d bytes under %X", ErrMalformed, len(field.Value), uint16(t))
		}
		if err := field.Fields.checkIn(t, depth+1); err != nil && t.isTemplate() {
			return err
		}
	}
	return nil
}

func anyBytes([]byte) bool { return true }

// printable reports whether there is nothing but ASCII from space to tilde.
func printable(b []byte) bool { return all(b, func(c byte) bool { return c >= ' ' && c <= '~' }) }

// isLanguages: two letters each.
func isLanguages(b []byte) bool {
	return len(b)%2 == 0 && all(b, func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' })
}

// isPAR: capitals and digits (EMVCo, Payment Account Reference).
func isPAR(b []byte) bool {
	return all(b, func(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' })
}

func all(b []byte, of func(byte) bool) bool {
	for _, c := range b {
		if !of(c) {
			return false
		}
	}
	return true
}

// isBCD: two digits in each byte (EMV Book 3, format n).
func isBCD(b []byte) bool { return all(b, func(c byte) bool { return c>>4 <= 9 && c&15 <= 9 }) }

// nibbles are the halves of all bytes.
func nibbles(b []byte) []byte {
	halves := make([]byte, 0, 2*len(b))
	for _, c := range b {
		halves = append(halves, c>>4, c&15)
	}
	return halves
}

// digitsOf is how many digits halves begin with.
func digitsOf(halves []byte) (n int) {
	for n < len(halves) && halves[n] <= 9 {
		n++
	}
	return n
}

// isPadded: digits, and behind them F (format cn).
func isPadded(b []byte) bool {
	halves := nibbles(b)
	n := digitsOf(halves)
	return n > 0 && all(halves[n:], func(h byte) bool { return h == 0xf })
}

// isTrack2: an account number of at most 19 digits, D, the month in which it expires (4), the service
// code (3) and what else there is, and F where a digit is lacking (ISO/IEC 7813).
func isTrack2(b []byte) bool {
	halves := nibbles(b)
	number := digitsOf(halves)
	if number == 0 || number > 19 || number == len(halves) || halves[number] != 0xd {
		return false
	}
	rest := halves[number+1:]
	more := digitsOf(rest)
	return more >= 7 && (more == len(rest) || more == len(rest)-1 && rest[more] == 0xf)
}
