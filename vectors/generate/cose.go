package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"slices"

	"github.com/paycode/paycode/vectors"
)

// CBOR and COSE_Sign1 as far as passes need them, written out byte by byte.

// head begins a CBOR item: the major type and a number in its shortest form.
func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	}
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

func uintItem(n uint64) []byte { return head(0, n) }
func bstr(b []byte) []byte     { return append(head(2, uint64(len(b))), b...) }
func tstr(s string) []byte     { return append(head(3, uint64(len(s))), s...) }

func cat(parts ...[]byte) []byte { return slices.Concat(parts...) }

// sigStructure is what is signed (RFC 9052, section 4.4).
func sigStructure(as string, protected, payload []byte) []byte {
	return cat([]byte{0x84}, tstr("Signature1"), bstr(protected), bstr([]byte(as)), bstr(payload))
}

// envelope is the COSE_Sign1.
func envelope(protected, payload, signature []byte) []byte {
	return cat([]byte{0x84}, bstr(protected), []byte{0xa0}, bstr(payload), bstr(signature))
}

// keyPair is a key that signs by ES256 or EdDSA.
type keyPair struct {
	id     uint32
	secret []byte // a scalar of P-256, or a seed of Ed25519
	edDSA  bool
}

func (k keyPair) private() crypto.Signer {
	if k.edDSA {
		return ed25519.NewKeyFromSeed(k.secret)
	}
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), k.secret))
}

func (k keyPair) algorithm() string {
	if k.edDSA {
		return "EdDSA"
	}
	return "ES256"
}

// public is the point, uncompressed, or the 32 bytes of an Ed25519 key.
func (k keyPair) public() []byte {
	if k.edDSA {
		return k.private().Public().(ed25519.PublicKey)
	}
	return must(k.private().Public().(*ecdsa.PublicKey).Bytes())
}

func (k keyPair) known() vectors.PublicKey { return vectors.PublicKey{ID: k.id, Key: k.public()} }

// sign is deterministic for either algorithm: r ‖ s by RFC 6979, or RFC 8032.
func (k keyPair) sign(message []byte) []byte {
	if k.edDSA {
		return must(k.private().Sign(nil, message, crypto.Hash(0)))
	}
	digest := sha256.Sum256(message)
	var rs struct{ R, S *big.Int }
	must(asn1.Unmarshal(must(k.private().Sign(nil, digest[:], crypto.SHA256)), &rs))
	return cat(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32)))
}

// issuerHead is the protected header of what an issuer signs.
func (k keyPair) issuerHead() []byte {
	alg := byte(0x26) // -7
	if k.edDSA {
		alg = 0x27 // -8
	}
	return cat([]byte{0xa2, 0x01, alg, 0x04}, bstr(binary.BigEndian.AppendUint32(nil, k.id)))
}

// issue signs any payload under a name.
func (k keyPair) issue(as string, payload []byte) []byte {
	return envelope(k.issuerHead(), payload, k.sign(sigStructure(as, k.issuerHead(), payload)))
}

// highS is the other spelling of an ES256 signature at the end of b.
func highS(b []byte) []byte {
	b = slices.Clone(b)
	s := b[len(b)-32:]
	new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s)).FillBytes(s)
	return b
}

// issuerOf derives an issuer key, and returns the HKDF info.
func issuerOf(master []byte, id uint32) (keyPair, []byte) {
	info := binary.BigEndian.AppendUint32([]byte("paycode/issuer/v1\x00"), id)
	d := new(big.Int).SetBytes(must(hkdf.Expand(sha256.New, master, string(info), 48)))
	order := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))
	d.Add(d.Mod(d, order), big.NewInt(1))
	return keyPair{id: id, secret: d.FillBytes(make([]byte, 32))}, info
}

// base45 reads two bytes as a number and writes it least significant digit first
// (RFC 9285, section 4).
func base45(b []byte) (text string) {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	for pair := range slices.Chunk(b, 2) {
		n, width := int(pair[0]), 2
		if len(pair) == 2 {
			n, width = n<<8|int(pair[1]), 3
		}
		for range width {
			text += digits[n%45 : n%45+1]
			n /= 45
		}
	}
	return text
}
