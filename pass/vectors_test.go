package pass_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/vectors"
)

func outcomeOf(err error) string {
	for _, known := range []error{
		pass.ErrMalformed, pass.ErrUnknownIssuer, pass.ErrNotYet, pass.ErrExpired, pass.ErrStale, pass.ErrChallenge,
		pass.ErrPassSignature, pass.ErrPresentationSignature,
		pass.ErrReceiptMalformed, pass.ErrReceiptUnknownIssuer, pass.ErrReceiptAddressee, pass.ErrReceiptAmount,
		pass.ErrReceiptStale, pass.ErrReceiptSignature,
		pass.ErrDeltaMalformed, pass.ErrDeltaUnknownIssuer, pass.ErrDeltaSignature,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return "no outcome: " + err.Error()
	}
	return vectors.OK
}

// check runs one vector: the outcome, and what comes out.
func check[In, Out any](t *testing.T, v vectors.Vector[In, Out], got Out, err error) {
	t.Helper()
	if outcome := outcomeOf(err); outcome != v.Outcome {
		t.Fatalf("outcome %s (%v), want %s", outcome, err, v.Outcome)
	}
	if v.Output == nil {
		return
	}
	if diff := cmp.Diff(*v.Output, got); diff != "" {
		t.Error(diff)
	}
}

func at(unix uint32) time.Time { return time.Unix(int64(unix), 0) }

func verifierOf(t testing.TB, keys []vectors.PublicKey) *pass.Verifier {
	t.Helper()
	var known []pass.PublicKey
	for _, k := range keys {
		known = append(known, pass.PublicKey{ID: k.ID, Key: k.Key})
	}
	return must(pass.NewVerifier(known...))
}

func private(scalar []byte) *ecdsa.PrivateKey {
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar))
}

func passOf(v vectors.Pass) pass.Pass {
	return pass.Pass{
		ID: [8]byte(v.ID), Alias: paycode.Alias(v.Alias), NotBefore: at(v.NotBefore), Expires: at(v.Expires),
		DeviceKey: must(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), v.DeviceKey)),
		Fund:      pass.Fund(v.Fund), CapMinor: int64(v.Cap), Currency: money.Currency(v.Currency), Product: v.Product,
	}
}

func vectorOf(p pass.Pass) vectors.Pass {
	return vectors.Pass{
		ID: p.ID[:], Alias: uint64(p.Alias), NotBefore: uint32(p.NotBefore.Unix()), Expires: uint32(p.Expires.Unix()),
		DeviceKey: must(p.DeviceKey.Bytes()), Fund: string(p.Fund), Cap: uint32(p.CapMinor), Currency: string(p.Currency), Product: p.Product,
	}
}

func TestIssuerKeyVectors(t *testing.T) {
	for _, v := range vectors.IssuerKeys() {
		t.Run(v.Name, func(t *testing.T) {
			key, err := pass.DeriveIssuerKey(v.Input.MasterKey, v.Input.KeyID)
			if err != nil || key.ID != v.Input.KeyID {
				t.Fatal(key, err)
			}
			scalar := must(key.Private.(*ecdsa.PrivateKey).Bytes())
			check(t, v, vectors.IssuerOutput{Info: v.Output.Info, Private: scalar, Public: key.Public().Key}, nil)
		})
	}
}

func TestPresentVectors(t *testing.T) {
	for _, v := range vectors.Presents() {
		t.Run(v.Name, func(t *testing.T) {
			in := v.Input
			key := pass.IssuerKey{ID: in.KeyID}
			if in.Algorithm == "EdDSA" {
				key.Private = ed25519.NewKeyFromSeed(in.Issuer)
			} else {
				key.Private = private(in.Issuer)
			}
			issued := must(pass.Issue(key, passOf(in.Pass)))
			presented, err := pass.Present(private(in.Device), issued, at(in.IssuedAt), [4]byte(in.Nonce), in.Challenge)
			if err != nil {
				t.Fatal(err)
			}
			p := must(pass.Parse(presented))
			check(t, v, vectors.PresentOutput{Pass: issued, Presentation: presented, ID: p.ID[:], Text: pass.Text(presented)}, nil)
		})
	}
}

func TestPassTextVectors(t *testing.T) {
	for _, v := range vectors.PassTexts() {
		t.Run(v.Name, func(t *testing.T) {
			presentation, err := pass.ParseText(v.Input.Text)
			check(t, v, vectors.PassTextOutput{Presentation: presentation}, err)
		})
	}
}

func TestVerifyVectors(t *testing.T) {
	for _, v := range vectors.Verifies() {
		t.Run(v.Name, func(t *testing.T) {
			verifier := verifierOf(t, v.Input.Keys)
			for range 2 { // what is remembered changes no outcome
				p, err := verifier.Verify(v.Input.Presentation, at(v.Input.Now), v.Input.Challenge)
				if err != nil {
					check(t, v, vectors.VerifyOutput{}, err)
					continue
				}
				check(t, v, vectors.VerifyOutput{
					ID: p.ID[:], KeyID: p.KeyID, Pass: vectorOf(p.Pass), IssuedAt: uint32(p.IssuedAt.Unix()),
					Nonce: p.Nonce[:], Challenge: p.Challenge,
				}, err)
			}
		})
	}
}

func TestReceiptVectors(t *testing.T) {
	for _, v := range vectors.Receipts() {
		t.Run(v.Name, func(t *testing.T) {
			r, err := readReceipt(t, v.Input)
			check(t, v, vectors.ReceiptOutput{ID: r.ID[:], Terminal: r.Terminal, OrderRef: r.OrderRef, IssuedAt: uint32(r.IssuedAt.Unix())}, err)
		})
	}
}

func readReceipt(t testing.TB, in vectors.ReceiptInput) (pass.Receipt, error) {
	receipt, err := pass.ParseReceiptText(in.Text)
	if err != nil {
		return pass.Receipt{}, err
	}
	return verifierOf(t, in.Keys).VerifyReceipt(receipt, at(in.Now), pass.Due{
		Merchant: ids.Merchant(in.Merchant), Terminal: in.Terminal, OrderRef: in.OrderRef,
		Amount: money.Amount{Minor: in.Amount, Currency: money.Currency(in.Currency)},
	})
}

func TestDeltaVectors(t *testing.T) {
	for _, v := range vectors.Deltas() {
		t.Run(v.Name, func(t *testing.T) {
			d, err := verifierOf(t, v.Input.Keys).VerifyDenyDelta(v.Input.Delta)
			check(t, v, vectors.DeltaOutput{Since: d.Since, Until: d.Until, Add: hexes(d.Add), Remove: hexes(d.Remove)}, err)
		})
	}
}

func hexes(ids [][8]byte) []vectors.Hex {
	all := []vectors.Hex{}
	for _, id := range ids {
		all = append(all, id[:])
	}
	return all
}
