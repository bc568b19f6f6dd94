package emvqr

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode"
)

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
		consumer3: {
			{Tag: TagFormat, Value: text("CPV01")},
			{Tag: TagApplication, Fields: Fields{{Tag: TagAID, Value: bytesOf("A0000000777777")}, {Tag: TagLabel, Value: text("Mobile Wallet")}}},
			{Tag: TagCommon, Fields: Fields{
				{Tag: TagLanguages, Value: text("arende")},
				{Tag: TagCommonTransparent, Fields: Fields{
					{Tag: 0xDF79, Value: bytesOf("971581234567")}, {Tag: 0xDF78, Value: bytesOf("2502")}, {Tag: 0xDF77, Value: text("Abdulkarim Moumin")},
					{Tag: 0xDF76, Value: text("Wallet Issuer")}, {Tag: 0xDF75, Value: bytesOf("123456789ABCDEF0")}, {Tag: 0xDF74, Value: []byte{1}},
					{Tag: 0xDF73, Value: text("1234")}, {Tag: 0xDF72, Value: text("12345678")},
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
			value := []byte(strings.Repeat("7", consumerRules[tag].least))
			switch tag {
			case TagTrack2:
				value = bytesOf("1234567890123456789D2912201F")
			case TagPAN:
				value = bytesOf("1234567890123456789F")
			case TagLanguages:
				value = []byte("zhendefr")
			}
			f = append(f, Field{Tag: tag, Value: value})
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
		"an AID of two":          {{Tag: TagFormat, Value: []byte("CPV01")}, {Tag: TagApplication, Fields: append(good, good...)}},
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

// TestConsumerRules: what a field may be, and where it may stand.
func TestConsumerRules(t *testing.T) {
	aid := Field{Tag: TagAID, Value: bytesOf("A0000000555555")}
	app := func(f ...Field) Fields { return Fields{{Tag: TagApplication, Fields: append(Fields{aid}, f...)}} }
	common := func(f ...Field) Fields { return append(app(), Field{Tag: TagCommon, Fields: f}) }
	text := func(tag Tag, s string) Field { return Field{Tag: tag, Value: []byte(s)} }
	hex := func(tag Tag, s string) Field { return Field{Tag: tag, Value: bytesOf(s)} }
	for name, test := range map[string]struct {
		fields Fields
		fine   bool
	}{
		"a PAN":                          {common(hex(TagPAN, "1234567890123456")), true},
		"a PAN of letters":               {common(hex(TagPAN, "12A456")), false},
		"a PAN with a gap":               {common(hex(TagPAN, "12F456")), false},
		"nothing but padding":            {common(hex(TagPAN, "FFFF")), false},
		"track 2":                        {app(hex(TagTrack2, "1234567890123458D191220112345F")), true},
		"track 2 without an end":         {app(hex(TagTrack2, "1234567890123458D1912F")), false},
		"track 2 of a number alone":      {app(hex(TagTrack2, "1234567890123458")), false},
		"track 2 with 20 digits":         {app(hex(TagTrack2, "12345678901234567890D1912201")), false},
		"a name with a line break":       {common(text(TagName, "A\nB")), false},
		"three letters of languages":     {common(text(TagLanguages, "zhe")), false},
		"languages of digits":            {common(text(TagLanguages, "12")), false},
		"PAR in small letters":           {common(text(TagPAR, strings.Repeat("a", 29))), false},
		"PAR":                            {common(text(TagPAR, strings.Repeat("A1", 14)+"Z")), true},
		"last four letters":              {common(hex(TagLast4, "12AB")), false},
		"a token requestor":              {common(hex(TagTokenRequestor, "012345678901")), true},
		"an AID among what is common":    {common(aid), false},
		"a PAN beside the templates":     {append(app(), hex(TagPAN, "1234")), false},
		"63 in what is common":           {common(Field{Tag: TagTransparent, Fields: Fields{hex(TagCryptogramInfo, "80")}}), false},
		"64 in an application":           {app(Field{Tag: TagCommonTransparent, Fields: Fields{hex(TagCryptogramInfo, "80")}}), false},
		"64 in what is common":           {common(Field{Tag: TagCommonTransparent, Fields: Fields{hex(TagCryptogramInfo, "80")}}), true},
		"two of 64":                      {common(Field{Tag: TagCommonTransparent, Fields: Fields{hex(TagCryptogramInfo, "80")}}, Field{Tag: TagCommonTransparent, Fields: Fields{hex(TagCryptogramInfo, "80")}}), false},
		"an application in another":      {app(app()...), false},
		"a label twice":                  {app(text(TagLabel, "A"), text(TagLabel, "B")), false},
		"somebody's own twice":           {app(text(0xDF01, "A"), text(0xDF01, "B")), true},
		"the format once more, inside":   {app(text(TagFormat, "CPV01")), false},
		"somebody's template at the top": {append(app(), Field{Tag: 0xE1, Fields: Fields{text(0xDF01, "A")}}), true},
	} {
		c := Consumer{append(Fields{text(TagFormat, "CPV01")}, test.fields...)}
		if _, err := ParseConsumer(c.String()); (err == nil) != test.fine || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, f := range map[string]Field{
		"tag 0": {}, "half a tag": {Tag: 0x1F}, "two tags in one": {Tag: 0x5001}, "a tag of three bytes": {Tag: 0x9F81},
		"a template that is a value": {Tag: 0xE1, Value: []byte("x")}, "a value that is a template": {Tag: 0xC1, Fields: Fields{}},
		"too deep": {Tag: 0xE1, Fields: Fields{{Tag: 0xE1, Fields: Fields{{Tag: 0xE1}}}}}, "too long": {Tag: 0xC1, Value: make([]byte, maxBytes)},
	} {
		if _, err := NewConsumer(nil, Fields{aid, f}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
