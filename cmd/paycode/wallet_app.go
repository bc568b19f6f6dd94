package main

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/terminal"
	"github.com/paycode/paycode/wallet"
)

// appCmd sets up an authenticator app, which keeps the secret: nothing is kept here.
type appCmd struct {
	trustFlag
	Link   string `arg:"" help:"The enrolment link, or its ticket alone."`
	Server string `placeholder:"URL" help:"The server, when the link does not say or says another one."`
	Name   string `default:"authenticator app" help:"What the payer calls this app."`
	Plain  bool   `help:"Print member number and URI alone, for another program."`
}

// Run enrols, and shows what the app has to scan.
func (c *appCmd) Run(ctx context.Context, s *streams) error {
	h, err := c.http()
	if err != nil {
		return err
	}
	app, err := wallet.EnrolApp(ctx, h, wallet.Enrolment{Link: c.Link, Server: c.Server, Name: c.Name})
	if err != nil {
		return advise(err)
	}
	if c.Plain {
		_, err := fmt.Fprintf(s.out, "%s\n%s\n", app.MemberNo, app.URI)
		return err
	}
	drawing, err := terminal.QR(app.URI, inkFor(s.out))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Scan this with the authenticator app, now: it is not shown again, and whoever sees it can pay.\n\n%s\n", drawing)
	fmt.Fprintf(s.out, "Member number %s. To pay, say it and the six digits that the app shows.\n", app.MemberNo)
	return nil
}
