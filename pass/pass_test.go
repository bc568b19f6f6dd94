package pass_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

var now = time.Unix(1795284017, 0).UTC()

// scalar is a private key for tests.
func scalar(t testing.TB, n byte) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), n))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func largest(t testing.TB) pass.Pass {
	return pass.Pass{
		ID: [8]byte{255, 254, 253, 252, 251, 250, 249, 248}, Alias: 999_999_999_999,
		NotBefore: now.Add(-time.Hour), Expires: now.Add(7 * 24 * time.Hour), DeviceKey: &scalar(t, 7).PublicKey,
		Fund: pass.Credit, CapMinor: pass.MaxCapMinor, Currency: "CNY", Product: strings.Repeat("学", 5) + "x",
	}
}

func issuers(t testing.TB) []pass.IssuerKey {
	master := make([]byte, 32)
	derived, err := pass.DeriveIssuerKey(master, 1)
	if err != nil {
		t.Fatal(err)
	}
	return []pass.IssuerKey{derived, {ID: 1<<32 - 1, Private: ed25519.NewKeyFromSeed(master)}}
}

// must is for what cannot fail in a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestThereAndBack(t *testing.T) {
	device := scalar(t, 7)
	for _, key := range issuers(t) {
		v := must(pass.NewVerifier(key.Public()))
		for _, challenge := range [][]byte{nil, make([]byte, 8), make([]byte, 64)} {
			want := pass.Presentation{Pass: largest(t), KeyID: key.ID, IssuedAt: now, Nonce: [4]byte{1, 2, 3, 4}, Challenge: challenge}
			issued := must(pass.Issue(key, want.Pass))
			presented := must(pass.Present(device, issued, now, want.Nonce, challenge))
			text := pass.Text(presented)
			back := must(pass.ParseText(" " + text + "\r\n"))
			if diff := cmp.Diff(presented, back); diff != "" {
				t.Fatalf("%v: the text reads differently: %s", key, diff)
			}
			if most := 340; challenge == nil && len(text) > most {
				t.Errorf("%v: the largest text has %d characters, more than %d", key, len(text), most)
			}
			for range 2 { // the second time from memory
				got, err := v.Verify(back, now, challenge)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(want, "ID")); diff != "" {
					t.Errorf("%v: %s", key, diff)
				}
				if later := must(v.VerifyAsOf(back, now)); later.ID != got.ID || must(pass.Parse(back)).ID != got.ID {
					t.Errorf("%v: two ids of one presentation", key)
				}
			}
		}
	}
}

// A second spelling of either signature is accepted, and is the same presentation.
func TestMalleableSignaturesAreTheSamePresentation(t *testing.T) {
	device, key := scalar(t, 7), issuers(t)[0]
	presented := must(pass.Present(device, must(pass.Issue(key, largest(t))), now, [4]byte{}, nil))
	other := append([]byte(nil), presented...)
	s := other[len(other)-32:]
	new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s)).FillBytes(s)
	v := must(pass.NewVerifier(key.Public()))
	one, err := v.Verify(presented, now, nil)
	two, err2 := v.Verify(other, now, nil)
	if err != nil || err2 != nil || one.ID != two.ID {
		t.Errorf("%v, %v, same id %v", err, err2, one.ID == two.ID)
	}
}

// What is signed for one purpose is good for no other.
func TestKindsAreNotConfused(t *testing.T) {
	key := issuers(t)[0]
	v := must(pass.NewVerifier(key.Public()))
	receipt := must(pass.SignReceipt(key, pass.Receipt{Amount: money.Amount{Minor: 1, Currency: "CNY"}, IssuedAt: now}))
	if _, err := v.VerifyDenyDelta(receipt); !errors.Is(err, pass.ErrDeltaMalformed) {
		t.Errorf("a receipt as a delta: %v", err)
	}
	if _, err := pass.Present(scalar(t, 7), receipt, now, [4]byte{}, nil); !errors.Is(err, pass.ErrMalformed) {
		t.Errorf("a receipt as a pass: %v", err)
	}
}

func TestPresentRefuses(t *testing.T) {
	issued := must(pass.Issue(issuers(t)[0], largest(t)))
	for name, err := range map[string]error{
		"another device":  second(pass.Present(scalar(t, 8), issued, now, [4]byte{}, nil)),
		"short challenge": second(pass.Present(scalar(t, 7), issued, now, [4]byte{}, make([]byte, 7))),
		"long challenge":  second(pass.Present(scalar(t, 7), issued, now, [4]byte{}, make([]byte, 65))),
		"a clock unset":   second(pass.Present(scalar(t, 7), issued, time.Unix(0, 0), [4]byte{}, nil)),
		"cut short":       second(pass.Present(scalar(t, 7), issued[1:], now, [4]byte{}, nil)),
	} {
		if err == nil {
			t.Errorf("%s: presented", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestIssueRefuses(t *testing.T) {
	for name, change := range map[string]func(*pass.Pass){
		"alias":        func(p *pass.Pass) { p.Alias++ },
		"no device":    func(p *pass.Pass) { p.DeviceKey = nil },
		"other curve":  func(p *pass.Pass) { p.DeviceKey = &ecdsa.PublicKey{Curve: elliptic.P384()} },
		"backwards":    func(p *pass.Pass) { p.NotBefore = p.Expires },
		"2107":         func(p *pass.Pass) { p.Expires = time.Unix(1<<32, 0) },
		"1970":         func(p *pass.Pass) { p.NotBefore = time.Unix(1<<16-1, 0) },
		"fund":         func(p *pass.Pass) { p.Fund = "" },
		"cap":          func(p *pass.Pass) { p.CapMinor++ },
		"negative cap": func(p *pass.Pass) { p.CapMinor = -1 },
		"currency":     func(p *pass.Pass) { p.Currency = "cny" },
		"product":      func(p *pass.Pass) { p.Product += "x" },
		"control":      func(p *pass.Pass) { p.Product = "a\n" },
		"not UTF-8":    func(p *pass.Pass) { p.Product = "\xff" },
	} {
		p := largest(t)
		change(&p)
		if _, err := pass.Issue(issuers(t)[0], p); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
	if _, err := pass.Issue(pass.IssuerKey{ID: 1}, largest(t)); !errors.Is(err, pass.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

// A gate at its busiest forgets, and verifies again.
func TestMemoryIsBounded(t *testing.T) {
	key, device := issuers(t)[0], scalar(t, 7)
	v := must(pass.NewVerifier(key.Public()))
	for n := range 10_000 {
		p := largest(t)
		p.ID = [8]byte{byte(n), byte(n >> 8)}
		presented := must(pass.Present(device, must(pass.Issue(key, p)), now, [4]byte{}, nil))
		if _, err := v.Verify(presented, now, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := v.Remembered(); n > 2*4096 {
		t.Errorf("remembers %d passes", n)
	}
}

func TestReceipts(t *testing.T) {
	key := issuers(t)[0]
	v := must(pass.NewVerifier(key.Public()))
	want := pass.Receipt{
		Merchant: ids.Merchant{1, 2, 3}, Terminal: strings.Repeat("t", 64), OrderRef: strings.Repeat("o", 64),
		Amount: money.Amount{Minor: money.MaxMinor, Currency: "CNY"}, IssuedAt: now, ID: [8]byte{1, 2},
	}
	text := pass.ReceiptText(must(pass.SignReceipt(key, want)))
	due := pass.Due{Merchant: want.Merchant, Terminal: want.Terminal, OrderRef: want.OrderRef, Amount: want.Amount}
	got, err := v.VerifyReceipt(must(pass.ParseReceiptText(text)), now.Add(5*time.Minute), due)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	got, err = v.VerifyReceipt(must(pass.ParseReceiptText(text)), now, pass.Due{Merchant: want.Merchant, Amount: want.Amount})
	if err != nil || got != want {
		t.Errorf("a till that knows no order: %v", err)
	}
}

func TestDenyDeltas(t *testing.T) {
	key := issuers(t)[0]
	v := must(pass.NewVerifier(key.Public()))
	full := make([][8]byte, pass.MaxDelta)
	for n := range full {
		full[n] = [8]byte{byte(n), byte(n >> 8)}
	}
	for _, want := range []pass.DenyDelta{
		{Since: 0, Until: 1, Add: full}, {Since: 5, Until: 1 << 63, Remove: full}, {Since: 1, Until: 2},
		{Since: 1, Until: 2, Add: full[:3], Remove: full[3:5]},
	} {
		got, err := v.VerifyDenyDelta(must(pass.SignDenyDelta(key, want)))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	for _, d := range []pass.DenyDelta{{}, {Since: 2, Until: 1}, {Until: 1, Add: full, Remove: full[:1]}} {
		if _, err := pass.SignDenyDelta(key, d); err == nil {
			t.Errorf("signed a delta from %d to %d", d.Since, d.Until)
		}
	}
}

func TestPublicKeysAsJSON(t *testing.T) {
	for _, key := range issuers(t) {
		written := must(json.Marshal(key.Public()))
		var back pass.PublicKey
		if err := json.Unmarshal(written, &back); err != nil || !cmp.Equal(back, key.Public()) {
			t.Errorf("%s: %v", written, err)
		}
	}
	for _, bad := range []string{
		`{}`, `[]`, `{"kid":"1","kty":"EC","crv":"P-256","x":"AA","y":"AA"}`, `{"kid":"-1","kty":"OKP","crv":"Ed25519","x":"` + strings.Repeat("A", 43) + `"}`,
		`{"kid":"1","kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`,
	} {
		if err := json.Unmarshal([]byte(bad), new(pass.PublicKey)); !errors.Is(err, pass.ErrKey) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestKeysArePrintedByIDAlone(t *testing.T) {
	key := issuers(t)[0]
	if got := fmt.Sprintf("%v %+v %#v %s", key, key, key, key); got != strings.TrimSuffix(strings.Repeat("issuer key 1 ", 4), " ") {
		t.Errorf("printed %q", got)
	}
}

func TestVerifierRefusesKeys(t *testing.T) {
	good := issuers(t)[0].Public()
	for name, keys := range map[string][]pass.PublicKey{
		"twice": {good, good}, "empty": {{ID: 1}}, "off the curve": {{ID: 1, Key: append([]byte{4}, make([]byte, 64)...)}},
	} {
		if _, err := pass.NewVerifier(keys...); !errors.Is(err, pass.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pass.DeriveIssuerKey(make([]byte, 31), 1); !errors.Is(err, pass.ErrKey) {
		t.Errorf("a short master key: %v", err)
	}
}

// A gate with a camera and a reader verifies from two sides at once.
func TestVerifierIsShared(t *testing.T) {
	key, device := issuers(t)[0], scalar(t, 7)
	v := must(pass.NewVerifier(key.Public()))
	issued := must(pass.Issue(key, largest(t)))
	var all sync.WaitGroup
	for n := range byte(8) {
		all.Go(func() {
			p, err := v.Verify(must(pass.Present(device, issued, now, [4]byte{n}, nil)), now, nil)
			if err != nil || p.Nonce[0] != n {
				t.Error(n, p.Nonce, err)
			}
		})
	}
	all.Wait()
	if n := v.Remembered(); n != 1 {
		t.Errorf("remembers %d passes of one", n)
	}
}
