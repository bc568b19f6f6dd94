package wallet

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
)

// issuer is a server with one payer, made from docs/api.md alone.
type issuer struct {
	t *testing.T
	*httptest.Server

	mu         sync.Mutex
	now        func() time.Time
	master     paycode.MasterKey
	issuer     *pass.IssuerKey // nil: no passes
	brings     []byte          // in place of a pass
	device     ids.Device
	sign, seal jose.JSONWebKey
	token      string
	alias      paycode.Alias
	generation paycode.Generation
	proofs     map[string]bool
	syncs      []held
	enrolments int
	lose       int           // how many enrolments are carried out without an answer
	slow       time.Duration // before an online code
	refuse     string        // problem code for the device
	online     string
	events     chan string
	shop       shopPays
}

// set changes what the issuer does from now on.
func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

const ticket = "tk_0000000000000000"

func newIssuer(t *testing.T) *issuer {
	i := &issuer{
		t: t, now: time.Now, master: paycode.MasterKey{1, 2, 3}, token: "dt_secret", alias: 123456789, generation: 1,
		proofs: map[string]bool{}, online: "710123456789012345", events: make(chan string, 8),
		shop: shopPays{paid: map[string]int64{}},
	}
	device, err := ids.Parse[ids.Device]("dev_01jfja0yrcfgzrmq9f3r69q2kp")
	if err != nil {
		t.Fatal(err)
	}
	i.device = device
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/devices", i.enrol)
	mux.HandleFunc("POST /v1/device/sync", i.proved(i.sync))
	mux.HandleFunc("POST /v1/device/remove", i.proved(func(w http.ResponseWriter, r *http.Request) { i.write(w, 200, map[string]any{}) }))
	mux.HandleFunc("POST /v1/device/codes", i.proved(i.mint))
	mux.HandleFunc("POST /v1/device/pay", i.proved(i.pay))
	mux.HandleFunc("GET /v1/device/payments", i.proved(i.history))
	mux.HandleFunc("POST /v1/device/payments/{id}/{word}", i.proved(i.answerConfirmation))
	mux.HandleFunc("GET /v1/device/events", i.proved(i.stream))
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", i.now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		i.t.Error(err)
	}
}

func (i *issuer) problem(w http.ResponseWriter, status int, code string) {
	i.write(w, status, map[string]any{"status": status, "code": code, "title": code})
}

func (i *issuer) enrol(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Ticket, Kind, Name string
		PublicKey          jose.JSONWebKey `json:"public_key"`
		SealKey            jose.JSONWebKey `json:"seal_key"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Ticket != ticket || !ask.PublicKey.IsPublic() || !ask.SealKey.IsPublic() {
		i.problem(w, 422, "ticket_invalid")
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.enrolments++; i.enrolments > 1 && !sameKey(i.sign, ask.PublicKey) {
		i.problem(w, 409, "ticket_used")
		return
	}
	i.sign, i.seal = ask.PublicKey, ask.SealKey
	if i.lose > 0 {
		i.lose--
		panic(http.ErrAbortHandler)
	}
	body := i.standing()
	body["device_id"], body["access_token"], body["seed_sealed"] = i.device.String(), i.token, i.sealSeed()
	i.write(w, 201, body)
}

func sameKey(a, b jose.JSONWebKey) bool {
	return a.Key.(*ecdsa.PublicKey).Equal(b.Key.(*ecdsa.PublicKey))
}

func (i *issuer) standing() map[string]any {
	now := i.now()
	answer := map[string]any{
		"alias": fmt.Sprintf("%09d", i.alias), "generation": i.generation, "profile": paycode.DefaultProfile(), "server_time": now,
		"limits": Limits{PerPaymentMinor: 50000, PerDayMinor: 100000, CountPerDay: 20, ConfirmAboveMinor: 20000}, "sync_by": now.Add(30 * 24 * time.Hour),
	}
	if i.issuer != nil {
		answer["pass"] = i.pass(i.sign.Key)
	}
	if i.brings != nil {
		answer["pass"] = i.brings
	}
	return answer
}

func (i *issuer) seed() paycode.Seed {
	return paycode.DeriveSeed(&i.master, paycode.DeviceID(i.device), i.generation)
}

func (i *issuer) sealSeed() Sealed {
	point, err := ecdh.P256().NewPublicKey(must(i.seal.Key.(*ecdsa.PublicKey).Bytes()))
	if err != nil {
		i.t.Fatal(err)
	}
	key := must(hpke.NewDHKEMPublicKey(point))
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("paycode/seed/v1"))
	if err != nil {
		i.t.Fatal(err)
	}
	seed := i.seed()
	ciphertext := must(sender.Seal(binary.BigEndian.AppendUint32(i.device[:], uint32(i.generation)), seed[:]))
	return Sealed{base64.RawURLEncoding.EncodeToString(enc), base64.RawURLEncoding.EncodeToString(ciphertext)}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// proved lets only requests through that carry a new proof of RFC 9449 by the enrolled key.
func (i *issuer) proved(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if fault := i.checkProof(r); fault != "" {
			i.problem(w, 401, fault)
			return
		}
		i.mu.Lock()
		refuse := i.refuse
		i.mu.Unlock()
		if refuse != "" {
			i.problem(w, 403, refuse)
			return
		}
		next(w, r)
	}
}

func (i *issuer) checkProof(r *http.Request) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	jws, err := jose.ParseSignedCompact(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || r.Header.Get("Authorization") != "DPoP "+i.token {
		return "unauthorized"
	}
	head := jws.Signatures[0].Protected
	payload, err := jws.Verify(i.sign.Key)
	if err != nil || head.ExtraHeaders["typ"] != "dpop+jwt" || !sameKey(*head.JSONWebKey, i.sign) {
		return "proof_key"
	}
	var c proofClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return "proof_malformed"
	}
	ath := sha256.Sum256([]byte(i.token))
	switch {
	case c.HTM != r.Method, c.HTU != i.URL+r.URL.Path, c.ATH != base64.RawURLEncoding.EncodeToString(ath[:]):
		return "proof_mismatch"
	case i.now().Sub(time.Unix(c.IAT, 0)).Abs() > time.Minute:
		return "proof_stale"
	case i.proofs[c.JTI]:
		return "proof_replayed"
	}
	i.proofs[c.JTI] = true
	return ""
}

func (i *issuer) sync(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var h held
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil {
		i.t.Error(err)
	}
	i.syncs = append(i.syncs, h)
	i.alias++
	body := i.standing()
	if h.Generation != i.generation {
		body["seed_sealed"] = i.sealSeed()
	}
	i.write(w, 200, body)
}

func (i *issuer) mint(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	slow, online := i.slow, i.online
	i.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-r.Context().Done():
	}
	i.write(w, 200, map[string]any{"code": online, "expires_at": i.now().Add(2 * time.Minute)})
}

func (i *issuer) history(w http.ResponseWriter, r *http.Request) {
	page := map[string]any{"payments": []map[string]any{{"id": "pay_2", "status": "succeeded", "amount": 1250, "currency": "CNY"}}, "next_cursor": "a b&c"}
	if r.URL.Query().Get("cursor") == "a b&c" {
		page = map[string]any{"payments": []map[string]any{{"id": "pay_1", "status": "declined", "decline_code": "code_used"}}}
	}
	i.write(w, 200, page)
}

func (i *issuer) answerConfirmation(w http.ResponseWriter, r *http.Request) {
	status := map[string]string{"confirm": "succeeded", "reject": "declined"}[r.PathValue("word")]
	i.write(w, 200, map[string]any{"id": r.PathValue("id"), "status": status})
}

func (i *issuer) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(200)
	w.(http.Flusher).Flush()
	for {
		select {
		case e := <-i.events:
			if e == "hang up" {
				return
			}
			fmt.Fprint(w, e)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// newWallet is a wallet in a new file; enrolledWallet one that has enrolled at i.
func newWallet(t *testing.T) *Wallet { return New(filepath.Join(t.TempDir(), "wallet.json"), "") }

func enrolledWallet(t *testing.T, i *issuer) *Wallet {
	t.Helper()
	w := newWallet(t)
	if err := w.Enrol(t.Context(), i.enrolment()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (i *issuer) enrolment() Enrolment {
	return Enrolment{Link: i.URL + "/wallet/#ticket=" + ticket, Kind: Phone, Name: "Ada's phone"}
}

// verify says whether the server would take a code now.
func (i *issuer) verify(t *testing.T, code string) (paycode.Match, error) {
	t.Helper()
	p := paycode.DefaultProfile()
	c, err := p.Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	if c.Alias != i.alias {
		t.Fatalf("alias %d, want %d", c.Alias, i.alias)
	}
	return p.Match([]paycode.Seed{i.seed()}, &c, p.CounterAt(i.now()), nil)
}
