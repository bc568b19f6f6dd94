package emvqr

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpecificationsMerchantCode: the code that EMVCo prints, whose lengths and checksum are
// right only where characters and bytes are told apart.
func TestSpecificationsMerchantCode(t *testing.T) {
	m, err := ParseMerchant(merchant2)
	if err != nil {
		t.Fatal(err)
	}
	want := Objects{
		{ID: IDFormat, Value: "01"}, {ID: IDInitiation, Value: Dynamic},
		{ID: 29, Objects: Objects{{ID: IDGlobal, Value: "D15600000000"}, {ID: 5, Value: "A93FO3230Q"}}},
		{ID: 31, Objects: Objects{{ID: IDGlobal, Value: "D15600000001"}, {ID: 3, Value: "12345678"}}},
		{ID: IDCategory, Value: "4111"}, {ID: IDCountry, Value: "CN"}, {ID: IDName, Value: "BEST TRANSPORT"}, {ID: IDCity, Value: "BEIJING"},
		{ID: IDLanguage, Objects: Objects{{ID: 0, Value: "ZH"}, {ID: 1, Value: "最佳运输"}, {ID: 2, Value: "北京"}}},
		{ID: IDAmount, Value: "23.72"}, {ID: IDCurrency, Value: "156"}, {ID: IDTip, Value: "01"},
		{ID: IDAdditional, Objects: Objects{{ID: IDStore, Value: "1234"}, {ID: IDCustomer, Value: "***"}, {ID: IDTerminal, Value: "A6008667"}, {ID: IDConsumerData, Value: "ME"}}},
		{ID: 91, Objects: Objects{{ID: IDGlobal, Value: "A011223344998877"}, {ID: 7, Value: "12345678"}}},
	}
	if d := cmp.Diff(want, m.Objects); d != "" {
		t.Error(d)
	}
	made, err := NewMerchant(want[1:]...)
	if err != nil || made.String() != merchant2 {
		t.Errorf("it is written %s, %v", made, err)
	}
	if other, err := ParseMerchant(merchant3); err != nil || other.String() != merchant3 {
		t.Errorf("another library's: %v, %v", other, err)
	}
}

func TestPublishedMerchantCode(t *testing.T) {
	m, err := ParseMerchant(merchant1)
	if err != nil {
		t.Fatal(err)
	}
	want := Objects{
		{ID: IDFormat, Value: "01"}, {ID: IDInitiation, Value: Dynamic}, {ID: IDCategory, Value: "4131"}, {ID: 15, Value: "37210116372101160123456789ABCDE"},
		{ID: IDCity, Value: "Phnom Penh"}, {ID: IDName, Value: "Merchant Shop"}, {ID: IDCountry, Value: "KH"}, {ID: IDAmount, Value: "10.00"},
		{ID: IDCurrency, Value: "840"}, {ID: IDAdditional, Objects: Objects{{ID: IDBill, Value: "12345678"}, {ID: IDMobile, Value: "012444444"}}},
	}
	if d := cmp.Diff(want, m.Objects); d != "" {
		t.Error(d)
	}
	if m.String() != merchant1 {
		t.Errorf("it is written %s", m)
	}
}

func TestCRC(t *testing.T) {
	if got := crc16("123456789"); got != 0x29b1 {
		t.Errorf("%04X", got)
	}
}

// least are the objects that a code cannot do without.
func least() Objects {
	return Objects{{ID: 2, Value: "4000123456789012"}, {ID: IDCategory, Value: "5812"}, {ID: IDCurrency, Value: "156"},
		{ID: IDCountry, Value: "CN"}, {ID: IDName, Value: "BEST"}, {ID: IDCity, Value: "BEIJING"}}
}

func TestMerchantTemplates(t *testing.T) {
	m, err := NewMerchant(append(least(),
		Object{ID: 51, Objects: Objects{{ID: 0, Value: "com.example"}, {ID: 5, Value: "x"}}},
		Object{ID: IDTip, Value: "03"}, Object{ID: IDTipPercent, Value: "5.25"}, Object{ID: IDPostalCode, Value: "100000"},
		Object{ID: IDAdditional, Objects: Objects{{ID: IDConsumerData, Value: "AME"}, {ID: 50, Value: "0004abcd"}}},
		Object{ID: IDLanguage, Objects: Objects{{ID: 0, Value: "zh"}, {ID: 1, Value: "最佳运输"}, {ID: 2, Value: "北京"}}},
		Object{ID: 99, Objects: Objects{{ID: 0, Value: "org.example"}}})...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.String(), "64200002zh0104最佳运输0202北京") {
		t.Errorf("characters are not counted: %s", m)
	}
	again, err := ParseMerchant(m.String())
	if d := cmp.Diff(m, again); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
}

func TestMerchantRefuses(t *testing.T) {
	with := func(o ...Object) Objects { return append(least(), o...) }
	without := func(id int) (o Objects) {
		for _, object := range least() {
			if object.ID != id {
				o = append(o, object)
			}
		}
		return o
	}
	for name, objects := range map[string]Objects{
		"no account": without(2), "no category": without(IDCategory), "no currency": without(IDCurrency), "no country": without(IDCountry),
		"no name": without(IDName), "no city": without(IDCity), "a name too long": with(Object{ID: IDName, Value: strings.Repeat("x", 26)}),
		"another initiation": with(Object{ID: IDInitiation, Value: "13"}), "no number": with(Object{ID: IDAmount, Value: "1,5"}),
		"an amount of nothing": with(Object{ID: IDAmount, Value: "0.00"}), "a fixed tip of nothing": with(Object{ID: IDTip, Value: "02"}, Object{ID: IDTipFixed, Value: "0"}),
		"a tip of all": with(Object{ID: IDTip, Value: "03"}, Object{ID: IDTipPercent, Value: "100"}), "a tip of no per cent": with(Object{ID: IDTip, Value: "03"}, Object{ID: IDTipPercent, Value: "00.00"}),
		"what no payer has": with(Object{ID: IDAdditional, Objects: Objects{{ID: IDConsumerData, Value: "AX"}}}), "asked twice": with(Object{ID: IDAdditional, Objects: Objects{{ID: IDConsumerData, Value: "AA"}}}),
		"nobody's template": with(Object{ID: IDAdditional, Objects: Objects{{ID: 50, Value: "0102xy"}}}), "no template": with(Object{ID: IDAdditional, Objects: Objects{{ID: 99, Value: "x"}}}),
		"a language of digits": with(Object{ID: IDLanguage, Objects: Objects{{ID: 0, Value: "12"}, {ID: 1, Value: "x"}}}), "a city in other letters": append(without(IDCity), Object{ID: IDCity, Value: "北京"}),
		"an empty template": with(Object{ID: IDAdditional, Objects: Objects{}}), "an ID below 0 inside": with(Object{ID: IDAdditional, Objects: Objects{{ID: -5, Value: "x"}}}),
		"a template in a template": with(Object{ID: IDAdditional, Objects: Objects{{ID: 50, Objects: Objects{{ID: 0, Value: "x"}}}}}),
		"two points":               with(Object{ID: IDAmount, Value: "1.5.0"}), "a point first": with(Object{ID: IDAmount, Value: ".5"}),
		"a tip that is not said": with(Object{ID: IDTip, Value: "02"}), "a tip without its kind": with(Object{ID: IDTipFixed, Value: "5"}),
		"an account of nobody": with(Object{ID: 30, Objects: Objects{{ID: 1, Value: "x"}}}), "a template that is a value": with(Object{ID: 30, Value: "x"}),
		"a value that is a template": with(Object{ID: 70, Objects: Objects{{ID: 1, Value: "x"}}}), "a checksum among them": with(Object{ID: IDCRC, Value: "ABCD"}),
		"twice": with(Object{ID: 2, Value: "x"}), "twice below": with(Object{ID: IDAdditional, Objects: Objects{{ID: 1, Value: "x"}, {ID: 1, Value: "y"}}}),
		"too long": with(Object{ID: 3, Value: strings.Repeat("x", 100)}), "an ID too large": with(Object{ID: 100, Value: "x"}),
		"empty": with(Object{ID: 3, Value: ""}), "a language without a name": with(Object{ID: IDLanguage, Objects: Objects{{ID: 0, Value: "zh"}}}),
		"all too long": with(Object{ID: 3, Value: strings.Repeat("x", 99)}, Object{ID: 4, Value: strings.Repeat("x", 99)}, Object{ID: 5, Value: strings.Repeat("x", 99)},
			Object{ID: 6, Value: strings.Repeat("x", 99)}, Object{ID: 7, Value: strings.Repeat("x", 99)}),
	} {
		if _, err := NewMerchant(objects...); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "6304", merchant1[:len(merchant1)-1] + "B", strings.ToLower(merchant1), merchant1 + "0", merchant1[4:],
		signed("000201"), signed("0002010000"), signed("00020102"), signed("0002010299x"), signed("000201-1"), signed("\xff")} {
		if _, err := ParseMerchant(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// signed is a body with a checksum that is right.
func signed(body string) string { return Merchant{Objects{{ID: 0, Value: ""}}}.with(body) }

func (m Merchant) with(body string) string {
	const digits = "0123456789ABCDEF"
	sum := crc16(body + crcHead)
	return body + crcHead + string([]byte{digits[sum>>12], digits[sum>>8&15], digits[sum>>4&15], digits[sum&15]})
}
