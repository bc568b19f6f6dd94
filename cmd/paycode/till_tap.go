package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/till"
)

type tapCmd struct {
	tillFlags
	readerFlags
	Amount   string        `required:"" help:"What to charge, such as 12.50."`
	Currency string        `default:"CNY" help:"ISO 4217 code of the amount."`
	OrderNo  string        `placeholder:"NUMBER" help:"Order number; a new one when left out."`
	Subject  string        `help:"What is sold."`
	Wait     time.Duration `default:"60s" help:"How long the customer may take to hold the phone against the reader."`
}

// Run waits for a device, charges it, and says what became of it. The code that it
// answers is good for this sale alone.
func (c *tapCmd) Run(ctx context.Context, s *streams) error {
	amount, err := parseAmount(c.Amount, c.Currency)
	if err != nil {
		return err
	}
	if c.OrderNo == "" {
		c.OrderNo = newNumber("T", time.Now())
	}
	t, err := c.open(s)
	if err != nil {
		return err
	}
	merchant, err := t.Merchant(ctx)
	if err != nil {
		return err
	}
	sale, read := till.Sale{OrderNo: c.OrderNo, Amount: amount, Subject: c.Subject}, false
	waiting, stop := context.WithTimeout(ctx, c.Wait)
	defer stop()
	fmt.Fprintf(s.err, "%s: hold the phone against the reader …\n", amount)
	err = c.devices(waiting, func(transmit nfc.Transmit) bool {
		tapped, err := sale.Tapped(merchant, transmit)
		if err != nil {
			fmt.Fprintf(s.err, "%v; hold it there again …\n", err)
			return false
		}
		sale, read = tapped, true
		return true
	})
	switch {
	case read: // then the device may go, and even the reader
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "nothing was read, nothing is charged")
		return exitNotPaid
	default:
		return err
	}
	p, err := t.Charge(ctx, sale)
	return c.report(s, p, err)
}
