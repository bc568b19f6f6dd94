package api

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// masked is enough of a name for a payer to know himself by on a receipt, and
// too little for others: "*伟" of a Chinese name, whose last character is the
// given one, and "J***" of any other.
func masked(name string) string {
	name = strings.TrimSpace(name)
	if utf8.RuneCountInString(name) < 2 {
		return strings.Repeat("*", utf8.RuneCountInString(name))
	}
	if last, _ := utf8.DecodeLastRuneInString(name); unicode.Is(unicode.Han, last) {
		return "*" + string(last)
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "***"
}
