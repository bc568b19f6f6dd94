package api_test

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
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// phone is a device written only from the contract.
type phone struct {
	t          *testing.T
	id, token  string
	sign       *ecdsa.PrivateKey
	seal       *ecdh.PrivateKey
	alias      paycode.Alias
	generation uint32
	seed       paycode.Seed
	nonce      paycode.Nonce
	clock      *clock
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func jwk(k *ecdsa.PublicKey) obj {
	point, _ := k.Bytes()
	return obj{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
}

func sealJWK(k *ecdh.PublicKey) obj {
	return obj{"kty": "EC", "crv": "P-256", "x": b64(k.Bytes()[1:33]), "y": b64(k.Bytes()[33:])}
}

func newPhone(w *world) *phone {
	sign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	seal, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return &phone{t: w.t, sign: sign, seal: seal, clock: w.clock}
}

func (p *phone) enrolment(ticket string) obj {
	return obj{"ticket": ticket, "kind": "phone", "name": "phone", "public_key": jwk(&p.sign.PublicKey), "seal_key": sealJWK(p.seal.PublicKey())}
}

// enrolled is a phone of the payer.
func enrolled(w *world, payer string) *phone {
	w.t.Helper()
	p := newPhone(w)
	ticket := w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/tickets", nil), 201).str("ticket")
	r := w.want(w.call(nobody, "POST", "/v1/devices", p.enrolment(ticket)), 201)
	p.id, p.token = r.str("device_id"), r.str("access_token")
	p.take(r)
	return p
}

// take keeps what an enrolment or a sync says.
func (p *phone) take(r reply) {
	p.t.Helper()
	alias, err := strconv.ParseUint(r.str("alias"), 10, 64)
	if err != nil || len(r.str("alias")) != paycode.DefaultProfile().AliasDigits {
		p.t.Fatalf("alias %q", r.str("alias"))
	}
	p.alias, p.nonce = paycode.Alias(alias), 0
	sealed := r.object("seed_sealed")
	if sealed == nil {
		return
	}
	p.generation = uint32(sealed["generation"].(float64))
	enc, _ := base64.RawURLEncoding.DecodeString(sealed["enc"].(string))
	ciphertext, _ := base64.RawURLEncoding.DecodeString(sealed["ciphertext"].(string))
	key, err := hpke.NewDHKEMPrivateKey(p.seal)
	if err != nil {
		p.t.Fatal(err)
	}
	to, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("paycode/seed/v1"))
	if err != nil {
		p.t.Fatal(err)
	}
	id, err := ids.Parse[ids.Device](p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	seed, err := to.Open(binary.BigEndian.AppendUint32(id[:], p.generation), ciphertext)
	if err != nil {
		p.t.Fatal(err)
	}
	p.seed = paycode.Seed(seed)
}

// as signs a request with a new proof.
func (p *phone) as(r *http.Request) {
	r.Header.Set("Authorization", "DPoP "+p.token)
	r.Header.Set("DPoP", p.proof(r.Method, "http://"+r.URL.Host+r.URL.Path, rand.Text(), p.clock.now()))
}

func (p *phone) proof(method, url, jti string, at time.Time) string {
	ath := sha256.Sum256([]byte(p.token))
	head, _ := json.Marshal(obj{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(&p.sign.PublicKey)})
	body, _ := json.Marshal(obj{"jti": jti, "htm": method, "htu": url, "iat": at.Unix(), "ath": b64(ath[:])})
	text := b64(head) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.sign, sum[:])
	if err != nil {
		p.t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + b64(signature)
}

// slot is one that was not shown before, in this window.
func (p *phone) slot() paycode.Slot {
	s := paycode.Slot{Counter: paycode.DefaultProfile().CounterAt(p.clock.now()), Nonce: p.nonce}
	p.nonce++
	return s
}

// digits and text make a code without network.
func (p *phone) digits() string {
	return paycode.DefaultProfile().NewDigits(&p.seed, p.alias, p.slot())
}

func (p *phone) text() string {
	return paycode.DefaultProfile().NewText(&p.seed, p.alias, p.slot())
}
