package pass

import (
	"bytes"

	"github.com/veraison/go-cose"
)

// issuerHeader is the protected header of what an issuer signs: {1: alg, 4: kid}.
type issuerHeader struct {
	Algorithm cose.Algorithm
	KeyID     [4]byte
}

func (h issuerHeader) encode() []byte {
	negative := byte(1<<5) | byte(-1-h.Algorithm) // -7 or -8 in one byte
	return append([]byte{0xa2, 1, negative, 4, 2<<5 | 4}, h.KeyID[:]...)
}

func openIssuerHeader(b []byte) (h issuerHeader, err error) {
	if len(b) != len(h.encode()) {
		return h, errNotCanonical
	}
	h = issuerHeader{Algorithm: cose.AlgorithmES256, KeyID: [4]byte(b[5:])}
	if b[2] == 0x27 {
		h.Algorithm = cose.AlgorithmEdDSA
	}
	if !bytes.Equal(h.encode(), b) {
		return h, errNotCanonical
	}
	return h, nil
}

// presentationHeader begins the protected header of a presentation: {1: ES256,
// 13: pass}. The parameter kcwt (RFC 9528, section 7.4.3) holds the CWT of the
// key that signs.
var presentationHeader = []byte{0xa2, 1, 0x26, 13}

func encodePresentationHeader(pass []byte) []byte {
	return append(presentationHeader[:len(presentationHeader):len(presentationHeader)], pass...)
}
