package storetest

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
)

// phone is a device as the server knows it: by what it sends.
type phone struct {
	t      *testing.T
	sign   *ecdsa.PrivateKey
	unseal *ecdh.PrivateKey

	id         ids.Device
	token      string
	alias      paycode.Alias
	generation paycode.Generation
	seed       paycode.Seed
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	sign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	unseal, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &phone{t: t, sign: sign, unseal: unseal}
}

// jwk writes a point as the JWK that a browser exports.
func jwk(point []byte) json.RawMessage {
	encode := base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, `{"key_ops":["verify"],"ext":true,"kty":"EC","crv":"P-256","x":%q,"y":%q}`, encode(point[1:33]), encode(point[33:]))
}

func (p *phone) publicKey() json.RawMessage {
	point, err := p.sign.PublicKey.Bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	return jwk(point)
}

func (p *phone) request(ticket string) issuing.NewDevice {
	return issuing.NewDevice{
		Ticket: ticket, Kind: issuing.Phone, Name: "Pixel",
		PublicKey: p.publicKey(), SealKey: jwk(p.unseal.PublicKey().Bytes()),
	}
}

func (p *phone) enrol(is *issuer, ticket string) {
	p.t.Helper()
	e, err := is.Enrol(p.t.Context(), p.request(ticket))
	if err != nil {
		p.t.Fatal(err)
	}
	p.id, p.token = e.Device, e.AccessToken
	p.take(e.Synced)
}

// take keeps what the server told, as a wallet does.
func (p *phone) take(s issuing.Synced) {
	p.t.Helper()
	p.alias, p.generation = s.Alias, s.Generation
	if s.Seed != nil {
		p.seed = p.open(*s.Seed)
	}
}

func (p *phone) held() issuing.Held { return issuing.Held{Alias: p.alias, Generation: p.generation} }

// sync asks, and keeps the answer.
func (p *phone) sync(s *issuing.Service) issuing.Synced {
	p.t.Helper()
	answer, err := s.Sync(p.t.Context(), p.id, p.held())
	if err != nil {
		p.t.Fatal(err)
	}
	p.take(answer)
	return answer
}

// open unseals a seed for this device and the generation that it was told.
func (p *phone) open(s issuing.Sealed) paycode.Seed {
	p.t.Helper()
	enc, err1 := base64.RawURLEncoding.DecodeString(s.Enc)
	ciphertext, err2 := base64.RawURLEncoding.DecodeString(s.Ciphertext)
	key, err3 := hpke.NewDHKEMPrivateKey(p.unseal)
	if err := errors.Join(err1, err2, err3); err != nil {
		p.t.Fatal(err)
	}
	r, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("paycode/seed/v1"))
	if err != nil {
		p.t.Fatal(err)
	}
	seed, err := r.Open(binary.BigEndian.AppendUint32(p.id[:], uint32(p.generation)), ciphertext)
	if err != nil {
		p.t.Fatal(err)
	}
	return paycode.Seed(seed)
}

// proof is a DPoP proof (RFC 9449, section 4.2) made at now, with claims replaced by other.
func (p *phone) proof(now time.Time, method, url string, other map[string]any) string {
	p.t.Helper()
	ath := sha256.Sum256([]byte(p.token))
	claims := map[string]any{
		"jti": rand.Text(), "htm": method, "htu": url, "iat": now.Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(ath[:]),
	}
	maps.Copy(claims, other)
	head := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": p.publicKey()}
	text := segment(p.t, head) + "." + segment(p.t, claims)
	hash := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.sign, hash[:])
	if err != nil {
		p.t.Fatal(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature[:])
}

func segment(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}
