package emvqr

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

func TestShop(t *testing.T) {
	id, err := ids.Parse[ids.Merchant]("mer_01jfja0yrcfgzrmq9f3r69q2kp")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Shop{
		"static":                {Merchant: id, Name: "Corner Shop", City: "Beijing", Country: "CN", Currency: "CNY", Category: "5411"},
		"one order":             {Merchant: id, Name: "Corner Shop", City: "Beijing", Country: "CN", Currency: "CNY", Category: "5411", Minor: 1250, Reference: "A-1001", Terminal: "till-7"},
		"yen have no decimals":  {Merchant: id, Name: "Shop", City: "Osaka", Country: "JP", Currency: "JPY", Category: "0000", Minor: 1, Reference: "1"},
		"a name in Han letters": {Merchant: id, Name: "街角小店", City: "Beijing", Country: "CN", Currency: "CNY", Category: "5411"},
	} {
		text, err := s.Text()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := ParseShop(text); err != nil || got != s {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, s := range map[string]Shop{
		"an amount without an order": {Merchant: id, Name: "S", City: "B", Country: "CN", Currency: "CNY", Minor: 1},
		"an order without an amount": {Merchant: id, Name: "S", City: "B", Country: "CN", Currency: "CNY", Reference: "1"},
		"no merchant":                {Name: "S", City: "B", Country: "CN", Currency: "CNY"},
		"no currency":                {Merchant: id, Name: "S", City: "B", Country: "CN"},
		"a long order number":        {Merchant: id, Name: "S", City: "B", Country: "CN", Currency: "CNY", Minor: 1, Reference: strings.Repeat("9", 26)},
	} {
		if text, err := s.Text(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	if _, err := ParseShop(merchant1); !errors.Is(err, ErrMalformed) {
		t.Errorf("somebody else's: %v", err)
	}
	if text, err := (Shop{Merchant: id, Name: strings.Repeat("long ", 9), Country: "CN", Currency: "CNY"}).Text(); err != nil {
		t.Errorf("a long name: %s, %v", text, err)
	}
}

// TestShopsOfAllReaders holds this reader to the codes that the one in JavaScript is held to.
func TestShopsOfAllReaders(t *testing.T) {
	b, err := os.ReadFile("testdata/shops.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Shops []struct {
			Name, Text string
			Shop       *struct{ Merchant, Name, City, Currency, Amount, Reference, Terminal string }
		}
	}
	if err := json.Unmarshal(b, &file); err != nil || len(file.Shops) == 0 {
		t.Fatal(len(file.Shops), err)
	}
	for _, c := range file.Shops {
		got, err := ParseShop(c.Text)
		if c.Shop == nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %+v, %v", c.Name, got, err)
			}
			continue
		}
		minor := int64(0)
		if c.Shop.Amount != "" {
			a, err := money.ParseDecimal(c.Shop.Amount, got.Currency)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			minor = a.Minor
		}
		if err != nil || got.Merchant.String() != c.Shop.Merchant || got.Name != c.Shop.Name || got.City != c.Shop.City || string(got.Currency) != c.Shop.Currency ||
			got.Minor != minor || got.Reference != c.Shop.Reference || got.Terminal != c.Shop.Terminal {
			t.Errorf("%s: %+v, %v", c.Name, got, err)
		}
	}
}
