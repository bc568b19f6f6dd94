package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/paycode/paycode/demo"
	"github.com/paycode/paycode/terminal"
)

// demoCmd is everything in one process, with play money.
type demoCmd struct {
	Listen   string `default:"localhost:8474" help:"Address to listen on; with --lan only its port counts. The page of the gate is two ports behind it, on this machine alone."`
	Data     string `placeholder:"DIR" type:"path" help:"Where everything is kept; in the user's cache directory when left out."`
	LAN      bool   `name:"lan" help:"Serve HTTPS to the whole network, for a phone, with a certificate made on the spot."`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"What to log: ${enum}."`
}

// Run serves until it is interrupted. At a terminal, Enter prints fresh links:
// those that were used or are ten minutes old enrol nobody.
func (c *demoCmd) Run(ctx context.Context, s *streams) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	d, err := demo.Open(ctx, demo.Config{Listen: c.Listen, Dir: dir, LAN: c.LAN, Log: log})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "This is a demo of paycode with play money. Nothing in it is worth anything.\n这是 paycode 演示，里面没有真钱。\n\n")
	if err := introduce(ctx, s.out, d); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nEverything is kept in %s and is there again at the next start. Ctrl-C stops.\n", dir)
	if f, ok := s.in.(*os.File); ok && isTerminal(f) {
		fmt.Fprintln(s.out, "Enter prints fresh links.")
		go freshLinks(ctx, s, d)
	}
	return d.Run(ctx)
}

func (c *demoCmd) dir() (string, error) {
	if c.Data != "" {
		return c.Data, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return filepath.Abs("paycode-demo")
	}
	return filepath.Join(cache, "paycode-demo"), nil
}

// freshLinks prints the links again for each line that is typed.
func freshLinks(ctx context.Context, s *streams, d *demo.Demo) {
	lines := bufio.NewScanner(s.in)
	for lines.Scan() {
		if err := introduce(ctx, s.out, d); err != nil {
			fmt.Fprintln(s.err, "paycode:", err)
		}
	}
}

// introduce prints who takes part, and where.
func introduce(ctx context.Context, out io.Writer, d *demo.Demo) error {
	links, err := d.Links(ctx)
	if err != nil {
		return err
	}
	if d.TrustURL != "" {
		fmt.Fprintf(out, "1. On the phone, in the same network, have the certificate trusted, once: %s\n", d.TrustURL)
		if err := drawQR(out, d.TrustURL); err != nil {
			return err
		}
		fmt.Fprintf(out, "   Its fingerprint: %s\n   The certificate, for a browser on a computer: %s\n\n2. Then open the wallet:\n\n", d.CA, d.CAFile)
	}
	fmt.Fprintln(out, "Wallets (each link sets up one device, within ten minutes):")
	for i, p := range d.Cast.Payers {
		fmt.Fprintf(out, "  %s\n    %s\n", p.Name, links.Wallets[i])
	}
	fmt.Fprintf(out, "\n  %s\n", d.Cast.Payers[0].Name)
	if err := drawQR(out, links.Wallets[0]); err != nil {
		return err
	}
	if d.TrustURL == "" {
		fmt.Fprintln(out, "  A phone can open it after a start with --lan.")
	}
	fmt.Fprintf(out, "\nCashier of %s:\n    %s\n\nA gate, for a browser on this machine; wallets show it their Ride page:\n    %s\n\nDocumentation of the API:\n    %s\n",
		d.Cast.Shop, links.Cashier, links.Gate, links.Docs)
	return nil
}

func drawQR(out io.Writer, text string) error {
	drawing, err := terminal.QR(text, inkFor(out))
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, drawing)
	return err
}
