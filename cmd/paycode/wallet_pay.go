package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/terminal"
	"github.com/paycode/paycode/till"
	"github.com/paycode/paycode/wallet"
)

// payCmd pays by a shop's code.
type payCmd struct {
	walletFlags
	QR     string `arg:"" name:"qr" help:"The shop's code as it was read, or - to read it from standard input."`
	Amount string `help:"How much, such as 12.50, when the code does not say."`
	paidFlags
}

// paidFlags say how a payment is shown.
type paidFlags struct {
	Plain bool `help:"Print the receipt's text alone."`
	JSON  bool `name:"json" help:"Print the answer for programs to read."`
}

// Run pays, and shows the receipt for the till.
func (c *payCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.QR == "-" {
		if c.QR, err = readLine(s.in); err != nil {
			return err
		}
	}
	shop, err := emvqr.ParseShop(c.QR)
	if err != nil {
		return fmt.Errorf("this is no shop's code of this system: %w", err)
	}
	minor := int64(0)
	if c.Amount != "" {
		amount, err := parseAmount(c.Amount, string(shop.Currency))
		if err != nil {
			return err
		}
		minor = amount.Minor
	}
	if minor == 0 && shop.Minor == 0 {
		return errors.New("the code does not say how much: --amount")
	}
	w, err := c.open()
	if err != nil {
		return err
	}
	p, err := w.Pay(ctx, c.QR, minor)
	if errors.Is(err, wallet.ErrUnknown) {
		fmt.Fprintf(s.err, "%v: the same command again finds out, and does not pay twice\n", err)
		return exitUnknown
	}
	if err != nil {
		return advise(err)
	}
	return c.show(s.out, p)
}

type receiptCmd struct {
	walletFlags
	Payment string `arg:"" help:"The payment, as history lists it."`
	paidFlags
}

// Run shows a receipt again.
func (c *receiptCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	p, err := w.Payment(ctx, c.Payment)
	if err != nil {
		return advise(err)
	}
	return c.show(s.out, p)
}

func (f paidFlags) show(out io.Writer, p client.Payment) error {
	if err := f.print(out, p); err != nil {
		return err
	}
	return statusOf(p)
}

func (f paidFlags) print(out io.Writer, p client.Payment) error {
	switch {
	case f.JSON:
		return printJSON(out, p)
	case f.Plain && p.Receipt != "":
		_, err := fmt.Fprintln(out, p.Receipt)
		return err
	case p.Status != client.Succeeded:
		why, _ := till.Advice(p.DeclineCode)
		_, err := fmt.Fprintf(out, "%s %s at %s, order %s\n%s\n", p.Status, p.Amount(), shopOf(p), p.OrderNo, why)
		return err
	}
	fmt.Fprintf(out, "paid %s at %s, order %s, %s\n", p.Amount(), shopOf(p), p.OrderNo, local(p.CreatedAt))
	if p.Receipt == "" {
		return nil
	}
	drawing, err := terminal.QR(p.Receipt, inkFor(out))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Receipt, to be shown to a till without network within five minutes:\n\n%s\n%s\n", drawing, p.Receipt)
	return err
}
