package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-isatty"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/terminal"
)

// trustFlag is for servers whose certificate no public authority has signed,
// such as that of paycode demo --lan.
type trustFlag struct {
	CA string `name:"ca" placeholder:"FILE" type:"path" help:"Trust the certificate authority in this PEM file as well."`
}

// http is a client that trusts it, or the usual one.
func (f trustFlag) http() (*http.Client, error) {
	c := client.Default()
	if f.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca: %s holds no certificate", f.CA)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	c.Transport = t
	return c, nil
}

// isTerminal says whether a person sees what is written to w as it is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// inkFor is how to draw symbols on w.
func inkFor(w io.Writer) terminal.Ink { return terminal.Ink(isTerminal(w)) }

// printJSON writes v for programs to read.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// parseAmount reads an amount as people write it, such as 12.50 or 12, into
// minor units of the currency.
func parseAmount(text, currency string) (money.Amount, error) {
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return money.Amount{}, err
	}
	whole, part, dotted := strings.Cut(text, ".")
	if len(part) > c.Exponent() || dotted && part == "" {
		return money.Amount{}, fmt.Errorf("amount: %s has %d decimals", c, c.Exponent())
	}
	digits := whole + part + strings.Repeat("0", c.Exponent()-len(part))
	minor, err := strconv.ParseUint(digits, 10, 62)
	if err != nil || whole == "" || minor == 0 || int64(minor) > money.MaxMinor {
		return money.Amount{}, errors.New("amount: must be a number above 0, such as 12.50")
	}
	return money.Amount{Minor: int64(minor), Currency: c}, nil
}
