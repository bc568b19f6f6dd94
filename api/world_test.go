package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/webhook"
)

// world is a real server on a real database, and those who call it.
type world struct {
	t      *testing.T
	url    string
	server *server.Server
	op     string // the operator's key
	clock  *clock
	log    *record
	config server.Config
	tills  int    // that speak Alipay's OpenAPI
	stop   func() // stops the server and waits until it has
}

// clock is the server's, and can be moved on.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead).Truncate(time.Microsecond)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// record is a log that is written while it is read.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, server.Config{})
}

// newWorldOf is a world whose server is configured further.
func newWorldOf(t *testing.T, c server.Config) *world {
	t.Helper()
	t.Parallel() // worlds share nothing
	dir := t.TempDir()
	keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: &clock{}, log: &record{}}
	c.Database, c.Listen, c.Keys, c.Issuers, c.Passes, c.Now = "sqlite:"+filepath.Join(dir, "a.db"), "localhost:0", keys, keys, issuing.DefaultPassTerms(), w.clock.now
	c.Log = slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.Webhooks, c.Platform = webhook.Policy{Loopback: true}, identity()
	w.config = c
	w.start()
	if w.op, _, err = w.server.Access.CreateKey(t.Context(), access.ForOperator()); err != nil {
		t.Fatal(err)
	}
	return w
}

// start has a server run as configured: the first, or one after another that was stopped.
func (w *world) start() {
	t := w.t
	t.Helper()
	var err error
	if w.server, err = server.Open(t.Context(), w.config); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	t.Cleanup(w.stop)
	w.url = w.server.URL()
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any // of JSON
}

func (r reply) str(name string) string {
	s, _ := r.body[name].(string)
	return s
}

func (r reply) object(name string) map[string]any {
	m, _ := r.body[name].(map[string]any)
	return m
}

// as adds what proves who calls.
type as func(*http.Request)

func nobody(*http.Request) {}

func bearer(key string) as {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
}

// call sends a request; body is sent as it is when it is a string, as JSON otherwise, not at all when nil.
func (w *world) call(who as, method, path string, body any) reply {
	w.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	who(r)
	return w.send(r)
}

func (w *world) send(r *http.Request) reply {
	w.t.Helper()
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := reply{status: answer.StatusCode, header: answer.Header, text: string(text)}
	if strings.Contains(answer.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &out.body); err != nil {
			w.t.Fatalf("%s %s: %v in %q", r.Method, r.URL.Path, err, text)
		}
	}
	seen.note(w.t, r, out)
	return out
}

// want fails unless the status is the one expected, and the code where there is one.
func (w *world) want(r reply, status int, code ...string) reply {
	w.t.Helper()
	if r.status != status || len(code) > 0 && r.str("code") != code[0] {
		w.t.Fatalf("answered %d %s, want %d %v", r.status, r.text, status, code)
	}
	return r
}

// obj is a JSON object.
type obj = map[string]any

// newPayer makes a payer with money.
func (w *world) newPayer(externalID, name string, minor int) string {
	w.t.Helper()
	id := w.want(w.call(bearer(w.op), "POST", "/v1/payers", obj{"external_id": externalID, "currency": "CNY", "name": name}), 200).str("id")
	if minor > 0 {
		w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+id+"/topups", obj{"reference": "first", "amount": minor}), 201)
	}
	return id
}

// newMerchant makes a merchant and answers its id and key.
func (w *world) newMerchant(name string) (id, key string) {
	w.t.Helper()
	id = w.want(w.call(bearer(w.op), "POST", "/v1/merchants", obj{"name": name, "currency": "CNY"}), 201).str("id")
	return id, w.want(w.call(bearer(w.op), "POST", "/v1/merchants/"+id+"/keys", nil), 201).str("key")
}

// charge is a charge's body.
func charge(orderNo, code string, minor int) obj {
	return obj{"order_no": orderNo, "code": code, "amount": minor, "currency": "CNY"}
}
