package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/paycode/paycode/vectors"
)

// Receipts, deny deltas, and the texts of presentations.

type (
	receiptVector = vectors.Vector[vectors.ReceiptInput, vectors.ReceiptOutput]
	deltaVector   = vectors.Vector[vectors.DeltaInput, vectors.DeltaOutput]
	textVector    = vectors.Vector[vectors.PassTextInput, vectors.PassTextOutput]
)

var receiptID = unhex("1112131415161718")

// receiptClaims is the payload of a receipt for what a till waits for.
func receiptClaims(in vectors.ReceiptInput, iat uint32, id []byte) []byte {
	return cat([]byte{0xa3, 0x06}, uintItem(uint64(iat)), []byte{0x07}, bstr(id), unhex("3a0001000185"),
		bstr(in.Merchant), tstr(in.Terminal), tstr(in.OrderRef), uintItem(uint64(in.Amount)), tstr(in.Currency))
}

func receiptText(b []byte) string { return "PR1:" + base45(b) }

func plainReceipt() vectors.ReceiptInput {
	in := vectors.ReceiptInput{
		Keys: []vectors.PublicKey{issuer1.known(), issuer2.known()}, Now: passNow, Merchant: exampleDevice,
		Terminal: "till-1", OrderRef: "A-1001", Amount: 1250, Currency: "CNY",
	}
	in.Text = receiptText(issuer1.issue(asReceipt, receiptClaims(in, passNow, receiptID)))
	return in
}

const asReceipt, asDelta = "paycode/receipt/v1", "paycode/deny/v1"

func receiptVectors() (all []receiptVector) {
	accept := func(name string, change func(*vectors.ReceiptInput), out vectors.ReceiptOutput) {
		in := plainReceipt()
		change(&in)
		all = append(all, ok(name, in, out))
	}
	said := vectors.ReceiptOutput{ID: receiptID, Terminal: "till-1", OrderRef: "A-1001", IssuedAt: passNow}
	accept("worked example", func(*vectors.ReceiptInput) {}, said)
	accept("a till that knows no order", func(in *vectors.ReceiptInput) { in.Terminal, in.OrderRef = "", "" }, said)
	accept("five minutes old", func(in *vectors.ReceiptInput) { in.Now += 300 }, said)
	accept("90 seconds ahead", func(in *vectors.ReceiptInput) { in.Now -= 90 }, said)
	accept("blanks around it", func(in *vectors.ReceiptInput) { in.Text = "\t " + in.Text + " \r\n" }, said)
	accept("EdDSA issuer", func(in *vectors.ReceiptInput) {
		in.Text = receiptText(issuer2.issue(asReceipt, receiptClaims(*in, passNow, receiptID)))
	}, said)
	longest := said
	longest.Terminal, longest.OrderRef = strings.Repeat("t", 64), strings.Repeat("o", 64)
	accept("longest", func(in *vectors.ReceiptInput) {
		in.Terminal, in.OrderRef, in.Amount = longest.Terminal, longest.OrderRef, 1_000_000_000_000
		in.Text = receiptText(issuer1.issue(asReceipt, receiptClaims(*in, passNow, receiptID)))
	}, longest)

	refuse := func(outcome, name string, change func(*vectors.ReceiptInput)) {
		in := plainReceipt()
		change(&in)
		all = append(all, receiptVector{Name: name, Input: in, Outcome: outcome})
	}
	claims := func(name string, change func(b []byte) []byte) {
		refuse(vectors.ReceiptMalformed, name, func(in *vectors.ReceiptInput) {
			in.Text = receiptText(issuer1.issue(asReceipt, change(receiptClaims(*in, passNow, receiptID))))
		})
	}
	signed := issuer1.issue(asReceipt, receiptClaims(plainReceipt(), passNow, receiptID))
	for _, c := range []struct{ name, text string }{
		{"nothing", ""}, {"mark alone", "PR1:"}, {"mark of a pass", "PP1:" + base45(signed)},
		{"a character more", receiptText(signed) + "."}, {"lower case", strings.ToLower(receiptText(signed))},
		{"a byte more", receiptText(append(slices.Clone(signed), 0))},
	} {
		refuse(vectors.ReceiptMalformed, c.name, func(in *vectors.ReceiptInput) { in.Text = c.text })
	}
	claims("receipt id of seven bytes", func(b []byte) []byte {
		return bytes.Replace(b, bstr(receiptID), bstr(receiptID[:7]), 1)
	})
	claims("amount of zero", func(b []byte) []byte { return bytes.Replace(b, uintItem(1250), uintItem(0), 1) })
	claims("negative amount", func(b []byte) []byte { return bytes.Replace(b, uintItem(1250), unhex("20"), 1) })
	claims("amount above the largest", func(b []byte) []byte { return bytes.Replace(b, uintItem(1250), uintItem(1_000_000_000_001), 1) })
	claims("currency in lower case", func(b []byte) []byte { return bytes.Replace(b, []byte("CNY"), []byte("cny"), 1) })
	claims("terminal of 65 bytes", func(b []byte) []byte {
		return bytes.Replace(b, tstr("till-1"), tstr(strings.Repeat("t", 65)), 1)
	})
	claims("a claim missing", func(b []byte) []byte { return cat([]byte{0xa2}, b[6:]) })

	refuse(vectors.ReceiptUnknownIssuer, "no keys", func(in *vectors.ReceiptInput) { in.Keys = nil })
	refuse(vectors.ReceiptAddressee, "another merchant", func(in *vectors.ReceiptInput) { in.Merchant = make([]byte, 16) })
	refuse(vectors.ReceiptAddressee, "another till", func(in *vectors.ReceiptInput) { in.Terminal = "till-2" })
	refuse(vectors.ReceiptAddressee, "another order", func(in *vectors.ReceiptInput) { in.OrderRef = "A-1002" })
	refuse(vectors.ReceiptAmount, "more is due", func(in *vectors.ReceiptInput) { in.Amount++ })
	refuse(vectors.ReceiptAmount, "less is due", func(in *vectors.ReceiptInput) { in.Amount-- })
	refuse(vectors.ReceiptAmount, "another currency is due", func(in *vectors.ReceiptInput) { in.Currency = "EUR" })
	refuse(vectors.ReceiptStale, "five minutes and a second old", func(in *vectors.ReceiptInput) { in.Now += 301 })
	refuse(vectors.ReceiptStale, "91 seconds ahead", func(in *vectors.ReceiptInput) { in.Now -= 91 })
	flipped := slices.Clone(signed)
	flipped[len(flipped)-1] ^= 1
	refuse(vectors.ReceiptSignature, "a bit flipped", func(in *vectors.ReceiptInput) { in.Text = receiptText(flipped) })
	refuse(vectors.ReceiptSignature, "signed as a pass", func(in *vectors.ReceiptInput) {
		in.Text = receiptText(issuer1.issue(asPass, receiptClaims(*in, passNow, receiptID)))
	})
	refuse(vectors.ReceiptSignature, "signed by another key", func(in *vectors.ReceiptInput) {
		other := passDevice
		other.id = issuer1.id
		in.Text = receiptText(other.issue(asReceipt, receiptClaims(*in, passNow, receiptID)))
	})
	return all
}

func deltaClaims(since, until uint64, add, remove []byte) []byte {
	return cat([]byte{0x84}, uintItem(since), uintItem(until), bstr(add), bstr(remove))
}

func deltaVectors() (all []deltaVector) {
	keys := []vectors.PublicKey{issuer1.known()}
	one, two := unhex("0102030405060708"), unhex("1112131415161718")
	in := func(claims []byte) vectors.DeltaInput {
		return vectors.DeltaInput{Keys: keys, Delta: issuer1.issue(asDelta, claims)}
	}
	all = append(all,
		ok("worked example", in(deltaClaims(41, 43, cat(one, two), nil)), vectors.DeltaOutput{Since: 41, Until: 43, Add: []vectors.Hex{one, two}, Remove: []vectors.Hex{}}),
		ok("one off the list", in(deltaClaims(43, 44, nil, one)), vectors.DeltaOutput{Since: 43, Until: 44, Add: []vectors.Hex{}, Remove: []vectors.Hex{one}}),
		ok("nothing new", in(deltaClaims(0, 1<<64-1, nil, nil)), vectors.DeltaOutput{Until: 1<<64 - 1, Add: []vectors.Hex{}, Remove: []vectors.Hex{}}),
	)
	plain := in(deltaClaims(41, 43, one, nil)).Delta
	forged := slices.Clone(plain)
	forged[len(forged)-1] ^= 1
	for _, c := range []struct {
		outcome, name string
		delta         []byte
	}{
		{vectors.DeltaMalformed, "nothing", []byte{}},
		{vectors.DeltaMalformed, "a byte more", append(slices.Clone(plain), 0)},
		{vectors.DeltaMalformed, "goes nowhere", in(deltaClaims(41, 41, one, nil)).Delta},
		{vectors.DeltaMalformed, "goes back", in(deltaClaims(41, 40, one, nil)).Delta},
		{vectors.DeltaMalformed, "an id of seven bytes", in(deltaClaims(41, 43, one[:7], nil)).Delta},
		{vectors.DeltaMalformed, "ids null", in(cat(unhex("841829182bf6"), bstr(nil))).Delta},
		{vectors.DeltaUnknownIssuer, "another key", issuer2.issue(asDelta, deltaClaims(41, 43, one, nil))},
		{vectors.DeltaSignature, "a bit flipped", forged},
		{vectors.DeltaSignature, "signed as a pass", issuer1.issue(asPass, deltaClaims(41, 43, one, nil))},
	} {
		all = append(all, deltaVector{Name: c.name, Input: vectors.DeltaInput{Keys: keys, Delta: c.delta}, Outcome: c.outcome})
	}
	return all
}

func passTextVectors() (all []textVector) {
	for _, p := range presentCases() {
		out := presentOf(p.in)
		all = append(all, ok(p.name, vectors.PassTextInput{Text: out.Text}, vectors.PassTextOutput{Presentation: out.Presentation}))
	}
	plain := presentOf(plainPresent())
	all = append(all, ok("blanks around it", vectors.PassTextInput{Text: " \t" + plain.Text + " \r\n"}, vectors.PassTextOutput{Presentation: plain.Presentation}))

	compact := compactOf(plainPresent(), plain.Pass[len(plain.Pass)-64:], plain.Presentation[len(plain.Presentation)-64:])
	edited := func(at int, with ...byte) string {
		b := slices.Clone(compact)
		copy(b[at:], with)
		return "PP1:" + base45(b)
	}
	for _, c := range []struct{ name, text string }{
		{"nothing", ""}, {"mark alone", "PP1:"}, {"another mark", "PR1:" + plain.Text[4:]}, {"lower case", strings.ToLower(plain.Text)},
		{"a character short", plain.Text[:len(plain.Text)-1]}, {"a character more", plain.Text + "0"},
		{"three characters that say 65536", "PP1:GGW" + plain.Text[7:]}, {"three characters that say 91124", "PP1::::" + plain.Text[7:]},
		{"a character that is none", "PP1:_" + plain.Text[5:]}, {"a letter outside ASCII", "PP1:ſ" + plain.Text[5:]},
		{"a flag more", edited(0, 8)}, {"alias of 13 digits", edited(5, 0xe8, 0xd4, 0xa5, 0x10, 0x00)},
		{"over before it begins", edited(10, 0, 1, 0, 0)}, {"currency in lower case", edited(62, 'c')},
		{"product longer than the rest", edited(201, 6)}, {"product shorter: a challenge of one byte", edited(201, 4)},
		{"product with a line feed", edited(202, '\n')}, {"shown in 1970", edited(129, 0, 0, 0xff, 0xff)},
		{"presentation itself", "PP1:" + base45(plain.Presentation)}, {"a payment code", "PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0"},
		{"a thousand characters", "PP1:" + strings.Repeat("0", 1000)},
	} {
		all = append(all, textVector{Name: c.name, Input: vectors.PassTextInput{Text: c.text}, Outcome: vectors.PassMalformed})
	}
	return all
}
