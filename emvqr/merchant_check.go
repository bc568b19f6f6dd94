package emvqr

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// rule is what the value of an object must be.
type rule struct {
	least, most int // characters
	of          func(rune) bool
	needed      bool
}

func digit(r rune) bool    { return r >= '0' && r <= '9' }
func capital(r rune) bool  { return r >= 'A' && r <= 'Z' }
func decimal(r rune) bool  { return digit(r) || r == '.' }
func letter(r rune) bool   { return r|0x20 >= 'a' && r|0x20 <= 'z' && r < 0x80 }
func ascii(r rune) bool    { return r >= ' ' && r <= '~' }
func anything(r rune) bool { return r >= ' ' && r != 0x7f }

var merchantRules = map[int]rule{
	IDFormat: {2, 2, digit, true}, IDInitiation: {2, 2, digit, false},
	IDCategory: {4, 4, digit, true}, IDCurrency: {3, 3, digit, true}, IDAmount: {1, 13, decimal, false},
	IDTip: {2, 2, digit, false}, IDTipFixed: {1, 13, decimal, false}, IDTipPercent: {1, 5, decimal, false},
	IDCountry: {2, 2, capital, true}, IDName: {1, 25, ascii, true}, IDCity: {1, 15, ascii, true}, IDPostalCode: {1, 10, ascii, false},
}

var additionalRules = map[int]rule{
	IDBill: {1, 25, anything, false}, IDMobile: {1, 25, anything, false}, IDStore: {1, 25, anything, false}, IDLoyalty: {1, 25, anything, false},
	IDReference: {1, 25, anything, false}, IDCustomer: {1, 25, anything, false}, IDTerminal: {1, 25, anything, false}, IDPurpose: {1, 25, anything, false},
	IDConsumerData: {1, 3, capital, false},
}

// languageRules are of the template with the merchant's name and city in another language.
var languageRules = map[int]rule{0: {2, 2, letter, true}, 1: {1, 25, anything, true}, 2: {1, 15, anything, false}}

var accountRules = map[int]rule{IDGlobal: {1, 32, anything, true}}

// check holds a code to the specification's rules.
func (m Merchant) check() error {
	if n := utf8.RuneCountInString(m.String()); n > maxCharacters {
		return fmt.Errorf("%w: %d characters, of which %d may be", ErrMalformed, n, maxCharacters)
	}
	if format, _ := m.Find(IDFormat); len(m.Objects) == 0 || m.Objects[0].ID != IDFormat || format != merchantFormat {
		return fmt.Errorf("%w: it does not begin with format %s", ErrMalformed, merchantFormat)
	}
	if err := m.Objects.keep(merchantRules); err != nil {
		return err
	}
	accounts := 0
	for _, o := range m.Objects {
		if o.ID == IDCRC || isTemplate(o.ID) != (len(o.Objects) > 0) || o.Objects != nil && o.Value != "" || o.Objects.nested() {
			return fmt.Errorf("%w: %02d has no place here", ErrMalformed, o.ID)
		}
		if o.ID >= firstAccount && o.ID <= lastAccount {
			accounts++
		}
		if err := o.Objects.keep(rulesUnder(o.ID)); err != nil {
			return fmt.Errorf("under %02d: %w", o.ID, err)
		}
	}
	if accounts == 0 {
		return fmt.Errorf("%w: no account", ErrMalformed)
	}
	if err := m.checkAdditional(); err != nil {
		return err
	}
	return m.checkAmounts()
}

// firstOwn to 99 under Additional are templates of payment systems: whose, says what is under 00 of each.
const firstOwn = 50

// checkAdditional: the payer is asked for his address, his telephone number and his e-mail address (A, M, E), each once at
// most, and a payment system's own template says whose it is.
func (m Merchant) checkAdditional() error {
	for _, o := range m.Under(IDAdditional) {
		switch {
		case o.ID == IDConsumerData && (strings.Trim(o.Value, "AME") != "" || twice(o.Value)):
			return fmt.Errorf("%w: the payer is asked for %q", ErrMalformed, o.Value)
		case o.ID >= firstOwn:
			own, err := readObjects(o.Value, false)
			if _, there := own.Find(IDGlobal); err != nil || !there {
				return fmt.Errorf("%w: under %d: %02d has no owner", ErrMalformed, IDAdditional, o.ID)
			}
		}
	}
	return nil
}

// twice reports whether a character of s is there twice.
func twice(s string) bool {
	for i := range s {
		if strings.IndexByte(s, s[i]) != i {
			return true
		}
	}
	return false
}

// nested reports whether there are templates among objects: inside of one they are written as values.
func (o Objects) nested() bool {
	return slices.ContainsFunc(o, func(inner Object) bool { return inner.Objects != nil })
}

func rulesUnder(id int) map[int]rule {
	switch {
	case id == IDAdditional:
		return additionalRules
	case id == IDLanguage:
		return languageRules
	case isTemplate(id):
		return accountRules
	}
	return nil
}

// keep holds objects to rules: those that are needed are there, and each is once.
func (o Objects) keep(rules map[int]rule) error {
	seen := map[int]bool{}
	for _, object := range o {
		if seen[object.ID] || object.ID < 0 || object.ID > 99 {
			return fmt.Errorf("%w: %02d has no place here, or is there twice", ErrMalformed, object.ID)
		}
		seen[object.ID] = true
		n := utf8.RuneCountInString(object.Value)
		r, known := rules[object.ID]
		if !known {
			r = rule{1, 99, func(rune) bool { return true }, false}
		}
		if object.Objects == nil && (n < r.least || n > r.most || !every(object.Value, r.of)) {
			return fmt.Errorf("%w: %02d is %.30q", ErrMalformed, object.ID, object.Value)
		}
		if object.Objects != nil && utf8.RuneCountInString(object.Objects.text()) > 99 {
			return fmt.Errorf("%w: %02d has over 99 characters", ErrMalformed, object.ID)
		}
	}
	for id, r := range rules {
		if r.needed && !seen[id] && len(o) > 0 {
			return fmt.Errorf("%w: no %02d", ErrMalformed, id)
		}
	}
	return nil
}

func every(s string, of func(rune) bool) bool {
	for _, r := range s {
		if !of(r) || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// checkAmounts: what is asked for is a number and not nothing, no tip is the whole amount, static or dynamic is said in the
// two ways there are, and a tip has what its kind needs.
func (m Merchant) checkAmounts() error {
	if i, there := m.Find(IDInitiation); there && i != Static && i != Dynamic {
		return fmt.Errorf("%w: initiation %s", ErrMalformed, i)
	}
	for _, id := range []int{IDAmount, IDTipFixed, IDTipPercent} {
		v, there := m.Find(id)
		if there && (!isAmount(v) || strings.Trim(v, "0.") == "" || id == IDTipPercent && over99(v)) {
			return fmt.Errorf("%w: %02d is %q", ErrMalformed, id, v)
		}
	}
	tip, _ := m.Find(IDTip)
	_, fixed := m.Find(IDTipFixed)
	_, percent := m.Find(IDTipPercent)
	if tip != "" && tip != "01" && tip != "02" && tip != "03" || fixed != (tip == "02") || percent != (tip == "03") {
		return fmt.Errorf("%w: tip %q", ErrMalformed, tip)
	}
	return nil
}

// over99 reports whether a number has three digits or more before its point.
func over99(s string) bool {
	whole, _, _ := strings.Cut(s, ".")
	return len(strings.TrimLeft(whole, "0")) > 2
}

// isAmount reports whether s is digits, with a point among or behind them at
// most: "10", "10.", "10.00", and not ".5".
func isAmount(s string) bool {
	points := 0
	for i, r := range s {
		if r == '.' {
			if points++; i == 0 {
				return false
			}
		}
	}
	return points <= 1 && s != ""
}
