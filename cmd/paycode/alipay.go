package main

import (
	"crypto/rsa"
	"fmt"
	"os"

	"github.com/paycode/paycode/api/alipay"
)

// alipayKeyCmd makes the key of the gateway for Alipay's clients.
type alipayKeyCmd struct {
	File string `arg:"" type:"path" help:"A file that is not there yet."`
}

// Run makes the file and never replaces one: clients that have the public key
// would believe no answer any more.
func (c *alipayKeyCmd) Run(s *streams) error {
	text, err := alipay.NewKey()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s made: give it to every server, and keep a copy\n", c.File)
	return f.Close()
}

// alipay is the key of the gateway, nil where there is none.
func (c *serveCmd) alipay() (*rsa.PrivateKey, error) {
	if c.AlipayKey == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.AlipayKey)
	if err != nil {
		return nil, err
	}
	return alipay.ParseKey(text)
}
