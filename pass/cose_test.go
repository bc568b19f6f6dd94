package pass_test

import (
	"crypto/ecdsa"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"github.com/paycode/paycode/pass"
)

// Any COSE library verifies a presentation, and the pass in its header.
func TestCOSELibraryAgrees(t *testing.T) {
	key := issuers(t)[0]
	issued := must(pass.Issue(key, largest(t)))
	presented := must(pass.Present(scalar(t, 7), issued, now, [4]byte{}, make([]byte, 64)))
	for _, c := range []struct {
		as      string
		message []byte
		public  *ecdsa.PublicKey
	}{
		{"paycode/pass/v1", issued, &key.Private.(*ecdsa.PrivateKey).PublicKey},
		{"paycode/presentation/v1", presented, &scalar(t, 7).PublicKey},
	} {
		var m cose.UntaggedSign1Message
		if err := m.UnmarshalCBOR(c.message); err != nil {
			t.Fatal(c.as, err)
		}
		verifier := must(cose.NewVerifier(cose.AlgorithmES256, c.public))
		if err := m.Verify([]byte(c.as), verifier); err != nil {
			t.Error(c.as, err)
		}
		if err := m.Verify(nil, verifier); err == nil {
			t.Error(c.as, "is signed under no name")
		}
	}
	var whole struct {
		_           struct{} `cbor:",toarray"`
		Protected   []byte
		Unprotected map[int]any
		Payload     []byte
		Signature   []byte
	}
	var header struct {
		CWT cbor.RawMessage `cbor:"13,keyasint"`
	}
	if err := cbor.Unmarshal(presented, &whole); err != nil {
		t.Fatal(err)
	}
	if err := cbor.Unmarshal(whole.Protected, &header); err != nil || string(header.CWT) != string(issued) {
		t.Errorf("kcwt is %x, %v", header.CWT, err)
	}
}
