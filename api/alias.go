package api

import (
	"fmt"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/field"
)

// Alias is an alias in a request: codes.md prints it as a number, answers carry
// it as digits, and either is taken.
type Alias paycode.Alias

// aliasText is the alias with all the digits that codes give it: those of the
// profile, or a member number.
func aliasText(a paycode.Alias, p paycode.Profile) string {
	if m, ok := a.Member(); ok {
		return m.String()
	}
	return fmt.Sprintf("%0*d", p.AliasDigits, uint64(a))
}

// UnmarshalJSON reads digits, in quotes or not.
func (a *Alias) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(s) >= 2 && s[0] == '"' {
		s = s[1 : len(s)-1] // digits need no escapes, so what has one is refused below
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return field.Wrong("alias", "must be digits")
	}
	*a = Alias(v)
	return nil
}

// Schema implements huma.SchemaProvider.
func (Alias) Schema(huma.Registry) *huma.Schema {
	digits, least, most := 12, 0.0, 999_999_999_999.0
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeString, Pattern: "^[0-9]{1,12}$", MaxLength: &digits},
		{Type: huma.TypeInteger, Format: "int64", Minimum: &least, Maximum: &most},
	}}
}
