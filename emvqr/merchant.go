package emvqr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Object is one data object of a merchant-presented code: ID is 0 to 99, and
// what is under it Value, or Objects where the ID is of a template.
type Object struct {
	ID      int
	Value   string // UTF-8; lengths are counted in characters
	Objects Objects
}

// Objects are those of one level, in their order.
type Objects []Object

// The IDs of merchant-presented codes.
const (
	IDFormat       = 0  // always "01", first
	IDInitiation   = 1  // Static or Dynamic
	IDCategory     = 52 // merchant category code (ISO 18245), four digits
	IDCurrency     = 53 // ISO 4217, three digits
	IDAmount       = 54 // decimal, at most 13 characters
	IDTip          = 55 // 01 ask, 02 fixed in 56, 03 per cent in 57
	IDTipFixed     = 56
	IDTipPercent   = 57
	IDCountry      = 58 // ISO 3166-1, two letters
	IDName         = 59 // at most 25 characters
	IDCity         = 60 // at most 15 characters
	IDPostalCode   = 61 // at most 10 characters
	IDAdditional   = 62 // template
	IDCRC          = 63 // last; made and checked here, never among Objects
	IDLanguage     = 64 // template: name and city in another language
	firstAccount   = 2
	lastAccount    = 51
	firstTemplate  = 26
	firstUnused    = 80 // 80 to 99: templates of whoever needs one
	IDGlobal       = 0  // inside a template of an account: whose it is, at most 32 characters
	IDBill         = 1  // inside Additional, each at most 25 characters
	IDMobile       = 2
	IDStore        = 3
	IDLoyalty      = 4
	IDReference    = 5
	IDCustomer     = 6
	IDTerminal     = 7
	IDPurpose      = 8
	IDConsumerData = 9 // what the payer is asked for: A, M, E
)

// Whether a code is for many payments or one.
const (
	Static  = "11"
	Dynamic = "12"
)

const (
	merchantFormat = "01"
	maxCharacters  = 512
)

// crcHead is what stands before the checksum, which counts it too.
const crcHead = "6304"

// Merchant is a merchant-presented code: all its objects but the checksum.
type Merchant struct{ Objects }

// NewMerchant makes a code of objects, in their order; the format comes first
// and is not among them. ErrMalformed.
func NewMerchant(objects ...Object) (Merchant, error) {
	m := Merchant{append(Objects{{ID: IDFormat, Value: merchantFormat}}, objects...)}
	return m, m.check()
}

// ParseMerchant reads the text of a code. ErrMalformed, also when the checksum is wrong.
func ParseMerchant(text string) (Merchant, error) {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxCharacters {
		return Merchant{}, fmt.Errorf("%w: not %d characters of UTF-8", ErrMalformed, maxCharacters)
	}
	body, sum, ok := cutChecksum(text)
	if !ok || sum != fmt.Sprintf("%04X", crc16(body+crcHead)) {
		return Merchant{}, fmt.Errorf("%w: checksum", ErrMalformed)
	}
	objects, err := readObjects(body, true)
	if err != nil {
		return Merchant{}, err
	}
	m := Merchant{objects}
	if err := m.check(); err != nil {
		return Merchant{}, err
	}
	return m, nil
}

func cutChecksum(text string) (body, sum string, ok bool) {
	at := len(text) - len(crcHead) - 4
	if at < 0 || text[at:at+len(crcHead)] != crcHead {
		return "", "", false
	}
	return text[:at], text[at+len(crcHead):], true
}

// String is the text of the code, checksum included.
func (m Merchant) String() string {
	body := m.Objects.text() + crcHead
	return body + fmt.Sprintf("%04X", crc16(body))
}

// Find is the value of the object with the ID, and whether there is one.
func (o Objects) Find(id int) (string, bool) {
	for i := range o {
		if o[i].ID == id {
			return o[i].Value, true
		}
	}
	return "", false
}

// Under are the objects of the template with the ID, nil when there is none.
func (o Objects) Under(id int) Objects {
	for i := range o {
		if o[i].ID == id {
			return o[i].Objects
		}
	}
	return nil
}

// isTemplate reports whether there are objects under an ID of the first level.
func isTemplate(id int) bool {
	return id >= firstTemplate && id <= lastAccount || id == IDAdditional || id == IDLanguage || id >= firstUnused
}

func (o Objects) text() string {
	var b strings.Builder
	for _, object := range o {
		value := object.Value
		if object.Objects != nil {
			value = object.Objects.text()
		}
		fmt.Fprintf(&b, "%02d%02d%s", object.ID, utf8.RuneCountInString(value), value)
	}
	return b.String()
}

// readObjects reads all of s. Templates are read one level deep; what is deeper,
// in templates inside of Additional, is somebody's own and stays a value.
func readObjects(s string, top bool) (all Objects, err error) {
	seen := map[int]bool{}
	for s != "" {
		var o Object
		if o, s, err = readObject(s); err != nil {
			return nil, err
		}
		if seen[o.ID] {
			return nil, fmt.Errorf("%w: %02d twice", ErrMalformed, o.ID)
		}
		seen[o.ID] = true
		if top && isTemplate(o.ID) {
			if o.Objects, err = readObjects(o.Value, false); err != nil {
				return nil, err
			}
			o.Value = ""
		}
		all = append(all, o)
	}
	return all, nil
}

func readObject(s string) (o Object, rest string, err error) {
	if len(s) < 4 {
		return o, "", fmt.Errorf("%w: %d bytes are left over", ErrMalformed, len(s))
	}
	id, okID := twoDigits(s[:2])
	n, okLength := twoDigits(s[2:4])
	if !okID || !okLength || n == 0 {
		return o, "", fmt.Errorf("%w: head %.4q", ErrMalformed, s)
	}
	value := s[4:]
	end := 0
	for range n {
		_, size := utf8.DecodeRuneInString(value[end:])
		if size == 0 {
			return o, "", fmt.Errorf("%w: %02d is cut short", ErrMalformed, id)
		}
		end += size
	}
	return Object{ID: id, Value: value[:end]}, value[end:], nil
}

func twoDigits(s string) (int, bool) {
	if s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
