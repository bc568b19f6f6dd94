package gate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/gate/journal"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// issuer is a server with one gate, made from docs/api.md alone.
type issuer struct {
	t *testing.T
	*httptest.Server
	gate ids.Gate
	keys []pass.IssuerKey

	mu     sync.Mutex
	down   bool          // nobody answers
	lose   int           // so many uploads are taken and not answered
	refuse string        // problem code for everything
	skew   time.Duration // of the server's clock
	change func(*Config) // of what the configuration says
	deltas []pass.DenyDelta
	signer pass.IssuerKey // of the deny list
	taps   map[uint64]upTap
	order  []uint64 // in which taps were seen for the first time
	reject map[uint64]bool
}

const gateKey = "gk_test"

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t, keys: []pass.IssuerKey{issuerKey(t, 1), issuerKey(t, 2)}, taps: map[uint64]upTap{}, reject: map[uint64]bool{}}
	i.gate = ids.New[ids.Gate](ids.Maker{Random: rand.Reader, Buckets: 1}, time.Now(), 0)
	i.signer = i.keys[0]
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/gate/config", i.config)
	mux.HandleFunc("GET /v1/gate/denylist", i.denylist)
	mux.HandleFunc("POST /v1/gate/taps", i.take)
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		switch {
		case i.down:
			panic(http.ErrAbortHandler)
		case i.refuse != "" || r.Header.Get("Authorization") != "Bearer "+gateKey:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			json.NewEncoder(w).Encode(map[string]any{"code": max(i.refuse, "unauthorized"), "title": "No"})
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.Close)
	return i
}

// set changes what the issuer does from now on.
func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) write(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

func (i *issuer) config(w http.ResponseWriter, _ *http.Request) {
	c := Config{Kind: journal.Ride, ServerTime: time.Now().Add(i.skew), PassbackSeconds: 60, Fare: &money.Amount{Minor: 200, Currency: "CNY"}}
	c.Gate.ID, c.Gate.Name, c.Gate.Line, c.Gate.Station = i.gate, "Gate 1", "Line 1", "Central Square"
	for _, k := range i.keys {
		c.IssuerKeys = append(c.IssuerKeys, k.Public())
	}
	c.NextSeq = i.lastSeq() + 1
	if i.change != nil {
		i.change(&c)
	}
	i.write(w, c)
}

// lastSeq is the highest number that it has a tap of.
func (i *issuer) lastSeq() (last uint64) {
	for seq := range i.taps {
		last = max(last, seq)
	}
	return last
}

func (i *issuer) denylist(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseUint(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		i.t.Error(err)
	}
	answer := denyAnswer{Since: since}
	for _, d := range i.deltas {
		answer.Until = max(answer.Until, min(d.Until, since))
		if d.Since == since {
			if answer.Delta, err = pass.SignDenyDelta(i.signer, d); err != nil {
				i.t.Error(err)
			}
			answer.Until = d.Until
			break
		}
	}
	i.write(w, answer)
}

func (i *issuer) take(w http.ResponseWriter, r *http.Request) {
	var body struct{ Taps []upTap }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		i.t.Error(err)
	}
	if after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64); err != nil || after > i.lastSeq() {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		json.NewEncoder(w).Encode(map[string]any{"code": tapsForgotten, "title": "Gone"})
		return
	}
	var answer struct {
		Taps []tapAnswer `json:"taps"`
	}
	for _, t := range body.Taps {
		a := tapAnswer{Seq: t.Seq, Result: "accepted"}
		switch known, ok := i.taps[t.Seq]; {
		case i.reject[t.Seq]:
			a = tapAnswer{t.Seq, "rejected", "forged"}
		case ok && slices.Equal(known.Presentation, t.Presentation):
			a.Result = "duplicate"
		case ok:
			a = tapAnswer{t.Seq, "rejected", "seq_conflict"}
			i.t.Errorf("number %d means two taps", t.Seq)
		default:
			i.taps[t.Seq] = t
			i.order = append(i.order, t.Seq)
		}
		answer.Taps = append(answer.Taps, a)
	}
	if i.lose > 0 {
		i.lose--
		panic(http.ErrAbortHandler)
	}
	i.write(w, answer)
}

// deny puts passes on the list, or takes them off.
func (i *issuer) deny(add, remove []rider) {
	i.set(func() {
		d := pass.DenyDelta{Since: uint64(len(i.deltas)), Until: uint64(len(i.deltas)) + 1}
		for _, r := range add {
			d.Add = append(d.Add, r.id)
		}
		for _, r := range remove {
			d.Remove = append(d.Remove, r.id)
		}
		i.deltas = append(i.deltas, d)
	})
}

// enrolled is a gate of this issuer, open.
func (i *issuer) enrolled() *Gate {
	i.t.Helper()
	dir := i.t.TempDir()
	if err := Enrol(i.t.Context(), Enrolment{Dir: dir, Server: i.URL, Key: gateKey}); err != nil {
		i.t.Fatal(err)
	}
	return open(i.t, dir)
}

func open(t *testing.T, dir string) *Gate {
	t.Helper()
	g, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	g.Log = slog.New(slog.DiscardHandler)
	t.Cleanup(func() { g.Close() })
	return g
}

// again is the gate after its process has ended and was started again.
func again(t *testing.T, g *Gate) *Gate {
	t.Helper()
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, g.dir)
}

func issuerKey(t *testing.T, id uint32) pass.IssuerKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pass.IssuerKey{ID: id, Private: key}
}

// rider is a device with a pass.
type rider struct {
	t      *testing.T
	id     [8]byte
	device *ecdsa.PrivateKey
	pass   []byte
}

// rider makes a pass of an issuer key, with whatever change makes of it.
func (i *issuer) rider(key pass.IssuerKey, change func(*pass.Pass)) rider {
	i.t.Helper()
	device, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	now := time.Now()
	p := pass.Pass{
		Alias: 123456789, NotBefore: now.Add(-time.Hour), Expires: now.Add(7 * 24 * time.Hour), DeviceKey: &device.PublicKey,
		Fund: "balance", CapMinor: 1000, Currency: "CNY", Product: "ride",
	}
	rand.Read(p.ID[:])
	if change != nil {
		change(&p)
	}
	issued, err := pass.Issue(key, p)
	if err != nil {
		i.t.Fatal(err)
	}
	return rider{i.t, p.ID, device, issued}
}

// shows is the text of a presentation.
func (r rider) shows(at time.Time) string { return r.presents(r.device, at) }

// presents is shows with a signature by whatever device.
func (r rider) presents(device *ecdsa.PrivateKey, at time.Time) string {
	r.t.Helper()
	var nonce [4]byte
	rand.Read(nonce[:])
	p, err := pass.Present(pretender{r.device, device}, r.pass, at, nonce, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return pass.Text(p)
}

// pretender claims to be a device and signs with the key of another.
type pretender struct {
	claims *ecdsa.PrivateKey
	*ecdsa.PrivateKey
}

// Public implements crypto.Signer.
func (p pretender) Public() crypto.PublicKey { return p.claims.Public() }
