// Package demo is a whole paycode in one process, for trying it out with play
// money: the server with an embedded database, three payers who have money, a
// merchant, a gate that runs, and with LAN the certificate that a phone needs. It starts
// again on the same data.
package demo

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
)

// Config says where and how.
type Config struct {
	Listen string // address, such as localhost:8474; with LAN only its port counts
	Dir    string // where everything is kept; made if absent
	LAN    bool   // serve HTTPS to the whole network, and a plain page that explains how to trust it
	Log    *slog.Logger
}

// Demo is a demo that is about to run.
type Demo struct {
	Server   *server.Server
	Cast     Cast
	BaseURL  string // how the pages are reached: from this machine, or with LAN from the network
	TrustURL string // of the page that explains how to trust BaseURL; empty without LAN
	CA       string // fingerprint of the certificate authority; empty without LAN
	CAFile   string // where its certificate is

	gate      *turnstile
	authority *authority // nil without LAN
	trust     *trustServer
}

// Open makes what is absent in the directory, seeds the books, and begins to
// listen. Close when Run is never called.
func Open(ctx context.Context, c Config) (*Demo, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	keys, err := masterKey(filepath.Join(c.Dir, "master.key"))
	if err != nil {
		return nil, err
	}
	d := &Demo{}
	config := server.Config{Database: "sqlite:" + filepath.Join(c.Dir, "demo.db"), Listen: c.Listen, Keys: keys, Issuers: keys, Passes: issuing.DefaultPassTerms(), Log: c.Log}
	if c.LAN {
		if err := d.openToNetwork(c, &config); err != nil {
			return nil, err
		}
	}
	if d.Server, err = server.Open(ctx, config); err != nil {
		return nil, errors.Join(err, d.trust.close())
	}
	if !c.LAN {
		d.BaseURL = d.Server.URL()
	}
	if d.Cast, err = seed(ctx, d.Server, c.Dir); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if d.gate, err = newTurnstile(c, d.Cast, d.Server.URL(), d.authority); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// masterKey is the one in the file, which is made at the first start.
func masterKey(path string) (*issuing.Keyring, error) {
	file := issuing.KeyFile{Path: path}
	keys, err := file.Load()
	if errors.Is(err, fs.ErrNotExist) {
		return file.Generate(rand.Reader)
	}
	return keys, err
}

// openToNetwork has the server listen on all interfaces, with a certificate for
// the names that this machine goes by now.
func (d *Demo) openToNetwork(c Config, config *server.Config) error {
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("demo: listen: %w", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || number == 65535 {
		return fmt.Errorf("demo: listen: port %s: with --lan it and the next one are used", port)
	}
	here, err := findNames()
	if err != nil {
		return err
	}
	if d.authority, err = loadAuthority(c.Dir); err != nil {
		return err
	}
	leaf, err := d.authority.issue(here)
	if err != nil {
		return err
	}
	config.Listen = ":" + port
	config.TLS = &tls.Config{Certificates: []tls.Certificate{leaf}}
	d.BaseURL = "https://" + net.JoinHostPort(here.best(), port)
	d.TrustURL = fmt.Sprintf("http://%s/", net.JoinHostPort(here.best(), strconv.Itoa(int(number)+1)))
	d.CA, d.CAFile = d.authority.fingerprint(), filepath.Join(c.Dir, authorityFile)
	d.trust, err = newTrustServer(fmt.Sprintf(":%d", number+1), d.authority, here, port)
	return err
}

// Run serves until ctx ends, or one of the parts fails.
func (d *Demo) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	parts := []func(context.Context) error{d.Server.Run, d.gate.run}
	if d.trust != nil {
		parts = append(parts, d.trust.run) // without this page nobody can get in
	}
	ended := make(chan error, len(parts))
	for _, run := range parts {
		go func() {
			ended <- run(ctx)
			stop()
		}()
	}
	var err error
	for range parts {
		err = errors.Join(err, <-ended)
	}
	return err
}

// Close lets go of everything.
func (d *Demo) Close() error { return errors.Join(d.Server.Close(), d.gate.close(), d.trust.close()) }
