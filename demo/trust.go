package demo

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"strings"
	"time"
)

// trustServer serves one page over plain HTTP: how to make a phone trust the
// certificate, without which it gives a page neither keys nor camera.
type trustServer struct {
	listener net.Listener
	http     *http.Server
}

//go:embed trust.html
var trustHTML string

//go:embed trust.css
var trustCSS string

const certificatePath = "/paycode-demo.crt"

// view is what the page shows.
type view struct {
	CSS         template.CSS
	Chinese     bool
	Phone       string // iphone, android or neither, as the browser says
	Certificate string // path
	Fingerprint string
	Name        string // of the authority, as the phone will list it
	WalletURL   string
}

// newTrustServer listens at listen; port is where the pages themselves are.
func newTrustServer(listen string, a *authority, n names, port string) (*trustServer, error) {
	page, err := template.New("trust").Parse(trustHTML)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+certificatePath, func(w http.ResponseWriter, r *http.Request) {
		// With this type an iPhone takes it for a profile, and Android for a certificate.
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		w.Header().Set("Content-Disposition", `attachment; filename="paycode-demo.crt"`)
		w.Write(a.pem())
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err := page.Execute(w, view{
			CSS: template.CSS(trustCSS), Chinese: wantsChinese(r), Phone: phoneOf(r.UserAgent()),
			Certificate: certificatePath, Fingerprint: a.fingerprint(), Name: a.cert.Subject.CommonName,
			WalletURL: "https://" + net.JoinHostPort(hostAsked(r, n), port) + "/wallet/",
		})
		if err != nil {
			panic(http.ErrAbortHandler) // the phone went away
		}
	})
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return &trustServer{listener, &http.Server{
		Handler: guarded(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}}, nil
}

// guarded has browsers refuse whatever is not part of the page.
func guarded(next http.Handler) http.Handler {
	sum := sha256.Sum256([]byte(trustCSS))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (t *trustServer) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { t.http.Close() })
	defer stop()
	if err := t.http.Serve(t.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

func (t *trustServer) close() error {
	if t == nil {
		return nil
	}
	return t.listener.Close()
}

// hostAsked is the name by which the phone has reached us, if it is one of ours:
// what a request claims may not lead anybody elsewhere.
func hostAsked(r *http.Request, n names) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil || !n.has(host) {
		return n.best()
	}
	return host
}

func wantsChinese(r *http.Request) bool {
	switch r.URL.Query().Get("lang") {
	case "zh":
		return true
	case "en":
		return false
	}
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh")
}

// phoneOf guesses which steps to open.
func phoneOf(userAgent string) string {
	switch {
	case strings.Contains(userAgent, "iPhone"), strings.Contains(userAgent, "iPad"):
		return "iphone"
	case strings.Contains(userAgent, "Android"):
		return "android"
	}
	return ""
}
