package emvqr

import (
	"fmt"
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
func anything(r rune) bool { return r >= ' ' && r != 0x7f }

var merchantRules = map[int]rule{
	IDFormat: {2, 2, digit, true}, IDInitiation: {2, 2, digit, false},
	IDCategory: {4, 4, digit, true}, IDCurrency: {3, 3, digit, true}, IDAmount: {1, 13, decimal, false},
	IDTip: {2, 2, digit, false}, IDTipFixed: {1, 13, decimal, false}, IDTipPercent: {1, 5, decimal, false},
	IDCountry: {2, 2, capital, true}, IDName: {1, 25, anything, true}, IDCity: {1, 15, anything, true}, IDPostalCode: {1, 10, anything, false},
}

var additionalRules = map[int]rule{
	IDBill: {1, 25, anything, false}, IDMobile: {1, 25, anything, false}, IDStore: {1, 25, anything, false}, IDLoyalty: {1, 25, anything, false},
	IDReference: {1, 25, anything, false}, IDCustomer: {1, 25, anything, false}, IDTerminal: {1, 25, anything, false}, IDPurpose: {1, 25, anything, false},
	IDConsumerData: {1, 3, capital, false},
}

// languageRules are of the template with the merchant's name and city in another language.
var languageRules = map[int]rule{0: {2, 2, anything, true}, 1: {1, 25, anything, true}, 2: {1, 15, anything, false}}

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
		if o.ID == IDCRC || o.ID < 0 || o.ID > 99 || isTemplate(o.ID) != (o.Objects != nil) {
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
	return m.checkAmounts()
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
		if seen[object.ID] {
			return fmt.Errorf("%w: %02d twice", ErrMalformed, object.ID)
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

// checkAmounts: what is asked for is a number, static or dynamic is said in the
// two ways there are, and a tip has what its kind needs.
func (m Merchant) checkAmounts() error {
	if i, there := m.Find(IDInitiation); there && i != Static && i != Dynamic {
		return fmt.Errorf("%w: initiation %s", ErrMalformed, i)
	}
	for _, id := range []int{IDAmount, IDTipFixed, IDTipPercent} {
		if v, there := m.Find(id); there && !isAmount(v) {
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
