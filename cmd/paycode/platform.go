package main

import (
	"crypto/rand"
	"fmt"
	"os"

	"github.com/paycode/paycode/platform"
)

// platformKeyCmd makes the key that signs answers to tills of other systems.
type platformKeyCmd struct {
	File string `arg:"" type:"path" help:"A file that is not there yet."`
}

// Run makes the file and never replaces one: clients that have the public key
// would believe no answer any more.
func (c *platformKeyCmd) Run(s *streams) error {
	text, err := platform.NewKey(rand.Reader)
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

// platform is who the server is to tills of other systems, nil where it answers none.
func (c *serveCmd) platform() (*platform.Identity, error) {
	if c.PlatformKey == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.PlatformKey)
	if err != nil {
		return nil, err
	}
	return platform.Parse(text)
}
