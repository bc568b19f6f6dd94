package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/paycode/paycode/terminal"
	"github.com/paycode/paycode/wallet"
)

// viewFlags say what of a code is shown, and how.
type viewFlags struct {
	Form  string `enum:"all,digits,text,emv" default:"all" help:"Which form of the code: ${enum}."`
	Plain bool   `help:"Print the code alone, digits unless --form says otherwise."`
	Watch bool   `help:"Show the next code when this one ends, until interrupted."`
}

type showCmd struct {
	walletFlags
	viewFlags
}

// Run shows an offline code.
func (c *showCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	return c.show(ctx, s.out, w.Show)
}

type onlineCmd struct {
	walletFlags
	viewFlags
}

// Run shows an online code, or an offline one.
func (c *onlineCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	return c.show(ctx, s.out, func() (wallet.Code, error) { return w.ShowOnline(ctx) })
}

func (f viewFlags) show(ctx context.Context, out io.Writer, next func() (wallet.Code, error)) error {
	for {
		code, err := next()
		if err != nil {
			return advise(err)
		}
		if f.Watch && isTerminal(out) {
			fmt.Fprint(out, "\x1b[H\x1b[2J") // to the upper left corner; clear
		}
		if err := f.print(out, code); err != nil {
			return err
		}
		if !f.Watch {
			return nil
		}
		if !f.countDown(ctx, out, code.Until) {
			return nil
		}
	}
}

func (f viewFlags) print(out io.Writer, c wallet.Code) error {
	if f.Plain {
		_, err := fmt.Fprintln(out, f.plain(c))
		return err
	}
	fmt.Fprintf(out, "%s\n\n", heading(c))
	if f.Form == "all" || f.Form == "digits" || c.Online {
		drawing, err := terminal.Barcode(c.Digits, inkFor(out))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n%s\n\n", drawing, terminal.Group(c.Digits))
	}
	if f.Form == "digits" {
		return nil
	}
	content := c.QR()
	if f.Form == "emv" && !c.Online {
		content = c.EMV
	}
	drawing, err := terminal.QR(content, inkFor(out))
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, drawing)
	return err
}

// plain is the code in the form asked for; an online code has digits only.
func (f viewFlags) plain(c wallet.Code) string {
	switch {
	case f.Form == "text" && !c.Online:
		return c.Text
	case f.Form == "emv" && !c.Online:
		return c.EMV
	}
	return c.Digits
}

func heading(c wallet.Code) string {
	kind := "Offline code"
	if c.Online {
		kind = "Online code"
	}
	return fmt.Sprintf("%s, to be shown to a cashier only. Good until %s.", kind, c.Until.Local().Format("15:04:05"))
}

// countDown waits until a code ends; false when it is interrupted.
func (f viewFlags) countDown(ctx context.Context, out io.Writer, until time.Time) bool {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		left := time.Until(until)
		if left <= 0 {
			return true
		}
		if isTerminal(out) && !f.Plain {
			fmt.Fprintf(out, "\rNew code in %2.0f s ", math.Ceil(left.Seconds()))
		}
		select {
		case <-ctx.Done():
			fmt.Fprintln(out)
			return false
		case <-tick.C:
		}
	}
}
