package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
)

// running is a server on a database in dir, and how to stop it.
func running(t *testing.T, dir string, c server.Config) (*server.Server, func() error) {
	t.Helper()
	file := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}
	keys, err := file.Generate(rand.Reader)
	if errors.Is(err, issuing.ErrKeyFileExists) {
		keys, err = file.Load()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Database, c.Listen, c.Keys, c.Log = "sqlite:"+filepath.Join(dir, "a.db"), "localhost:0", keys, slog.New(slog.DiscardHandler)
	s, err := server.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop := func() error { cancel(); return <-ended }
	t.Cleanup(func() { cancel() })
	return s, stop
}

func operatorOf(t *testing.T, s *server.Server) client.Client {
	t.Helper()
	key, _, err := s.Access.CreateKey(t.Context(), access.ForOperator())
	if err != nil {
		t.Fatal(err)
	}
	return client.Client{Server: s.URL(), Authorize: client.Bearer(key)}
}

// TestStopFinishesWhatItAccepted: a request whose head has arrived is answered,
// what it did is kept, and nothing new is accepted.
func TestStopFinishesWhatItAccepted(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir, server.Config{})
	key, _, err := s.Access.CreateKey(t.Context(), access.ForOperator())
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(s.URL(), "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := `{"external_id":"u-1","currency":"CNY"}`
	fmt.Fprintf(c, "POST /v1/payers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", key, len(body), body[:10])
	time.Sleep(100 * time.Millisecond) // until the head has been read
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for range 200 { // until the door is closed
		late, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		late.Close()
		time.Sleep(10 * time.Millisecond)
	}
	if late, err := net.Dial("tcp", address); err == nil {
		late.Close()
		t.Error("a server that stops accepts connections")
	}
	io.WriteString(c, body[10:])
	answer, _ := io.ReadAll(c)
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 ")) || !bytes.Contains(answer, []byte(`"external_id":"u-1"`)) {
		t.Errorf("the request that was accepted answered %q", answer)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}

	s, stop = running(t, dir, server.Config{})
	op := operatorOf(t, s)
	var again struct{ ID string }
	if err := op.Call(t.Context(), "POST", "/v1/payers", map[string]string{"external_id": "u-1", "currency": "CNY"}, &again); err != nil || !bytes.Contains(answer, []byte(again.ID)) {
		t.Errorf("after a restart the payer is %q, %v", again.ID, err)
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// TestStopRelaysWhatWasCommitted: no credit waits in the outbox after a clean stop.
func TestStopRelaysWhatWasCommitted(t *testing.T) {
	dir := t.TempDir()
	s, stop := running(t, dir, server.Config{})
	op := operatorOf(t, s)
	var payer struct{ ID string }
	if err := op.Call(t.Context(), "POST", "/v1/payers", map[string]string{"external_id": "u-1", "currency": "CNY"}, &payer); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := op.Call(t.Context(), "POST", "/v1/payers/"+payer.ID+"/topups", map[string]any{"reference": fmt.Sprint(i), "amount": 5}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	db, err := server.OpenStore(t.Context(), "sqlite:"+filepath.Join(dir, "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	waiting, err := db.WaitingEvents(t.Context(), 0, [16]byte{}, 100)
	if err != nil || len(waiting) > 0 {
		t.Errorf("%d events wait, %v", len(waiting), err)
	}
	if report, err := db.Audit(t.Context()); err != nil || !report.Balanced || report.Postings != 40 {
		t.Errorf("audit: %+v, %v", report, err)
	}
}

func TestReadyUntilItStops(t *testing.T) {
	s, stop := running(t, t.TempDir(), server.Config{})
	ask := func() int {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code
	}
	if got := ask(); got != 200 {
		t.Errorf("ready: %d", got)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != 503 {
		t.Errorf("ready after the stop: %d", got)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}

func TestTLS(t *testing.T) {
	certificate, pool := selfSigned(t)
	s, stop := running(t, t.TempDir(), server.Config{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	if !strings.HasPrefix(s.URL(), "https://localhost:") {
		t.Fatalf("url = %s", s.URL())
	}
	op := operatorOf(t, s)
	op.HTTP = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	var payer struct{ ID string }
	if err := op.Call(t.Context(), "POST", "/v1/payers", map[string]string{"external_id": "u-1", "currency": "CNY"}, &payer); err != nil {
		t.Fatal(err)
	}
	var ticket struct {
		URL string `json:"enrol_url"`
	}
	if err := op.Call(t.Context(), "POST", "/v1/payers/"+payer.ID+"/tickets", nil, &ticket); err != nil || !strings.HasPrefix(ticket.URL, s.URL()+"/wallet/#ticket=") {
		t.Errorf("ticket: %v", err)
	}
	old := &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}
	if c, err := tls.Dial("tcp", strings.TrimPrefix(s.URL(), "https://"), old); err == nil {
		c.Close()
		t.Error("TLS 1.1 was accepted")
	}
	op.HTTP.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestOpenRefuses(t *testing.T) {
	keys, err := issuing.KeyFile{Path: filepath.Join(t.TempDir(), "k")}.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []server.Config{
		{Database: "postgres://x", Listen: "localhost:0"},
		{Database: "sqlite:", Listen: "localhost:0"},
		{Database: "sqlite:" + filepath.Join(t.TempDir(), "nowhere", "a.db"), Listen: "localhost:0"},
		{Database: "sqlite:" + filepath.Join(t.TempDir(), "a.db"), Listen: "nonsense"},
	} {
		c.Keys, c.Log = keys, slog.New(slog.DiscardHandler)
		if s, err := server.Open(t.Context(), c); err == nil {
			s.Close()
			t.Errorf("%s on %s was opened", c.Database, c.Listen)
		}
	}
}

// TestMetrics: what an operator's alarms look at is there.
func TestMetrics(t *testing.T) {
	s, stop := running(t, t.TempDir(), server.Config{})
	op := operatorOf(t, s)
	var merchant struct{ ID string }
	var key struct{ Key string }
	for _, err := range []error{
		op.Call(t.Context(), "POST", "/v1/merchants", map[string]string{"name": "Shop", "currency": "CNY"}, &merchant),
		op.Call(t.Context(), "POST", "/v1/merchants/"+merchant.ID+"/keys", nil, &key),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	till := client.Client{Server: s.URL(), Authorize: client.Bearer(key.Key)}
	if err := till.Call(t.Context(), "POST", "/v1/payments", map[string]any{"order_no": "1", "code": "nonsense", "amount": 1, "currency": "CNY"}, nil); err != nil {
		t.Fatal(err)
	}
	for range 500 { // until the event has been relayed
		if waiting, err := s.DB.WaitingEvents(t.Context(), 0, [16]byte{}, 1); err != nil || len(waiting) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	answer, err := http.Get(s.URL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`paycode_payments_total{decline="code_malformed",method="",status="declined"} 1`,
		`paycode_batch_size_count{step="decide"} 1`, `paycode_batch_size_count{step="claim"} 0`, `paycode_batch_seconds_count{step="decide"} 1`,
		`paycode_http_request_seconds_count{route="POST /v1/payments",status="2xx"} 1`, `paycode_charge_seconds_count 1`,
		`paycode_events_total{kind="payment.declined"} 1`, "paycode_relay_lag_seconds ", "paycode_streams 0", "go_goroutines ",
		`paycode_batch_errors_total{step="claim"} 0`, "paycode_webhook_lag_seconds 0", `paycode_webhook_attempts_total{state="failed"} 0`,
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	if bytes.Contains(text, []byte(merchant.ID)) {
		t.Error("the figures name a merchant")
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := stop(); err != nil {
		t.Error(err)
	}
}
