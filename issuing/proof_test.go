package issuing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode/bearer"
)

const (
	proofURL   = "https://pay.example/v1/device"
	proofToken = "dt_token"
)

var proofTime = time.Unix(1795284017, 0)

// prover makes proofs with go-jose, or by hand where go-jose would not.
type prover struct {
	t   testing.TB
	key *ecdsa.PrivateKey
}

func newProver(t testing.TB) prover {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return prover{t, key}
}

func (p prover) expected() expected {
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	return expected{PublicKey(point), bearer.Hash(proofToken), "GET", proofURL, proofTime, time.Minute}
}

func (p prover) head() map[string]any {
	return map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": jose.JSONWebKey{Key: &p.key.PublicKey}}
}

func (p prover) claims() map[string]any {
	ath := bearer.Hash(proofToken)
	return map[string]any{
		"jti": "e1j3V_bKic8-LAEB", "htm": "GET", "htu": proofURL, "iat": proofTime.Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(ath[:]),
	}
}

// byHand signs any header and any claims.
func (p prover) byHand(head, claims any) string {
	p.t.Helper()
	text := p.segment(head) + "." + p.segment(claims)
	hash := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, hash[:])
	if err != nil {
		p.t.Fatal(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature[:])
}

func (p prover) segment(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (p prover) byJose() string {
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.key}, options)
	if err != nil {
		p.t.Fatal(err)
	}
	payload, err := json.Marshal(p.claims())
	if err != nil {
		p.t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

func TestProofOfAnyMaker(t *testing.T) {
	p := newProver(t)
	for name, text := range map[string]string{"go-jose": p.byJose(), "by hand": p.byHand(p.head(), p.claims())} {
		got, err := checkProof(text, p.expected())
		id := sha256.Sum256([]byte("e1j3V_bKic8-LAEB"))
		if err != nil || !got.issuedAt.Equal(proofTime) || got.jti != [16]byte(id[:]) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// with is m with one member replaced, or without it when value is nil.
func with(m map[string]any, name string, value any) map[string]any {
	if m[name] = value; value == nil {
		delete(m, name)
	}
	return m
}

func TestProofShape(t *testing.T) {
	p, thief := newProver(t), newProver(t)
	good := p.byHand(p.head(), p.claims())
	parts := strings.Split(good, ".")
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"good", good, nil},
		{"fraction of a second", p.byHand(p.head(), with(p.claims(), "iat", 1795284016.5)), nil},
		{"claims that nobody asked for", p.byHand(p.head(), with(p.claims(), "nonce", "x")), nil},
		{"empty", "", ErrProofMalformed},
		{"two parts", parts[0] + "." + parts[1], ErrProofMalformed},
		{"unsigned", parts[0] + "." + parts[1] + ".", ErrProofKey},
		{"alg none", p.byHand(with(p.head(), "alg", "none"), p.claims()), ErrProofMalformed},
		{"alg HS256", p.byHand(with(p.head(), "alg", "HS256"), p.claims()), ErrProofMalformed},
		{"alg ES384", p.byHand(with(p.head(), "alg", "ES384"), p.claims()), ErrProofMalformed},
		{"no typ", p.byHand(with(p.head(), "typ", nil), p.claims()), ErrProofMalformed},
		{"typ JWT", p.byHand(with(p.head(), "typ", "JWT"), p.claims()), ErrProofMalformed},
		{"no jwk", p.byHand(with(p.head(), "jwk", nil), p.claims()), ErrProofMalformed},
		{"private jwk", p.byHand(with(p.head(), "jwk", jose.JSONWebKey{Key: p.key}), p.claims()), ErrProofMalformed},
		{"unknown critical header", p.byHand(with(with(p.head(), "crit", []string{"x"}), "x", 1), p.claims()), ErrProofKey},
		{"another's key and signature", thief.byHand(thief.head(), p.claims()), ErrProofKey},
		{"enrolled key, another's signature", thief.byHand(p.head(), p.claims()), ErrProofKey},
		{"another's key, enrolled signature", p.byHand(thief.head(), p.claims()), ErrProofKey},
		{"other claims under the signature", parts[0] + "." + p.segment(with(p.claims(), "jti", "y")) + "." + parts[2], ErrProofKey},
		{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, ErrProofMalformed},
		{"claims not an object", p.byHand(p.head(), "x"), ErrProofMalformed},
		{"no jti", p.byHand(p.head(), with(p.claims(), "jti", nil)), ErrProofMalformed},
		{"long jti", p.byHand(p.head(), with(p.claims(), "jti", strings.Repeat("a", 257))), ErrProofMalformed},
		{"no iat", p.byHand(p.head(), with(p.claims(), "iat", nil)), ErrProofMalformed},
		{"iat a text", p.byHand(p.head(), with(p.claims(), "iat", "1795284017")), ErrProofMalformed},
		{"iat without end", p.byHand(p.head(), with(p.claims(), "iat", 1e300)), ErrProofMalformed},
		{"iat of 1970", p.byHand(p.head(), with(p.claims(), "iat", 0)), ErrProofStale},
		{"no htm", p.byHand(p.head(), with(p.claims(), "htm", nil)), ErrProofMismatch},
		{"htm in lower case", p.byHand(p.head(), with(p.claims(), "htm", "get")), ErrProofMismatch},
		{"no htu", p.byHand(p.head(), with(p.claims(), "htu", nil)), ErrProofMismatch},
		{"no ath", p.byHand(p.head(), with(p.claims(), "ath", nil)), ErrProofMismatch},
		{"too long", p.byHand(p.head(), with(p.claims(), "x", strings.Repeat("a", maxProof))), ErrProofMalformed},
	} {
		if _, err := checkProof(c.text, p.expected()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestSameURL(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://pay.example/v1/x", "https://pay.example/v1/x?a=1#b", true},
		{"HTTPS://PAY.example/v1/x", "https://pay.example:443/v1/x", true},
		{"http://pay.example:80/x", "http://pay.example/x", true},
		{"https://pay.example", "https://pay.example/", true},
		{"https://pay.example/v1/X", "https://pay.example/v1/x", false},
		{"http://pay.example/x", "https://pay.example/x", false},
		{"https://pay.example:80/x", "https://pay.example/x", false},
		{"https://pay.example/a%2Fb", "https://pay.example/a/b", false},
		{"https://pay.example/x/", "https://pay.example/x", false},
		{"https://evil.example/x", "https://pay.example/x", false},
		{"https://pay.example@evil.example/x", "https://evil.example/x", false},
		{"/v1/x", "/v1/x", false},
		{"", "", false},
		{"ftp://pay.example/x", "ftp://pay.example/x", false},
	} {
		if got := sameURL(c.a, c.b); got != c.same {
			t.Errorf("sameURL(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

// FuzzCheckProof: whatever is sent, only what the device has signed passes.
func FuzzCheckProof(f *testing.F) {
	p := newProver(f)
	good := p.byHand(p.head(), p.claims())
	f.Add(good)
	f.Add(p.byHand(with(p.head(), "alg", "none"), p.claims()))
	f.Add("e30.e30.")
	signed := good[:strings.LastIndex(good, ".")]
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := checkProof(text, p.expected()); err == nil && !strings.HasPrefix(text, signed+".") {
			t.Errorf("%q passes", text)
		}
	})
}
