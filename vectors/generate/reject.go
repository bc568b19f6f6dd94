package main

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

func rejectDigits() []parseVector {
	digits := compute(exampleSeed, exampleAlias, exampleSlot, nil).digits(profiles()["default"])
	replace := func(i int, s string) string { return digits[:i] + s + digits[i+1:] }
	return []parseVector{
		reject("empty", ""),
		reject("blanks alone", " \t\r\n"),
		reject("eighteen blanks", strings.Repeat(" ", 18)),
		reject("digits, one short", digits[:17]),
		reject("digits, one too many", digits+"0"),
		reject("digits twice", digits+digits),
		reject("digits of an unknown prefix", "72"+digits[2:]),
		reject("digits of WeChat", "13"+digits[2:]),
		reject("digits of Alipay", "28"+digits[2:]),
		reject("digits with a letter", replace(9, "A")),
		reject("digits with O for 0", strings.Replace(digits, "0", "O", 1)),
		reject("digits with a blank inside", replace(9, " ")),
		reject("digits with a line break inside", replace(9, "\n")),
		reject("digits with a hyphen", replace(9, "-")),
		reject("digits with a sign", "+"+digits[1:]),
		reject("digits with a decimal point", replace(12, ".")),
		reject("digits with a NUL", replace(9, "\x00")),
		reject("digits grouped by blanks", digits[:6]+" "+digits[6:12]+" "+digits[12:]),
		reject("digits followed by a NUL", digits+"\x00"),
		reject("digits followed by a vertical tab", digits+"\v"),
		reject("digits followed by a form feed", digits+"\f"),
		reject("digits followed by a no-break space", digits+"\u00a0"),
		reject("digits preceded by a byte order mark", "\ufeff"+digits),
		reject("digits, one full-width, as many characters", replace(9, "\uff17")),
		reject("digits, one full-width, as many bytes", digits[:9]+"\uff17"+digits[12:]),
		reject("digits, one Arabic-Indic, as many characters", replace(9, "\u0667")),
		rejectWith("wide", "digits of another profile, shorter", digits),
		reject("digits of another profile, longer", "701234567890132637612345"),
		rejectWith("short", "digits of another profile, other prefix", digits[:16]),
		reject("an address", "https://pay.example/7012345"),
		reject("reserved: a pass", "PP1:6BFOXN%TS3DHPVO13J /G-/2YRVA.Q8D89NV%1H.UG7"),
		reject("reserved: a receipt", "PR1:6BFOXN%TS3DHPVO13J /G-/2YRVA.Q8D89NV%1H.UG7"),
	}
}

// mutant is the example's payload with a field overwritten.
func mutant(at int, bytes ...byte) []byte {
	p := compute(exampleSeed, exampleAlias, exampleSlot, nil).payload()
	copy(p[at:], bytes)
	return p
}

// payloadFaults are payloads whose every byte can be read, and which still say
// nothing valid.
func payloadFaults() []struct {
	name, profile string
	payload       []byte
} {
	return []struct {
		name, profile string
		payload       []byte
	}{
		{"type 0", "default", mutant(0, 0)},
		{"type 3", "default", mutant(0, 3)},
		{"type 255", "default", mutant(0, 255)},
		{"nonce 10", "default", mutant(10, 10)},
		{"nonce 255", "default", mutant(10, 255)},
		{"nonce as an ASCII digit", "default", mutant(10, '3')},
		{"alias of 10 digits, one too many", "default", mutant(1, 0x00, 0x3b, 0x9a, 0xca, 0x00)},
		{"alias of 8 digits, one too many", "short", mutant(1, 0x00, 0x00, 0x98, 0x96, 0x80)},
		{"alias of 13 digits, one too many", "twelve", mutant(1, 0xe8, 0xd4, 0xa5, 0x10, 0x00)},
		{"largest alias of 40 bits", "twelve", mutant(1, 0xff, 0xff, 0xff, 0xff, 0xff)},
	}
}

func rejectText() (all []parseVector) {
	text := compute(exampleSeed, exampleAlias, exampleSlot, nil).text()
	replace := func(i int, s string) string { return text[:i] + s + text[i+1:] }
	all = []parseVector{
		reject("text, mark alone", "PC1"),
		reject("text, one short", text[:46]),
		reject("text, one too many", text+"0"),
		reject("text without its mark", text[3:]),
		reject("text of another version", "PC2"+text[3:]),
		reject("text of another issuer", "XC1"+text[3:]),
		reject("text with a blank inside", replace(20, " ")),
		reject("text with a line break inside", replace(20, "\n")),
		reject("text with hyphens", text[:20]+"-"+text[20:]),
		reject("text with padding", text[:46]+"="),
		reject("text with a NUL", replace(20, "\x00")),
		reject("text, one character not ASCII, as many characters", replace(20, "\u00c5")),
		reject("text, one character not ASCII, as many bytes", text[:20]+"\u00c5"+text[22:]),
		reject("text with a dotless i, which is not I", replace(20, "\u0131")),
		reject("text with a Kelvin sign, which is not K", replace(20, "\u212a")),
	}
	for _, c := range "Uu*~$=%+/:@[`{" {
		all = append(all, reject(fmt.Sprintf("text with %q", c), replace(20, string(c))))
	}
	// The last character of the example is 0: 1 bit of data and 4 of padding.
	for _, c := range "1248F" {
		all = append(all, reject(fmt.Sprintf("text with padding bits, last character %c", c), replace(46, string(c))))
	}
	for _, f := range payloadFaults() {
		all = append(all, rejectWith(f.profile, "text with "+f.name, "PC1"+crockford(f.payload)))
	}
	return all
}

func rejectEMV() (all []parseVector) {
	v := compute(exampleSeed, exampleAlias, exampleSlot, nil)
	emv, payload := v.emv(), v.payload()
	b64 := base64.StdEncoding.EncodeToString
	indicator := tlv(indicatorTag, []byte("CPV01"))
	whole := func(inner ...[]byte) string {
		return b64(slices.Concat(indicator, tlv(templateTag, slices.Concat(inner...))))
	}
	aidTLV, label := tlv(aidTag, []byte(aid)), tlv(labelTag, []byte("PAYCODE"))
	data := tlv(transparentTag, tlv(issuerDataTag, payload))
	longLength := slices.Concat(indicator, []byte{0x61, 0x81, 51}, aidTLV, label, data)
	all = []parseVector{
		reject("emv, one short", emv[:79]),
		reject("emv, one group short", emv[:76]),
		reject("emv, one group too many", emv+"AAAA"),
		reject("emv with padding", emv[:79]+"="),
		reject("emv in lower case", strings.ToLower(emv)),
		reject("emv with a line break inside", emv[:40]+"\n"+emv[40:]),
		reject("emv with a line break for a character", emv[:40]+"\n"+emv[41:]),
		reject("emv with four line breaks for a group", emv[:40]+"\r\n\r\n"+emv[44:]),
		reject("emv with four line breaks for a group of the token", emv[:72]+"\r\n\r\n"+emv[76:]),
		reject("emv with a blank inside", emv[:40]+" "+emv[41:]),
		reject("emv with a character of the URL alphabet", emv[:60]+"-"+emv[61:]),
		reject("emv with a character not ASCII", emv[:40]+"\u00c5"+emv[42:]),
		reject("emv in hex", fmt.Sprintf("%x", v.tlv())),
		reject("emv, payload alone", b64(payload)),
		reject("emv of another version", b64(slices.Concat(tlv(indicatorTag, []byte("CPV02")), template(payload)))),
		reject("emv of another AID", whole(tlv(aidTag, []byte("\xa0PAYCODE")), label, data)),
		reject("emv of another label", whole(aidTLV, tlv(labelTag, []byte("PAYCARD")), data)),
		reject("emv without a label", whole(aidTLV, data)),
		reject("emv with label before AID", whole(label, aidTLV, data)),
		reject("emv with a further tag", whole(aidTLV, label, tlv("\x57", []byte{1}), data)),
		reject("emv with a long length", b64(longLength)),
		reject("emv with template before indicator", b64(slices.Concat(template(payload), indicator))),
		reject("emv with a wrong length", b64(slices.Concat(v.tlv()[:8], []byte{0x34}, v.tlv()[9:]))),
		reject("emv with another tag for the payload", whole(aidTLV, label, tlv(transparentTag, tlv("\x9f\x26", payload)))),
	}
	for _, f := range payloadFaults() {
		tlv := slices.Concat(indicator, template(f.payload))
		all = append(all, rejectWith(f.profile, "emv with "+f.name, b64(tlv)))
	}
	return all
}
