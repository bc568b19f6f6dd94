package emvqr

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// The codes that EMVCo's specifications print.
const (
	consumer1 = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
	consumer2 = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
	merchant1 = "00020101021252044131153137210116372101160123456789ABCDE6010Phnom Penh5913Merchant Shop5802KH540510.005303840622501081234567802090124444446304A0BA"
)

func bytesOf(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestPublishedConsumerCodes(t *testing.T) {
	text := func(s string) []byte { return []byte(s) }
	for code, want := range map[string]Fields{
		consumer1: {
			{Tag: TagFormat, Value: text("CPV01")},
			{Tag: TagApplication, Fields: Fields{{Tag: TagAID, Value: bytesOf("A0000000555555")}, {Tag: TagLabel, Value: text("Product1")}}},
			{Tag: TagApplication, Fields: Fields{{Tag: TagAID, Value: bytesOf("A0000000666666")}, {Tag: TagLabel, Value: text("Product2")}}},
			{Tag: TagCommon, Fields: Fields{
				{Tag: TagPAN, Value: bytesOf("1234567890123458")}, {Tag: TagName, Value: text("CARDHOLDER/EMV")}, {Tag: TagLanguages, Value: text("ruesdeen")},
				{Tag: TagCommonTransparent, Fields: Fields{
					{Tag: TagIssuerData, Value: bytesOf("06010A03000000")}, {Tag: TagCryptogram, Value: bytesOf("584FD385FA234BCC")},
					{Tag: TagTransactionCounter, Value: bytesOf("0001")}, {Tag: TagUnpredictable, Value: bytesOf("6D58EF13")},
				}},
			}},
		},
		consumer2: {
			{Tag: TagFormat, Value: text("CPV01")},
			{Tag: TagApplication, Fields: Fields{{Tag: TagAID, Value: bytesOf("A0000000555555")}, {Tag: TagTrack2, Value: bytesOf("1234567890123458D191220112345F")}}},
		},
	} {
		c, err := ParseConsumer(code)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, c.Fields); d != "" {
			t.Error(d)
		}
		if c.String() != code {
			t.Errorf("it is written %s", c)
		}
	}
}

// TestAllConsumerTags: every field that has a name goes there and back.
func TestAllConsumerTags(t *testing.T) {
	filled := func(tags ...Tag) (f Fields) {
		for _, tag := range tags {
			f = append(f, Field{Tag: tag, Value: []byte(strings.Repeat("7", consumerLengths[tag][0]))})
		}
		return f
	}
	transparent := filled(TagCryptogram, TagCryptogramInfo, TagIssuerData, TagTransactionCounter, TagUnpredictable, TagInterchangeProfile)
	about := filled(TagLabel, TagTrack2, TagPAN, TagName, TagLanguages, TagIssuerURL, TagVersion, TagTokenRequestor, TagPAR, TagLast4)
	long := Field{Tag: 0x9F7E, Value: []byte(strings.Repeat("x", 300))} // nobody's here
	c, err := NewConsumer(append(about[:len(about):len(about)], Field{Tag: TagCommonTransparent, Fields: transparent}, long),
		append(append(filled(TagAID), about...), Field{Tag: TagTransparent, Fields: transparent}), filled(TagAID))
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseConsumer(c.String())
	if d := cmp.Diff(c, again); err != nil || d != "" || again.String() != c.String() {
		t.Errorf("%v %s", err, d)
	}
	if n := len(again.Applications()); n != 2 {
		t.Errorf("%d applications", n)
	}
}

// TestPayersCode: the code of package paycode is a consumer-presented one.
func TestPayersCode(t *testing.T) {
	const worked = "hQVDUFYwMWEzTwjwUEFZQ09ERVAHUEFZQ09ERWMenxAbAQAHW80VAciQeAOhEB0N5znSQZpP0GomM7p+"
	c, err := ParseConsumer(worked)
	if err != nil {
		t.Fatal(err)
	}
	app := c.Applications()[0]
	if hex.EncodeToString(app.Find(TagAID)) != "f05041"+"59434f4445" || string(app.Find(TagLabel)) != "PAYCODE" {
		t.Errorf("%x %s", app.Find(TagAID), app.Find(TagLabel))
	}
	code, err := paycode.DefaultProfile().Parse(c.String())
	if err != nil || len(app.Under(TagTransparent).Find(TagIssuerData)) != 27 || code.Alias != 123456789 {
		t.Errorf("%v %v", code.Alias, err)
	}
}

func TestConsumerRefuses(t *testing.T) {
	good := Fields{{Tag: TagAID, Value: bytesOf("A0000000555555")}}
	for name, fields := range map[string]Fields{
		"nothing":                {},
		"no format":              {{Tag: TagApplication, Fields: good}},
		"another format":         {{Tag: TagFormat, Value: []byte("CPV02")}, {Tag: TagApplication, Fields: good}},
		"format twice":           {{Tag: TagFormat, Value: []byte("CPV01")}, {Tag: TagFormat, Value: []byte("CPV01")}, {Tag: TagApplication, Fields: good}},
		"no application":         {{Tag: TagFormat, Value: []byte("CPV01")}},
		"an application of none": {{Tag: TagFormat, Value: []byte("CPV01")}, {Tag: TagApplication}},
		"a short AID":            {{Tag: TagFormat, Value: []byte("CPV01")}, {Tag: TagApplication, Fields: Fields{{Tag: TagAID, Value: []byte("abcd")}}}},
		"two common templates": {{Tag: TagFormat, Value: []byte("CPV01")}, {Tag: TagApplication, Fields: good},
			{Tag: TagCommon, Fields: good}, {Tag: TagCommon, Fields: good}},
	} {
		if c, err := ParseConsumer(Consumer{fields}.String()); !errors.Is(err, ErrMalformed) || c.Fields != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "%", consumer2[:len(consumer2)-1], consumer2 + "\n", consumer2[:20] + "\n" + consumer2[20:], consumer2[:len(consumer2)-2] + "9=",
		"hYEFQ1BWMDE=", "hQVDUFYwMWE=", "hQVDUFYwMWECn0==", strings.Repeat("A", 5000)} {
		if _, err := ParseConsumer(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.40s: %v", text, err)
		}
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
		"two points": with(Object{ID: IDAmount, Value: "1.5.0"}), "a point first": with(Object{ID: IDAmount, Value: ".5"}),
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

// What is read is written the same, whatever it is, and nothing makes the reader panic.
func FuzzConsumer(f *testing.F) {
	f.Add(consumer1)
	f.Add(consumer2)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseConsumer(s)
		if err == nil && c.String() != s || err != nil && (c.Fields != nil || !errors.Is(err, ErrMalformed)) {
			t.Errorf("%q is written %q, %v", s, c, err)
		}
	})
}

func FuzzMerchant(f *testing.F) {
	f.Add(strings.TrimSuffix(merchant1, "6304A0BA"))
	f.Add("00020101021126580016F0504159434F44450130mer_01jfja0yrcfgzrmq9f3r69q2kp5204000053031565802CN5904SHOP6007BEIJING")
	f.Fuzz(func(t *testing.T, body string) {
		for _, s := range []string{body, signed(body)} {
			m, err := ParseMerchant(s)
			if err == nil && m.String() != s || err != nil && (m.Objects != nil || !errors.Is(err, ErrMalformed)) {
				t.Errorf("%q is written %q, %v", s, m, err)
			}
			if shop, err := ParseShop(s); err == nil {
				text, err := shop.Text()
				if again, failed := ParseShop(text); err != nil || failed != nil || again.Merchant != shop.Merchant || again.Minor != shop.Minor {
					t.Errorf("%+v is written %q, %v, %v", shop, text, err, failed)
				}
			}
		}
	})
}
