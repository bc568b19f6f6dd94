package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/wallet"
)

type confirmCmd struct {
	walletFlags
	Payment string `arg:"" optional:"" help:"The payment; the one that waits when left out."`
}

// Run says yes.
func (c *confirmCmd) Run(ctx context.Context, s *streams) error {
	return answerPayment(ctx, s, c.walletFlags, c.Payment, (*wallet.Wallet).Confirm)
}

type rejectCmd struct {
	walletFlags
	Payment string `arg:"" optional:"" help:"The payment; the one that waits when left out."`
}

// Run says no.
func (c *rejectCmd) Run(ctx context.Context, s *streams) error {
	return answerPayment(ctx, s, c.walletFlags, c.Payment, (*wallet.Wallet).Reject)
}

func answerPayment(ctx context.Context, s *streams, f walletFlags, id string,
	answer func(*wallet.Wallet, context.Context, string) (client.Payment, error),
) error {
	w, err := f.open()
	if err != nil {
		return err
	}
	if id == "" {
		if id, err = waiting(ctx, w); err != nil {
			return advise(err)
		}
	}
	p, err := answer(w, ctx, id)
	if err != nil {
		return advise(err)
	}
	fmt.Fprintf(s.out, "%s %s at %s %s\n", p.Status, p.Amount(), shopOf(p), p.DeclineCode)
	return nil
}

// waiting finds the payment that waits for the payer. Two at a time are for him
// to tell apart.
func waiting(ctx context.Context, w *wallet.Wallet) (id string, err error) {
	page, err := w.History(ctx, "")
	if err != nil {
		return "", err
	}
	for _, p := range page.Payments {
		switch {
		case p.Status != client.Pending:
		case id != "":
			return "", errors.New("several payments wait: name one of those that paycode wallet history lists as pending")
		default:
			id = p.ID
		}
	}
	if id == "" {
		return "", errors.New("no payment waits for an answer")
	}
	return id, nil
}

type eventsCmd struct {
	walletFlags
	JSON bool `name:"json" help:"One object a line, for programs to read."`
}

// Run prints news until it is interrupted.
func (c *eventsCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	err = w.Events(ctx, func(e wallet.Event) error {
		if c.JSON {
			_, err := fmt.Fprintf(s.out, "{\"event\":%q,\"data\":%s}\n", e.Type, e.Data)
			return err
		}
		n, err := e.News()
		if err != nil {
			return err
		}
		if p := n.Payment; p != nil {
			fmt.Fprintf(s.out, "%s  %s at %s  %s  balance %s\n", e.Type, p.Amount(), shopOf(*p), p.ID, n.Balance)
			return nil
		}
		fmt.Fprintf(s.out, "%s  balance %s\n", e.Type, n.Balance)
		return nil
	})
	if ctx.Err() != nil {
		return nil // interrupted: that is how it ends
	}
	return advise(err)
}
