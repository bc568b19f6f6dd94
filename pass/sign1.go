package pass

import (
	"bytes"
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
	Protected []byte // a map, encoded
	Payload   []byte // a map or an array, encoded
	Signature []byte
}

// encode writes it. This is done by hand, as is toBeSigned, because every tap of
// every rider passes here; tests hold both to what go-cose makes.
func (s sign1) encode() []byte {
	b := make([]byte, 0, len(s.Protected)+len(s.Payload)+len(s.Signature)+16)
	b = appendString(append(b, array4), majorBytes, s.Protected)
	b = appendString(append(b, emptyMap), majorBytes, s.Payload)
	return appendString(b, majorBytes, s.Signature)
}

// toBeSigned is the Sig_structure (RFC 9052, section 4.4).
func (s sign1) toBeSigned(as string) []byte {
	b := make([]byte, 0, len(s.Protected)+len(s.Payload)+len(as)+32)
	b = appendString(append(b, array4), majorText, "Signature1")
	b = appendString(b, majorBytes, s.Protected)
	b = appendString(b, majorBytes, as)
	return appendString(b, majorBytes, s.Payload)
}

// openSign1 takes it apart. What is read must be what encode writes, so reading
// need not be careful about more than its bounds.
func openSign1(b []byte) (s sign1, err error) {
	rest, ok := bytes.CutPrefix(b, []byte{array4})
	if s.Protected, rest, err = takeString(rest); err != nil || !ok {
		return s, errNotCanonical
	}
	rest, _ = bytes.CutPrefix(rest, []byte{emptyMap})
	if s.Payload, rest, err = takeString(rest); err != nil {
		return s, err
	}
	if s.Signature, _, err = takeString(rest); err != nil || !bytes.Equal(s.encode(), b) {
		return s, errNotCanonical
	}
	return s, nil
}

// sign fills in the signature.
func (s *sign1) sign(signer cose.Signer, as string) (err error) {
	s.Signature, err = signer.Sign(nil, s.toBeSigned(as))
	return err
}

// verify checks the signature alone.
func (s sign1) verify(v cose.Verifier, as string) bool {
	return v.Verify(s.toBeSigned(as), s.Signature) == nil
}

// p256Signer signs without drawing random numbers (RFC 6979) if the key is in
// memory: a pass that is issued again is the same pass. Keys in hardware draw
// their own.
type p256Signer struct{ crypto.Signer }

// Sign gives the hash that go-cose leaves out.
func (s p256Signer) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.Signer.Sign(nil, digest, crypto.SHA256)
}
