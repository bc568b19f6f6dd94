package main

import (
	"bytes"
	"slices"

	"github.com/paycode/paycode/vectors"
)

type verifyVector = vectors.Vector[vectors.VerifyInput, vectors.VerifyOutput]

// verifyCase begins as the worked example at the moment when it is shown.
type verifyCase struct {
	in      vectors.VerifyInput
	present vectors.PresentInput
}

func newVerify(in vectors.PresentInput) verifyCase {
	return verifyCase{present: in, in: vectors.VerifyInput{
		Keys: []vectors.PublicKey{issuer1.known(), issuer2.known()}, Now: passNow,
		Challenge: in.Challenge, Presentation: presentOf(in).Presentation,
	}}
}

func (c verifyCase) ok(name string) verifyVector {
	p := c.present
	return ok(name, c.in, vectors.VerifyOutput{
		ID: presentOf(p).ID, KeyID: p.KeyID, Pass: p.Pass, IssuedAt: p.IssuedAt, Nonce: p.Nonce, Challenge: p.Challenge,
	})
}

// change is the worked example with something changed.
func change(f func(*verifyCase)) verifyCase {
	c := newVerify(plainPresent())
	f(&c)
	return c
}

func verifyVectors() (all []verifyVector) {
	for _, p := range presentCases() {
		all = append(all, newVerify(p.in).ok(p.name))
	}
	for _, v := range []struct {
		name   string
		change func(*verifyCase)
	}{
		{"90 seconds old", func(c *verifyCase) { c.in.Now += 90 }},
		{"90 seconds ahead", func(c *verifyCase) { c.shownAt(passNow + 90) }},
		{"first second of the pass", func(c *verifyCase) { c.in.Now = passPlain.NotBefore }},
		{"last second of the pass", func(c *verifyCase) {
			c.shownAt(passPlain.Expires - 1)
			c.in.Now = passPlain.Expires - 1
		}},
		{"other spelling of the device's signature", func(c *verifyCase) { c.in.Presentation = highS(c.in.Presentation) }},
		{"other spelling of the issuer's signature", func(c *verifyCase) {
			c.in.Presentation = present(passDevice, highS(plainPass()), plainShown())
		}},
	} {
		all = append(all, change(v.change).ok(v.name))
	}
	for _, class := range []struct {
		outcome string
		cases   []rejected
	}{
		{vectors.PassMalformed, malformedPresentations()}, {vectors.PassUnknownIssuer, unknownIssuers()},
		{vectors.PassNotYet, notYet()}, {vectors.PassExpired, expired()}, {vectors.PresentationStale, stale()},
		{vectors.ChallengeMismatch, otherChallenges()}, {vectors.PassSignature, forgedPasses()},
		{vectors.PresentationSignature, forgedPresentations()},
	} {
		for _, r := range class.cases {
			all = append(all, verifyVector{Name: r.name, Input: change(r.change).in, Outcome: class.outcome})
		}
	}
	return all
}

type rejected struct {
	name   string
	change func(*verifyCase)
}

func (c *verifyCase) shownAt(iat uint32) {
	c.present.IssuedAt = iat
	c.in.Presentation = presentOf(c.present).Presentation
}

func plainPass() []byte  { return presentOf(plainPresent()).Pass }
func plainShown() []byte { return shownClaims(passNow, unhex("a0a1a2a3"), nil) }

func unknownIssuers() []rejected {
	return []rejected{
		{"no keys", func(c *verifyCase) { c.in.Keys = nil }},
		{"only another key", func(c *verifyCase) { c.in.Keys = c.in.Keys[1:] }},
		{"unknown comes before expired", func(c *verifyCase) { c.in.Keys, c.in.Now = nil, passPlain.Expires }},
	}
}

func notYet() []rejected {
	return []rejected{{"a second too early", func(c *verifyCase) { c.in.Now = passPlain.NotBefore - 1 }}}
}

func expired() []rejected {
	return []rejected{
		{"the second in which it ends", func(c *verifyCase) { c.in.Now = passPlain.Expires }},
		{"expired comes before forged", func(c *verifyCase) {
			c.in.Now = passPlain.Expires
			c.in.Presentation[len(c.in.Presentation)-1] ^= 1
		}},
	}
}

func stale() []rejected {
	return []rejected{
		{"91 seconds old", func(c *verifyCase) { c.in.Now += 91 }},
		{"91 seconds ahead", func(c *verifyCase) { c.shownAt(passNow + 91) }},
		{"a year ago", func(c *verifyCase) { c.shownAt(passNow - 365*passDay) }},
	}
}

func otherChallenges() []rejected {
	asked := func(c *verifyCase) {
		c.present.Challenge = unhex("0011223344556677")
		c.in.Presentation = presentOf(c.present).Presentation
	}
	return []rejected{
		{"none asked, one answered", asked},
		{"one asked, none answered", func(c *verifyCase) { c.in.Challenge = unhex("0011223344556677") }},
		{"another one asked", func(c *verifyCase) {
			asked(c)
			c.in.Challenge = unhex("0011223344556678")
		}},
		{"a longer one asked", func(c *verifyCase) {
			asked(c)
			c.in.Challenge = unhex("001122334455667700")
		}},
	}
}

func forgedPasses() []rejected {
	with := func(pass []byte) func(*verifyCase) {
		return func(c *verifyCase) { c.in.Presentation = present(passDevice, pass, plainShown()) }
	}
	flipped := plainPass()
	flipped[len(flipped)-1] ^= 1
	richer := bytes.Replace(plainPass(), []byte("adult"), []byte("child"), 1)
	zero := slices.Clone(plainPass())
	clear(zero[len(zero)-64:])
	impostor := passDevice
	impostor.id = issuer1.id
	renamed := issuer2
	renamed.id = issuer1.id
	return []rejected{
		{"pass signature with a bit flipped", with(flipped)},
		{"pass signature of zeros", with(zero)},
		{"claims changed after signing", with(richer)},
		{"signed by a device", with(impostor.issue(asPass, claimsOf(passPlain)))},
		{"another algorithm than the key's", with(renamed.issue(asPass, claimsOf(passPlain)))},
		{"signed as a receipt", with(issuer1.issue("paycode/receipt/v1", claimsOf(passPlain)))},
		{"signed without a name", with(issuer1.issue("", claimsOf(passPlain)))},
		{"keys exchanged", func(c *verifyCase) { c.in.Keys[0].Key, c.in.Keys[1].Key = c.in.Keys[1].Key, c.in.Keys[0].Key }},
	}
}

func forgedPresentations() []rejected {
	pass := plainPass()
	end := func(f func(signature []byte)) func(*verifyCase) {
		return func(c *verifyCase) { f(c.in.Presentation[len(c.in.Presentation)-64:]) }
	}
	protected := shownHead(pass)
	return []rejected{
		{"first bit flipped", end(func(s []byte) { s[0] ^= 0x80 })},
		{"last bit flipped", end(func(s []byte) { s[63] ^= 1 })},
		{"signature of zeros", end(func(s []byte) { clear(s) })},
		{"signature of ones", end(func(s []byte) { copy(s, bytes.Repeat([]byte{0xff}, 64)) })},
		{"another device's", func(c *verifyCase) { c.in.Presentation = present(otherDevice, pass, plainShown()) }},
		{"the issuer's", func(c *verifyCase) { c.in.Presentation = present(issuer1, pass, plainShown()) }},
		{"time changed after signing", func(c *verifyCase) {
			signature := c.in.Presentation[len(c.in.Presentation)-64:]
			c.in.Presentation = envelope(protected, shownClaims(passNow+1, unhex("a0a1a2a3"), nil), signature)
		}},
		{"signed as a pass", func(c *verifyCase) {
			signature := passDevice.sign(sigStructure(asPass, protected, plainShown()))
			c.in.Presentation = envelope(protected, plainShown(), signature)
		}},
		{"signed without the pass", func(c *verifyCase) {
			signature := passDevice.sign(sigStructure(asPresentation, unhex("a10126"), plainShown()))
			c.in.Presentation = envelope(protected, plainShown(), signature)
		}},
	}
}
