package money

import "testing"

func TestDecimal(t *testing.T) {
	for text, want := range map[string]Amount{
		"12.50": {1250, "CNY"}, "0.01": {1, "CNY"}, "7": {7, "JPY"}, "1.001": {1001, "KWD"}, "92233720368547758.07": {1<<63 - 1, "CNY"},
	} {
		got, err := ParseDecimal(text, want.Currency)
		if err != nil || got != want || got.Decimal() != text {
			t.Errorf("%s = %v, %v, which is written %s", text, got, err, got.Decimal())
		}
	}
	for text, want := range map[string]int64{"12": 1200, "12.": 1200, "12.5": 1250, "007.1": 710} {
		if got, err := ParseDecimal(text, "CNY"); err != nil || got.Minor != want {
			t.Errorf("%s = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".", ".5", "-1", "+1", "1e3", "1,5", "1.2.3", "12.505", " 1", "1_0", "٣", "92233720368547758.08"} {
		if got, err := ParseDecimal(text, "CNY"); err == nil {
			t.Errorf("%q = %v", text, got)
		}
	}
	if got, err := ParseDecimal("7.5", "JPY"); err == nil {
		t.Errorf("7.5 JPY = %v", got)
	}
}
