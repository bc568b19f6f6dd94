package pass

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"

	"github.com/veraison/go-cose"
)

// es256 verifies as go-cose does, and saves the detour over big integers: at a
// gate everything but the curve's arithmetic is waste.
type es256 struct{ key *ecdsa.PublicKey }

// Algorithm implements cose.Verifier.
func (es256) Algorithm() cose.Algorithm { return cose.AlgorithmES256 }

// Verify implements cose.Verifier for a signature r[32] ‖ s[32].
func (v es256) Verify(content, signature []byte) error {
	if len(signature) != signatureLen {
		return cose.ErrVerification
	}
	digest := sha256.Sum256(content)
	var der [2 + 2*(2+33)]byte
	b := append(der[:0], 0x30, 0)
	b = appendInteger(b, signature[:32])
	b = appendInteger(b, signature[32:])
	b[1] = byte(len(b) - 2)
	if !ecdsa.VerifyASN1(v.key, digest[:], b) {
		return cose.ErrVerification
	}
	return nil
}

// appendInteger appends a big-endian number as an ASN.1 INTEGER in DER.
func appendInteger(b, n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	pad := n[0] >> 7 // else it would be negative
	b = append(b, asn1.TagInteger, byte(len(n))+pad)
	if pad == 1 {
		b = append(b, 0)
	}
	return append(b, n...)
}
