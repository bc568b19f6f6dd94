package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/paycode/paycode/client"
)

type historyCmd struct {
	walletFlags
	All  bool `help:"Every payment, not only the newest."`
	JSON bool `name:"json" help:"For programs to read."`
}

// Run lists payments.
func (c *historyCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	list := []client.Payment{}
	for cursor, more := "", true; more; {
		page, err := w.History(ctx, cursor)
		if err != nil {
			return advise(err)
		}
		list = append(list, page.Payments...)
		cursor, more = page.Next, c.All && page.Next != ""
	}
	if c.JSON {
		return printJSON(s.out, list)
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, p := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", local(p.CreatedAt), p.Amount(), shopOf(p), p.Status, p.DeclineCode, p.ID)
	}
	return t.Flush()
}

func shopOf(p client.Payment) string {
	if p.Merchant == nil {
		return p.MerchantID
	}
	return p.Merchant.Name
}
