package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/server"
)

// keyCmd makes and takes back keys.
type keyCmd struct {
	Operator operatorKeyCmd `cmd:"" help:"Make another operator key and print it."`
	Revoke   revokeKeyCmd   `cmd:"" help:"Revoke an operator key."`
	Add      addKeyCmd      `cmd:"" help:"Add a master key that waits to be used; restart every server with the file afterwards."`
	Use      useKeyCmd      `cmd:"" help:"Use the newest master key, which every server has by now; restart them afterwards."`
	Retire   retireKeyCmd   `cmd:"" help:"Remove a master key that no device needs any more."`
	Seal     sealKeysCmd    `cmd:"" help:"Seal the master key file with a passphrase, or with another one."`
	List     listKeysCmd    `cmd:"" help:"List the ids of the master keys."`
	Platform platformKeyCmd `cmd:"" help:"Make the key that signs answers to tills that speak Alipay's OpenAPI or WeChat Pay's version 3."`
}

type operatorKeyCmd struct{ databaseFlag }

// Run prints the new key alone.
func (c *operatorKeyCmd) Run(ctx context.Context, s *streams) error {
	db, err := server.OpenStore(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	return printKey(ctx, s, accessOf(db))
}

type revokeKeyCmd struct {
	databaseFlag
	Head string `arg:"" help:"The first 8 characters of the key."`
}

// Run revokes the key that begins so.
func (c *revokeKeyCmd) Run(ctx context.Context, s *streams) error {
	db, err := server.OpenStore(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	return accessOf(db).RevokeKey(ctx, access.ForOperator(), c.Head)
}

type addKeyCmd struct{ keyFlags }

// Run adds a key to the file.
func (c *addKeyCmd) Run(s *streams) error {
	file, err := c.keyFlags.file()
	if err != nil {
		return err
	}
	ring, err := file.AddKey(rand.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, ring)
	fmt.Fprintln(s.err, "restart every server with this file, then: paycode admin key use")
	return nil
}

type useKeyCmd struct{ keyFlags }

// Run makes the newest key of the file the active one.
func (c *useKeyCmd) Run(s *streams) error {
	file, err := c.keyFlags.file()
	if err != nil {
		return err
	}
	ring, err := file.UseKey()
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, ring)
	fmt.Fprintln(s.err, "restart every server with this file; devices move on to the new key as they sync")
	return nil
}

type retireKeyCmd struct {
	databaseFlag
	keyFlags
	ID uint32 `arg:"" help:"Id of the master key to remove for good."`
}

// Run removes a key from the file, unless a device still needs it.
func (c *retireKeyCmd) Run(ctx context.Context, s *streams) error {
	file, err := c.keyFlags.file()
	if err != nil {
		return err
	}
	db, err := server.OpenStore(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	ring, err := file.RetireKey(ctx, c.ID, db, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, ring)
	return nil
}

type sealKeysCmd struct {
	keyFlags
	NewPassphraseFile string `required:"" placeholder:"FILE" type:"path" help:"Holds the passphrase to seal the file with."`
}

// Run seals the file anew. Whatever held the old one, such as a backup, still does.
func (c *sealKeysCmd) Run(s *streams) error {
	file, err := c.keyFlags.file()
	if err != nil {
		return err
	}
	passphrase, err := readPassphrase(c.NewPassphraseFile)
	if err != nil {
		return err
	}
	if _, err := file.Reseal(passphrase); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s is sealed: start servers with --passphrase-file, and delete copies of the file as it was\n", file)
	return nil
}

type listKeysCmd struct{ keyFlags }

// Run prints the ids of the keys, and nothing of the keys.
func (c *listKeysCmd) Run(s *streams) error {
	file, err := c.keyFlags.file()
	if err != nil {
		return err
	}
	ring, err := file.Load()
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, ring)
	return nil
}
