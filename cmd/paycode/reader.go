package main

import (
	"context"
	"errors"

	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/nfc/pcsc"
)

// readerFlags say which NFC reader.
type readerFlags struct {
	Reader string `placeholder:"NAME" help:"Part of the NFC reader's name; any reader when left out."`
	PCSCD  string `name:"pcscd" default:"${pcscd}" placeholder:"SOCKET" type:"path" help:"Where pcscd listens."`
}

// devices has read speak to each device that is held against the reader, until it
// says that it is done or there is an error that no other device mends.
func (f readerFlags) devices(ctx context.Context, read func(nfc.Transmit) (done bool)) error {
	c, err := pcsc.Dial(f.PCSCD)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		d, err := c.Wait(ctx, f.Reader)
		if err != nil {
			return err
		}
		var broken error
		done := read(func(command []byte) ([]byte, error) {
			response, err := d.Transmit(command)
			if failure := pcsc.Failure(0); err != nil && !errors.As(err, &failure) {
				broken = err
			}
			return response, err
		})
		if broken == nil {
			d.Close() // whatever it says: it may be gone already
		}
		if done || broken != nil {
			return broken
		}
	}
}
