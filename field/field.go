// Package field says which field of a request is wrong, and how.
package field

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Error names the field, as the HTTP contract spells it, and what is wrong with
// it. It never repeats the value, which may be a secret.
type Error struct {
	Field   string
	Problem string
}

// Error is "field: problem".
func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// Wrong is an *Error with a formatted problem.
func Wrong(field, format string, args ...any) error {
	return &Error{field, fmt.Sprintf(format, args...)}
}

// Text refuses a value that is not UTF-8, holds control characters, or has not
// least to most characters.
func Text(field, value string, least, most int) error {
	if !utf8.ValidString(value) {
		return Wrong(field, "must be UTF-8")
	}
	for _, r := range value {
		if unicode.IsControl(r) {
			return Wrong(field, "must not hold control characters")
		}
	}
	if n := utf8.RuneCountInString(value); n < least || n > most {
		return Wrong(field, "must have %d to %d characters", least, most)
	}
	return nil
}

// Number refuses a value outside least to most.
func Number(field string, value, least, most int64) error {
	if value < least || value > most {
		return Wrong(field, "must be %d to %d", least, most)
	}
	return nil
}
