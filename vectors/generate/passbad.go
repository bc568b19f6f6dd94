package main

import (
	"bytes"

	"github.com/paycode/paycode/vectors"
)

// malformedPresentations are rightly signed, wherever something can still be
// signed: nothing but their form is wrong.
func malformedPresentations() (all []rejected) {
	whole := func(name string, f func(b []byte) []byte) {
		all = append(all, rejected{name, func(c *verifyCase) { c.in.Presentation = f(c.in.Presentation) }})
	}
	claims := func(name string, f func(b []byte) []byte) {
		all = append(all, rejected{"pass: " + name, func(c *verifyCase) {
			c.in.Presentation = present(passDevice, issuer1.issue(asPass, f(claimsOf(passPlain))), plainShown())
		}})
	}
	shown := func(name string, payload []byte) {
		all = append(all, rejected{"shown: " + name, func(c *verifyCase) {
			c.in.Presentation = present(passDevice, plainPass(), payload)
		}})
	}
	pass := func(name string, f func(b []byte) []byte) {
		all = append(all, rejected{"envelope of the pass: " + name, func(c *verifyCase) {
			c.in.Presentation = present(passDevice, f(plainPass()), plainShown())
		}})
	}

	whole("nothing", func([]byte) []byte { return []byte{} })
	whole("not CBOR", func([]byte) []byte { return []byte("PP1:") })
	whole("cut short", func(b []byte) []byte { return b[:len(b)-1] })
	whole("a byte more", func(b []byte) []byte { return append(b, 0) })
	whole("tagged", func(b []byte) []byte { return cat([]byte{0xd2}, b) })
	whole("array of indefinite length", func(b []byte) []byte { return cat([]byte{0x9f}, b[1:], []byte{0xff}) })
	whole("array length in a long form", func(b []byte) []byte { return cat([]byte{0x98, 4}, b[1:]) })
	whole("five elements", func(b []byte) []byte { return cat([]byte{0x85}, b[1:], []byte{0}) })
	whole("a map", func([]byte) []byte { return []byte{0xa0} })
	whole("nested a hundred deep", func([]byte) []byte { return bytes.Repeat([]byte{0x81}, 100) })
	whole("an array said to be of four billion", func([]byte) []byte { return unhex("9affffffff") })
	whole("a string said to be of 2^63 bytes", func([]byte) []byte { return unhex("845b8000000000000000") })
	whole("1025 bytes", func(b []byte) []byte { return append(b, make([]byte, 1025-len(b))...) })
	whole("a header that is not protected", func(b []byte) []byte {
		return cat([]byte{0x84}, bstr(shownHead(plainPass())), unhex("a10000"), bstr(plainShown()), bstr(b[len(b)-64:]))
	})
	whole("signature of 63 bytes", func(b []byte) []byte { return envelope(shownHead(plainPass()), plainShown(), b[len(b)-63:]) })
	whole("no payload", func(b []byte) []byte {
		return cat([]byte{0x84}, bstr(shownHead(plainPass())), []byte{0xa0, 0xf6}, bstr(b[len(b)-64:]))
	})
	whole("another algorithm", func(b []byte) []byte {
		return envelope(cat(unhex("a201270d"), plainPass()), plainShown(), b[len(b)-64:])
	})
	whole("no pass", func(b []byte) []byte { return envelope(unhex("a10126"), plainShown(), b[len(b)-64:]) })
	whole("pass alone", func([]byte) []byte { return plainPass() })
	whole("the pass in a byte string", func([]byte) []byte { return present(passDevice, bstr(plainPass()), plainShown()) })

	shown("no time", unhex("a10744a0a1a2a3"))
	shown("no nonce", cat([]byte{0xa1, 0x06}, uintItem(uint64(passNow))))
	shown("nonce of three bytes", shownClaims(passNow, unhex("a0a1a2"), nil))
	shown("nonce of five bytes", shownClaims(passNow, unhex("a0a1a2a3a4"), nil))
	shown("time null", unhex("a206f60744a0a1a2a3"))
	shown("time as a float", unhex("a206fb41dac0905c4c0000000744a0a1a2a3"))
	shown("time in nine bytes", cat(unhex("a2061b00000000"), uintItem(uint64(passNow))[1:], unhex("0744a0a1a2a3")))
	shown("time in 1970", shownClaims(65535, unhex("a0a1a2a3"), nil))
	shown("keys in another order", cat(unhex("a20744a0a1a2a306"), uintItem(uint64(passNow))))
	shown("a key twice", cat(unhex("a306"), uintItem(uint64(passNow)), unhex("0744a0a1a2a30744a0a1a2a3")))
	shown("a claim more", cat(unhex("a306"), uintItem(uint64(passNow)), unhex("0744a0a1a2a31800")))
	shown("challenge of seven bytes", shownClaims(passNow, unhex("a0a1a2a3"), make([]byte, 7)))
	shown("challenge of 65 bytes", shownClaims(passNow, unhex("a0a1a2a3"), make([]byte, 65)))
	shown("challenge of no bytes", shownClaims(passNow, unhex("a0a1a2a3"), []byte{}))

	pass("tagged", func(b []byte) []byte { return cat([]byte{0xd2}, b) })
	pass("key id of three bytes", func(b []byte) []byte {
		return envelope(unhex("a201260443000001"), claimsOf(passPlain), b[len(b)-64:])
	})
	pass("no key id", func(b []byte) []byte { return envelope(unhex("a10126"), claimsOf(passPlain), b[len(b)-64:]) })
	pass("another algorithm", func(b []byte) []byte {
		return envelope(unhex("a2013822044400000001"), claimsOf(passPlain), b[len(b)-64:])
	})
	pass("signature of 65 bytes", func(b []byte) []byte {
		return envelope(issuer1.issuerHead(), claimsOf(passPlain), append(b[len(b)-64:], 0))
	})

	for _, bad := range []struct {
		name   string
		change func(*vectors.Pass)
	}{
		{"alias of 13 digits", func(p *vectors.Pass) { p.Alias = 1_000_000_000_000 }},
		{"over before it begins", func(p *vectors.Pass) { p.Expires = p.NotBefore }},
		{"begins in 1970", func(p *vectors.Pass) { p.NotBefore = 65535 }},
		{"pass id of seven bytes", func(p *vectors.Pass) { p.ID = p.ID[:7] }},
		{"pass id of nine bytes", func(p *vectors.Pass) { p.ID = append(p.ID[:8:8], 9) }},
		{"currency in lower case", func(p *vectors.Pass) { p.Currency = "cny" }},
		{"no currency", func(p *vectors.Pass) { p.Currency = "" }},
		{"product of 17 bytes", func(p *vectors.Pass) { p.Product = "12345678901234567" }},
		{"product with a line feed", func(p *vectors.Pass) { p.Product = "a\nb" }},
		{"product that is not UTF-8", func(p *vectors.Pass) { p.Product = "\xff" }},
	} {
		claims(bad.name, func([]byte) []byte {
			p := passPlain
			bad.change(&p)
			return claimsOf(p)
		})
	}
	replace := func(name, old, new string) {
		claims(name, func(b []byte) []byte {
			changed := bytes.Replace(b, unhex(old), unhex(new), 1)
			if bytes.Equal(changed, b) {
				panic(name + " changes nothing")
			}
			return changed
		})
	}
	replace("alias of nine digits", "026c303030", "0269")
	replace("alias as a number", "026c303030313233343536373839", "021a075bcd15")
	replace("alias with a sign", "026c30", "026c2b")
	replace("another kind of key", "a40102", "a40101")
	replace("another curve", "200121", "200221")
	replace("y written out", "22f5", "2240")
	replace("no private claims", "3a0001000084", "3a0001000083")
	replace("another private claim", "3a00010000", "3a00010002")
	replace("a third fund", "8400", "8402")
	replace("negative cap", "84001903e8", "84003903e8")
	replace("cap in a long form", "1903e8", "1a000003e8")
	replace("another claim for the id", "0748", "0948")
	claims("x without a point", func(b []byte) []byte {
		return bytes.Replace(b, passPlain.DeviceKey[1:33], noPoint, 1)
	})
	claims("empty", func([]byte) []byte { return []byte{0xa0} })
	claims("a claim twice", func(b []byte) []byte {
		return cat([]byte{0xa7}, b[1:15], b[1:15], b[15:])
	})
	return all
}

// noPoint is an x for which the curve has no y.
var noPoint = append(make([]byte, 31), 1)
