package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/gate"
	"github.com/paycode/paycode/web"
)

// turnstile is the demo's gate: a party of its own that happens to live in this
// process. It reaches the server by HTTP as any gate does, and its page is for
// this machine alone.
type turnstile struct {
	enrolment gate.Enrolment
	listener  net.Listener
	pages     http.Handler
	log       *slog.Logger
}

// gatePorts is how far behind the server's port that of the gate's page is; the
// one between is for the page about the certificate.
const gatePorts = 2

// newTurnstile listens for the gate's page. server is how the gate reaches the
// server; authority, with LAN, is whom it trusts there.
func newTurnstile(c Config, cast Cast, server string, authority *authority) (*turnstile, error) {
	t := &turnstile{log: c.Log, enrolment: gate.Enrolment{
		// Named by its id: the directory is this gate's, or no gate's yet.
		Dir: filepath.Join(c.Dir, cast.GateID.String()), Server: server, Key: cast.Gate, HTTP: client.Default(),
	}}
	if authority != nil {
		roots := x509.NewCertPool()
		roots.AddCert(authority.cert)
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		t.enrolment.HTTP.Transport = transport
	}
	listen, err := besideOf(c.Listen)
	if err != nil {
		return nil, err
	}
	if t.pages, err = web.Gate(http.NotFound); err != nil {
		return nil, err
	}
	if t.listener, err = net.Listen("tcp", listen); err != nil {
		return nil, fmt.Errorf("demo: the gate's page: %w", err)
	}
	return t, nil
}

// besideOf is where the gate's page is when the server listens there.
func besideOf(listen string) (string, error) {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("demo: listen: %w", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number > 65535-gatePorts {
		return "", fmt.Errorf("demo: listen: port %s: the gate's page is %d behind it", port, gatePorts)
	}
	if number != 0 {
		number += gatePorts
	}
	return net.JoinHostPort("localhost", strconv.FormatUint(number, 10)), nil
}

// url is of the gate's page. A browser gives a camera to localhost without a certificate.
func (t *turnstile) url() string {
	_, port, _ := net.SplitHostPort(t.listener.Addr().String())
	return "http://localhost:" + port + "/gate/"
}

// run enrols the gate, which at later starts takes what is new, and lets people
// through until ctx ends.
func (t *turnstile) run(ctx context.Context) error {
	defer t.listener.Close()
	if err := gate.Enrol(ctx, t.enrolment); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("demo: %w", err)
	}
	g, err := gate.Open(t.enrolment.Dir)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	g.HTTP, g.Log = t.enrolment.HTTP, t.log
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { g.Run(ctx) })
	err = g.Serve(ctx, t.listener, t.pages)
	stop()
	background.Wait()
	return errors.Join(err, g.Close())
}

func (t *turnstile) close() error {
	if t == nil {
		return nil
	}
	return t.listener.Close()
}
