package vectors_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/binary"
	"io/fs"
	"slices"
	"testing"

	"github.com/paycode/paycode/vectors"
)

func TestEveryFileLoads(t *testing.T) {
	loaders := map[string]func() int{
		"profiles.json":      func() int { return len(vectors.Profiles()) },
		"seed.json":          func() int { return wellFormed(t, vectors.Seeds()) },
		"token.json":         func() int { return wellFormed(t, vectors.Tokens()) },
		"make.json":          func() int { return wellFormed(t, vectors.Makes()) },
		"parse.json":         func() int { return wellFormed(t, vectors.Parses()) },
		"match.json":         func() int { return wellFormed(t, vectors.Matches()) },
		"burn.json":          func() int { return wellFormed(t, vectors.Burns()) },
		"bucket.json":        func() int { return wellFormed(t, vectors.Buckets()) },
		"window.json":        func() int { return wellFormed(t, vectors.Windows()) },
		"seal.json":          func() int { return wellFormed(t, vectors.Seals()) },
		"issuer.json":        func() int { return wellFormed(t, vectors.IssuerKeys()) },
		"present.json":       func() int { return wellFormed(t, vectors.Presents()) },
		"passtext.json":      func() int { return wellFormed(t, vectors.PassTexts()) },
		"verify.json":        func() int { return wellFormed(t, vectors.Verifies()) },
		"receipt.json":       func() int { return wellFormed(t, vectors.Receipts()) },
		"delta.json":         func() int { return wellFormed(t, vectors.Deltas()) },
		"card.json":          func() int { return wellFormed(t, vectors.Cards()) },
		"authenticator.json": func() int { return wellFormed(t, vectors.Authenticators()) },
		"example.json":       func() int { return len(vectors.WorkedExample().Digits) },
	}
	names, err := fs.Glob(vectors.Files, "*")
	if err != nil || len(names) != len(loaders) {
		t.Fatalf("files %v, %v; want %d", names, err, len(loaders))
	}
	for _, name := range names {
		if n := loaders[name](); n == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// wellFormed checks what all vectors have in common, and returns how many there are.
func wellFormed[In, Out any](t *testing.T, all []vectors.Vector[In, Out]) int {
	t.Helper()
	outcomes := []string{vectors.OK, vectors.Malformed, vectors.Invalid, vectors.Expired, vectors.SealInvalid,
		vectors.PassMalformed, vectors.PassUnknownIssuer, vectors.PassNotYet, vectors.PassExpired, vectors.PresentationStale,
		vectors.ChallengeMismatch, vectors.PassSignature, vectors.PresentationSignature,
		vectors.ReceiptMalformed, vectors.ReceiptUnknownIssuer, vectors.ReceiptAddressee, vectors.ReceiptAmount, vectors.ReceiptStale,
		vectors.ReceiptSignature, vectors.DeltaMalformed, vectors.DeltaUnknownIssuer, vectors.DeltaSignature}
	seen := map[string]bool{}
	for _, v := range all {
		if v.Name == "" || seen[v.Name] {
			t.Errorf("name %q is empty or taken", v.Name)
		}
		seen[v.Name] = true
		if !slices.Contains(outcomes, v.Outcome) || (v.Output != nil) != (v.Outcome == vectors.OK) {
			t.Errorf("%s: outcome %q, output %v", v.Name, v.Outcome, v.Output)
		}
	}
	return len(all)
}

// The reference seals by hand; the standard library must be able to open.
func TestSealedSeedsOpenWithTheStandardLibrary(t *testing.T) {
	for _, v := range vectors.Seals() {
		t.Run(v.Name, func(t *testing.T) {
			seed, err := open(t, v.Input)
			if (err == nil) != (v.Outcome == vectors.OK) {
				t.Fatalf("error %v, want outcome %s", err, v.Outcome)
			}
			if err == nil && !bytes.Equal(seed, v.Output.Seed) {
				t.Errorf("seed %x, want %x", seed, v.Output.Seed)
			}
		})
	}
}

func open(t *testing.T, in vectors.SealInput) ([]byte, error) {
	t.Helper()
	scalar, err := ecdh.P256().NewPrivateKey(in.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hpke.NewDHKEMPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := hpke.NewRecipient(in.Enc, key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("paycode/seed/v1"))
	if err != nil {
		return nil, err
	}
	return recipient.Open(binary.BigEndian.AppendUint32(slices.Clone(in.Device), in.Generation), in.Ciphertext)
}
