package field

import (
	"errors"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		value string
		ok    bool
	}{
		{"a", true}, {"张三", true}, {strings.Repeat("张", 5), true},
		{"", false}, {strings.Repeat("a", 6), false}, {"a\x00", false}, {"a\nb", false}, {"\x7f", false}, {"\xff", false},
	} {
		err := Text("name", c.value, 1, 5)
		var wrong *Error
		if (err == nil) != c.ok || err != nil && (!errors.As(err, &wrong) || wrong.Field != "name") {
			t.Errorf("Text(%q) = %v", c.value, err)
		}
	}
}

func TestNumber(t *testing.T) {
	for value, ok := range map[int64]bool{-1: false, 0: true, 10: true, 11: false} {
		if err := Number("n", value, 0, 10); (err == nil) != ok {
			t.Errorf("Number(%d) = %v", value, err)
		}
	}
}
