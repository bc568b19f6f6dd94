package emvqr

import (
	"fmt"
	"unicode/utf8"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// accountID and global say that an account is of this system: one of the
// templates that are free for anybody, with our AID.
const (
	accountID  = 26
	global     = "F0504159434F4445"
	idMerchant = 1 // inside: the merchant's TypeID
)

// Shop is our own merchant-presented code: who is paid, and for a single order
// how much and for what. A payer's wallet needs nothing else of it.
type Shop struct {
	Merchant  ids.Merchant
	Name      string // as on the sign; what is over 25 characters is left out
	City      string // likewise, over 15
	Country   string // ISO 3166-1, two letters; that of the currency when empty
	Category  string // ISO 18245, four digits; "0000" when empty
	Currency  money.Currency
	Minor     int64  // minor units; 0: the payer types the amount, and the code may be used again and again
	Reference string // the merchant's order number, 1 to 25 characters; needed with an amount
	Terminal  string // which till, at most 25 characters; may be empty
}

// Text is the code's content. ErrMalformed.
func (s Shop) Text() (string, error) {
	if (s.Minor > 0) != (s.Reference != "") || s.Minor < 0 || s.Merchant.IsZero() {
		return "", fmt.Errorf("%w: an amount and its order number go together", ErrMalformed)
	}
	initiation := Static
	if s.Minor > 0 {
		initiation = Dynamic
	}
	category := s.Category
	if category == "" {
		category = "0000"
	}
	objects := Objects{
		{ID: IDInitiation, Value: initiation},
		{ID: accountID, Objects: Objects{{ID: IDGlobal, Value: global}, {ID: idMerchant, Value: s.Merchant.String()}}},
		{ID: IDCategory, Value: category}, {ID: IDCurrency, Value: s.Currency.Numeric()},
	}
	if s.Minor > 0 {
		objects = append(objects, Object{ID: IDAmount, Value: money.Amount{Minor: s.Minor, Currency: s.Currency}.Decimal()})
	}
	country := s.Country
	if country == "" && len(s.Currency) > 2 {
		country = string(s.Currency[:2]) // ISO 4217 codes begin with ISO 3166-1's
	}
	objects = append(objects, Object{ID: IDCountry, Value: country},
		Object{ID: IDName, Value: latin(first(s.Name, 25), "SHOP")}, Object{ID: IDCity, Value: latin(first(s.City, 15), "CITY")})
	if a := s.additional(); len(a) > 0 {
		objects = append(objects, Object{ID: IDAdditional, Objects: a})
	}
	if name := first(s.Name, 25); name != latin(name, "") { // 59 is of Latin letters only
		objects = append(objects, Object{ID: IDLanguage, Objects: Objects{{ID: 0, Value: "zh"}, {ID: 1, Value: name}}})
	}
	m, err := NewMerchant(objects...)
	if err != nil {
		return "", err
	}
	return m.String(), nil
}

func (s Shop) additional() (a Objects) {
	if s.Reference != "" {
		a = append(a, Object{ID: IDReference, Value: s.Reference})
	}
	if s.Terminal != "" {
		a = append(a, Object{ID: IDTerminal, Value: s.Terminal})
	}
	return a
}

// ParseShop reads a code of ours. ErrMalformed for anything else, codes of other
// systems included.
func ParseShop(text string) (Shop, error) {
	m, err := ParseMerchant(text)
	if err != nil {
		return Shop{}, err
	}
	ours := m.Under(accountID)
	if g, _ := ours.Find(IDGlobal); g != global {
		return Shop{}, fmt.Errorf("%w: not of this system", ErrMalformed)
	}
	var s Shop
	merchant, _ := ours.Find(idMerchant)
	if s.Merchant, err = ids.Parse[ids.Merchant](merchant); err != nil {
		return Shop{}, fmt.Errorf("%w: merchant", ErrMalformed)
	}
	number, _ := m.Find(IDCurrency)
	if s.Currency, err = money.ParseNumeric(number); err != nil {
		return Shop{}, fmt.Errorf("%w: currency", ErrMalformed)
	}
	if text, there := m.Find(IDAmount); there {
		a, err := money.ParseDecimal(text, s.Currency)
		if err != nil || a.Minor == 0 {
			return Shop{}, fmt.Errorf("%w: amount", ErrMalformed)
		}
		s.Minor = a.Minor
	}
	s.Category, _ = m.Find(IDCategory)
	s.Country, _ = m.Find(IDCountry)
	s.Name, _ = m.Find(IDName)
	s.City, _ = m.Find(IDCity)
	if name, there := m.Under(IDLanguage).Find(1); there {
		s.Name = name
	}
	s.Reference, _ = m.Under(IDAdditional).Find(IDReference)
	s.Terminal, _ = m.Under(IDAdditional).Find(IDTerminal)
	if (s.Minor > 0) != (s.Reference != "") {
		return Shop{}, fmt.Errorf("%w: an amount and its order number go together", ErrMalformed)
	}
	return s, nil
}

// first is at most n characters of a text.
func first(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// latin is s, or instead where s has other characters than printable ASCII.
func latin(s, instead string) string {
	for _, r := range s {
		if r < ' ' || r > '~' || r == utf8.RuneError {
			return instead
		}
	}
	if s == "" {
		return instead
	}
	return s
}
