package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/paycode/paycode/vectors"
)

// Passes and their presentations, from docs/codes.md.

const (
	asPass         = "paycode/pass/v1"
	asPresentation = "paycode/presentation/v1"
	passNow        = uint32(1795284017)
	passDay        = 24 * 60 * 60
)

var (
	passMaster = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	issuer1, _ = issuerOf(passMaster, 1)
	issuer2    = keyPair{id: 0xfffffffe, secret: unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), edDSA: true}
	passDevice = keyPair{secret: unhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")} // RFC 6979, A.2.5
	passPlain  = vectors.Pass{
		ID: unhex("0102030405060708"), Alias: 123456789, NotBefore: passNow - 60, Expires: passNow + 7*passDay,
		DeviceKey: passDevice.public(), Fund: "balance", Cap: 1000, Currency: "CNY", Product: "adult",
	}
)

// claimsOf is the payload of a pass.
func claimsOf(p vectors.Pass) []byte {
	fund, odd := byte(0), byte(0xf4)
	if p.Fund == "credit" {
		fund = 1
	}
	if p.DeviceKey[64]%2 == 1 {
		odd = 0xf5
	}
	return cat([]byte{0xa6},
		[]byte{0x02}, tstr(fmt.Sprintf("%012d", p.Alias)),
		[]byte{0x04}, uintItem(uint64(p.Expires)),
		[]byte{0x05}, uintItem(uint64(p.NotBefore)),
		[]byte{0x07}, bstr(p.ID),
		unhex("08a101a40102200121"), bstr(p.DeviceKey[1:33]), []byte{0x22, odd},
		unhex("3a0001000084"), []byte{fund}, uintItem(uint64(p.Cap)), tstr(p.Currency), tstr(p.Product),
	)
}

// shownClaims is the payload of a presentation.
func shownClaims(iat uint32, nonce, challenge []byte) []byte {
	payload := cat([]byte{0x06}, uintItem(uint64(iat)), []byte{0x07}, bstr(nonce))
	if challenge == nil {
		return cat([]byte{0xa2}, payload)
	}
	return cat([]byte{0xa3}, payload, []byte{0x0a}, bstr(challenge))
}

// shownHead is the protected header of a presentation.
func shownHead(pass []byte) []byte { return cat([]byte{0xa2, 0x01, 0x26, 0x0d}, pass) }

// present signs any payload with the device's key.
func present(device keyPair, pass, payload []byte) []byte {
	protected := shownHead(pass)
	return envelope(protected, payload, device.sign(sigStructure(asPresentation, protected, payload)))
}

// presentOf is every value on the way from a pass to its text.
func presentOf(in vectors.PresentInput) vectors.PresentOutput {
	issuer := keyPair{id: in.KeyID, secret: in.Issuer, edDSA: in.Algorithm == "EdDSA"}
	claims, shown := claimsOf(in.Pass), shownClaims(in.IssuedAt, in.Nonce, in.Challenge)
	pass := issuer.issue(asPass, claims)
	presentation := present(keyPair{secret: in.Device}, pass, shown)
	id := sha256.Sum256(cat(claims, shown))
	return vectors.PresentOutput{
		Pass: pass, Presentation: presentation, ID: id[:],
		Text: "PP1:" + base45(compactOf(in, pass[len(pass)-64:], presentation[len(presentation)-64:])),
	}
}

// compactOf is what the text holds: all that differs from one presentation to the next.
func compactOf(in vectors.PresentInput, issuerSignature, deviceSignature []byte) []byte {
	p := in.Pass
	flags := p.DeviceKey[64] & 1
	if p.Fund == "credit" {
		flags |= 2
	}
	if in.Algorithm == "EdDSA" {
		flags |= 4
	}
	u32 := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	return cat([]byte{flags}, u32(in.KeyID), binary.BigEndian.AppendUint64(nil, p.Alias)[3:],
		u32(p.Expires), u32(p.NotBefore), p.ID, p.DeviceKey[1:33], u32(p.Cap), []byte(p.Currency), issuerSignature,
		u32(in.IssuedAt), in.Nonce, deviceSignature, []byte{byte(len(p.Product))}, []byte(p.Product), in.Challenge)
}

func issuerVectors() []vectors.Vector[vectors.IssuerInput, vectors.IssuerOutput] {
	of := func(name string, master []byte, id uint32) vectors.Vector[vectors.IssuerInput, vectors.IssuerOutput] {
		k, info := issuerOf(master, id)
		return ok(name, vectors.IssuerInput{MasterKey: master, KeyID: id}, vectors.IssuerOutput{Info: info, Private: k.secret, Public: k.public()})
	}
	return []vectors.Vector[vectors.IssuerInput, vectors.IssuerOutput]{
		of("worked example", passMaster, 1), of("another id", passMaster, 2), of("largest id", passMaster, 1<<32-1),
		of("another master key", make([]byte, 32), 1),
	}
}

// plainPresent is the worked example.
func plainPresent() vectors.PresentInput {
	return vectors.PresentInput{
		Algorithm: "ES256", KeyID: issuer1.id, Issuer: issuer1.secret, Device: passDevice.secret,
		Pass: passPlain, IssuedAt: passNow, Nonce: unhex("a0a1a2a3"),
	}
}

// presentCases are presentations that are as they should be.
func presentCases() []namedPresent {
	of := func(name string, change func(*vectors.PresentInput)) namedPresent {
		in := plainPresent()
		change(&in)
		return namedPresent{name, in}
	}
	return []namedPresent{
		of("worked example", func(*vectors.PresentInput) {}),
		of("EdDSA issuer", func(in *vectors.PresentInput) {
			in.Algorithm, in.KeyID, in.Issuer = "EdDSA", issuer2.id, issuer2.secret
		}),
		of("for a challenge", func(in *vectors.PresentInput) { in.Challenge = unhex("0011223344556677") }),
		of("longest challenge", func(in *vectors.PresentInput) { in.Challenge = make([]byte, 64) }),
		of("credit", func(in *vectors.PresentInput) { in.Pass.Fund = "credit" }),
		of("device key with the other y", func(in *vectors.PresentInput) {
			in.Device = otherDevice.secret
			in.Pass.DeviceKey = otherDevice.public()
		}),
		of("smallest", func(in *vectors.PresentInput) {
			in.Pass.Alias, in.Pass.Cap, in.Pass.Product, in.Nonce = 0, 0, "", make([]byte, 4)
		}),
		of("largest", func(in *vectors.PresentInput) {
			in.Pass.Alias, in.Pass.Cap, in.Pass.Product = 999_999_999_999, 1<<32-1, "学生票月票+"
		}),
		of("cap of two bytes", func(in *vectors.PresentInput) { in.Pass.Cap = 65535 }),
		of("currency without decimals", func(in *vectors.PresentInput) { in.Pass.Currency = "JPY" }),
	}
}

type namedPresent struct {
	name string
	in   vectors.PresentInput
}

// otherDevice is a key whose y is of the other parity than passDevice's.
var otherDevice = func() keyPair {
	for n := byte(1); ; n++ {
		k := keyPair{secret: append(make([]byte, 31), n)}
		if (k.public()[64]^passDevice.public()[64])&1 == 1 {
			return k
		}
	}
}()

func presentVectors() (all []vectors.Vector[vectors.PresentInput, vectors.PresentOutput]) {
	for _, c := range presentCases() {
		all = append(all, ok(c.name, c.in, presentOf(c.in)))
	}
	return all
}
