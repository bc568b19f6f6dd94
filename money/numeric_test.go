package money

import "testing"

// TestNumeric: every currency in use has a number of its own, and some that
// everybody knows are right.
func TestNumeric(t *testing.T) {
	seen := map[string]Currency{}
	for c := range minorDigits {
		n := c.Numeric()
		if back, err := ParseNumeric(n); err != nil || back != c || seen[n] != "" {
			t.Errorf("%s is %q, which is %s, %v, and %s", c, n, back, err, seen[n])
		}
		seen[n] = c
	}
	if len(numbers) != 7*len(minorDigits)-1 {
		t.Errorf("%d bytes for %d currencies", len(numbers), len(minorDigits))
	}
	for c, n := range map[Currency]string{"CNY": "156", "EUR": "978", "USD": "840", "JPY": "392", "ALL": "008", "": "", "XXX": "", "Y15": "", "156": ""} {
		if got := c.Numeric(); got != n {
			t.Errorf("%q is %q, want %q", c, got, n)
		}
	}
	for _, s := range []string{"", "1", "000", "156 ", "6 C", "CNY", "56 "} {
		if c, err := ParseNumeric(s); err == nil {
			t.Errorf("%q is %s", s, c)
		}
	}
}
