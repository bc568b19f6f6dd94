package money

import (
	"errors"
	"math"
	"testing"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		a    Amount
		want string
	}{
		{Amount{1250, "CNY"}, "12.50 CNY"}, {Amount{-5, "CNY"}, "-0.05 CNY"}, {Amount{7, "JPY"}, "7 JPY"},
		{Amount{1001, "KWD"}, "1.001 KWD"}, {Amount{-123456, "EUR"}, "-1234.56 EUR"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("%d %s = %q, want %q", c.a.Minor, c.a.Currency, got, c.want)
		}
	}
}

func TestAdd(t *testing.T) {
	for _, c := range []struct {
		a, b Amount
		err  error
	}{
		{Amount{1, "CNY"}, Amount{2, "CNY"}, nil},
		{Amount{1, "CNY"}, Amount{2, "EUR"}, ErrMismatch},
		{Amount{math.MaxInt64, "CNY"}, Amount{1, "CNY"}, ErrOverflow},
		{Amount{math.MinInt64, "CNY"}, Amount{-1, "CNY"}, ErrOverflow},
	} {
		got, err := c.a.Add(c.b)
		if !errors.Is(err, c.err) || err == nil && got.Minor != c.a.Minor+c.b.Minor {
			t.Errorf("%v + %v = %v, %v; want %v", c.a, c.b, got, err, c.err)
		}
	}
}

func TestParseCurrency(t *testing.T) {
	for s, ok := range map[string]bool{"CNY": true, "JPY": true, "cny": false, "": false, "XXX": false, "CNYY": false} {
		if _, err := ParseCurrency(s); (err == nil) != ok {
			t.Errorf("ParseCurrency(%q): %v", s, err)
		}
	}
}
