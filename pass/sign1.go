package pass

import (
	"crypto"
	"io"

	"github.com/veraison/go-cose"
)

// What is signed, each under a name of its own: the external_aad of its
// Sig_structure (RFC 9052, section 4.3). One issuer key signs passes, receipts
// and deny lists, and one device key presentations and proofs of requests;
// the name keeps a signature of one kind from being taken for another.
const (
	asPass         = "paycode/pass/v1"
	asPresentation = "paycode/presentation/v1"
	asReceipt      = "paycode/receipt/v1"
	asDelta        = "paycode/deny/v1"
)

// signatureLen is the size of an ES256 or EdDSA signature, in bytes.
const signatureLen = 64

// sign1 is a COSE_Sign1 without a tag: the text's mark, or the question that it
// answers, says what it is.
type sign1 struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte   // a map, encoded
	Unprotected struct{} // always empty
	Payload     []byte   // a map, encoded
	Signature   []byte
}

// issuerHeader is the protected header of what an issuer signs.
type issuerHeader struct {
	Algorithm cose.Algorithm `cbor:"1,keyasint"`
	KeyID     [4]byte        `cbor:"4,keyasint"`
}

// message is what go-cose makes a Sig_structure of.
func (s sign1) message(alg cose.Algorithm) *cose.Sign1Message {
	return &cose.Sign1Message{
		Headers: cose.Headers{
			RawProtected: encode(s.Protected),
			Protected:    cose.ProtectedHeader{cose.HeaderLabelAlgorithm: alg},
		},
		Payload:   s.Payload,
		Signature: s.Signature,
	}
}

// sign fills in the signature.
func (s *sign1) sign(signer cose.Signer, as string) error {
	m := s.message(signer.Algorithm())
	if err := m.Sign(nil, []byte(as), signer); err != nil {
		return err
	}
	s.Signature = m.Signature
	return nil
}

// verify checks the signature alone.
func (s sign1) verify(v cose.Verifier, as string) bool {
	return s.message(v.Algorithm()).Verify([]byte(as), v) == nil
}

// p256Signer signs without drawing random numbers (RFC 6979) if the key is in
// memory: a pass that is issued again is the same pass. Keys in hardware draw
// their own.
type p256Signer struct{ crypto.Signer }

// Sign gives the hash that go-cose leaves out.
func (s p256Signer) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.Signer.Sign(nil, digest, crypto.SHA256)
}
