package main

import (
	"context"
	"fmt"
	"io"

	"github.com/paycode/paycode/terminal"
	"github.com/paycode/paycode/wallet"
)

// rideCmd shows the pass to a gate.
type rideCmd struct {
	walletFlags
	Plain bool `help:"Print the code alone."`
	Watch bool `help:"Show the next code when this one ends, until interrupted."`
}

// Run shows a presentation of the pass, without network.
func (c *rideCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	view := viewFlags{Plain: c.Plain, Watch: c.Watch}
	for {
		ride, err := w.Ride(nil)
		if err != nil {
			return advise(err)
		}
		if c.Watch && isTerminal(s.out) {
			fmt.Fprint(s.out, "\x1b[H\x1b[2J") // to the upper left corner; clear
		}
		if err := c.print(s.out, ride); err != nil {
			return err
		}
		if !c.Watch || !view.countDown(ctx, s.out, ride.Until) {
			return nil
		}
	}
}

func (c *rideCmd) print(out io.Writer, r wallet.Ride) error {
	if c.Plain {
		_, err := fmt.Fprintln(out, r.Text)
		return err
	}
	fmt.Fprintf(out, "Ride code, to be held before a gate. Shows another each minute; the pass is good until %s.\n\n", local(r.Expires))
	drawing, err := terminal.QR(r.Text, inkFor(out))
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, drawing)
	return err
}
