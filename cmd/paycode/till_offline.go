package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/terminal"
	"github.com/paycode/paycode/till"
)

type tillSyncCmd struct{ tillFlags }

// Run fetches what the till has to know without network.
func (c *tillSyncCmd) Run(ctx context.Context, s *streams) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	t, err := c.open(s)
	if err != nil {
		return err
	}
	shop, err := t.SyncOffline(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "synced; works without network for %s, in %s\n", shop.Name, shop.Currency)
	return nil
}

// openOffline opens the till without network.
func (f deskFlags) openOffline() (*till.Offline, error) {
	dir, err := f.dir()
	if err != nil {
		return nil, err
	}
	o, err := till.OpenOffline(dir, f.Terminal)
	if errors.Is(err, till.ErrNotSynced) {
		return nil, fmt.Errorf("%w (paycode till sync, with network)", err)
	}
	return o, err
}

type tillQRCmd struct {
	deskFlags
	Amount  string `help:"How much, such as 12.50; when left out the customer says, and the code may be printed."`
	Order   string `placeholder:"NUMBER" help:"Order number, at most 25 characters; a new one for an amount when left out."`
	City    string `help:"City of the shop, as in the code."`
	Country string `help:"Country of the shop, two letters; that of the currency when left out."`
	Plain   bool   `help:"Print the code's text alone."`
}

// Run shows the shop's code, without network.
func (c *tillQRCmd) Run(s *streams) error {
	o, err := c.openOffline()
	if err != nil {
		return err
	}
	o.City, o.Country = c.City, c.Country
	awaited, price := till.Awaited{OrderNo: c.Order}, "any amount"
	if c.Amount != "" {
		amount, err := parseAmount(c.Amount, string(o.Shop().Currency))
		if err != nil {
			return err
		}
		if awaited.Minor, price = amount.Minor, amount.String(); c.Order == "" {
			awaited.OrderNo = newNumber("Q", time.Now())
		}
		price += ", order " + awaited.OrderNo
	}
	text, err := o.Code(awaited)
	if err != nil {
		return err
	}
	if c.Plain {
		_, err := fmt.Fprintln(s.out, text)
		return err
	}
	drawing, err := terminal.QR(text, inkFor(s.out))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: %s\n\n%s\n%s\n", o.Shop().Name, price, drawing, text)
	return err
}

type tillReceiptCmd struct {
	deskFlags
	Amount  string `arg:"" help:"How much was to be paid, such as 12.50."`
	Receipt string `arg:"" optional:"" default:"-" help:"The receipt as it was scanned, or - to read it from standard input, as from a scanner."`
	Order   string `placeholder:"NUMBER" help:"Order number of the code that was shown; left out for a printed code."`
	JSON    bool   `name:"json" help:"Print the outcome for programs to read."`
}

// Run takes a receipt, without network, once.
func (c *tillReceiptCmd) Run(s *streams) error {
	o, err := c.openOffline()
	if err != nil {
		return err
	}
	amount, err := parseAmount(c.Amount, string(o.Shop().Currency))
	if err != nil {
		return err
	}
	text := c.Receipt
	if text == "-" {
		if text, err = readLine(s.in); err != nil {
			return err
		}
	}
	taken, err := o.Take(text, till.Awaited{OrderNo: c.Order, Minor: amount.Minor})
	code, why, todo := till.ReceiptAdvice(err)
	switch {
	case err != nil && code == "":
		return err
	case err != nil && c.JSON:
		if err := printJSON(s.out, map[string]string{"status": "refused", "code": code, "detail": err.Error()}); err != nil {
			return err
		}
		return exitNotPaid
	case err != nil:
		var seen *till.SeenError
		if errors.As(err, &seen) {
			why = seen.Error() + "."
		}
		fmt.Fprintf(s.out, "not paid\n%s: %s %s\n", code, why, todo)
		return exitNotPaid
	case c.JSON:
		return printJSON(s.out, struct {
			Status string `json:"status"`
			till.Taken
		}{"paid", taken})
	}
	_, err = fmt.Fprintf(s.out, "paid %s, order %s, at %s\n", taken.Amount, taken.OrderNo, local(taken.PaidAt))
	return err
}
