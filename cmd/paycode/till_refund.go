package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/till"
)

type cancelCmd struct {
	tillFlags
	Order string `arg:"" help:"The order."`
}

// Run cancels until the server has confirmed it.
func (c *cancelCmd) Run(ctx context.Context, s *streams) error {
	t, err := c.open(s)
	if err != nil {
		return err
	}
	p, err := t.CancelOrder(ctx, c.Order)
	if err := c.report(s, p, err); !errors.Is(err, exitNotPaid) || p.Status != client.Canceled {
		return err
	}
	return nil
}

type refundCmd struct {
	tillFlags
	Order    string `arg:"" help:"The order that was paid."`
	Amount   string `arg:"" optional:"" help:"What to give back, such as 2.50; all that is left when left out."`
	RefundNo string `placeholder:"NUMBER" help:"Refund number; with the same one again nothing more is given back."`
	Reason   string `help:"Why."`
}

// Run refunds until the server has answered.
func (c *refundCmd) Run(ctx context.Context, s *streams) error {
	t, err := c.open(s)
	if err != nil {
		return err
	}
	p, err := t.Query(ctx, c.Order)
	if err != nil {
		return err
	}
	amount := p.Amount()
	amount.Minor -= p.RefundedMinor
	if c.Amount != "" {
		if amount, err = parseAmount(c.Amount, string(p.Currency)); err != nil {
			return err
		}
	}
	if c.RefundNo == "" {
		c.RefundNo = newNumber("R", time.Now())
	}
	r, err := t.Refund(ctx, till.Refunding{PaymentID: p.ID, RefundNo: c.RefundNo, AmountMinor: amount.Minor, Reason: c.Reason})
	if errors.Is(err, till.ErrUnknown) {
		fmt.Fprintf(s.err, "not known yet whether %s was refunded: ask again with --refund-no %s\n", amount, c.RefundNo)
		return exitUnknown
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, r)
	}
	fmt.Fprintf(s.out, "refunded %s of order %s, refund %s\n", amount, c.Order, r.RefundNo)
	return nil
}
