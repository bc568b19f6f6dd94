package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/paycode/paycode/till"
)

// tillCmd is a merchant's terminal on a command line.
type tillCmd struct {
	Charge chargeCmd `cmd:"" help:"Charge a code. Exit status: 0 paid, 2 not paid, 3 not known yet, 1 refused."`
	Tap    tapCmd    `cmd:"" help:"Charge a phone that is held against an NFC reader. Exit status as charge."`
	Settle settleCmd `cmd:"" help:"Find out about orders whose outcome is not known."`
	Query  queryCmd  `cmd:"" help:"Ask what became of an order."`
	Cancel cancelCmd `cmd:"" help:"Undo an order, or make it impossible."`
	Refund refundCmd `cmd:"" help:"Give back a part of a payment."`

	Sync    tillSyncCmd    `cmd:"" help:"Learn what is needed to be paid without network: whose till this is, and the issuer's keys."`
	QR      tillQRCmd      `cmd:"" name:"qr" help:"Show the shop's code, for a customer who has network to pay by; needs none."`
	Receipt tillReceiptCmd `cmd:"" help:"Take the receipt of a customer who has paid by the shop's code; needs no network. Exit status: 0 paid, 2 not paid, 1 not known."`
}

// Exit statuses of the till's commands, for scripts.
const (
	exitNotPaid exitStatus = 2 // declined or canceled: no money moved
	exitUnknown exitStatus = 3 // not known yet, or waits for the payer
)

// deskFlags say which till, as far as it can be without network.
type deskFlags struct {
	Terminal string `help:"This terminal's name."`
	Journal  string `placeholder:"DIR" type:"path" help:"Where the till remembers orders under way, and receipts; in the user's configuration directory when left out."`
}

// dir is where the till remembers.
func (f deskFlags) dir() (string, error) {
	if f.Journal != "" {
		return f.Journal, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("%w: say --journal", err)
	}
	return filepath.Join(config, "paycode", "till"), nil
}

// tillFlags say which till.
type tillFlags struct {
	trustFlag
	deskFlags
	Server string `required:"" placeholder:"URL" help:"The server."`
	Key    string `required:"" placeholder:"mk_…" help:"The merchant's key; better by PAYCODE_KEY, as others see a command line."`
	JSON   bool   `name:"json" help:"Print the answer for programs to read."`
}

func (f tillFlags) open(s *streams) (*till.Till, error) {
	dir, err := f.dir()
	if err != nil {
		return nil, err
	}
	journal, err := till.OpenJournal(dir)
	if err != nil {
		return nil, err
	}
	h, err := f.http()
	return &till.Till{Server: f.Server, Key: f.Key, Terminal: f.Terminal, HTTP: h, Journal: journal, Told: tellSteps(s.err)}, err
}

type chargeCmd struct {
	tillFlags
	Amount   string `arg:"" help:"What to charge, such as 12.50."`
	Code     string `arg:"" help:"The payer's code (for an authenticator: member number, hyphen, six digits), or - to read it from standard input, as from a scanner."`
	Currency string `default:"CNY" help:"ISO 4217 code of the amount."`
	Order    string `placeholder:"NUMBER" help:"Order number; a new one when left out."`
	Subject  string `help:"What is sold."`
}

// Run charges and says what became of it.
func (c *chargeCmd) Run(ctx context.Context, s *streams) error {
	amount, err := parseAmount(c.Amount, c.Currency)
	if err != nil {
		return err
	}
	code := c.Code
	if code == "-" {
		if code, err = readLine(s.in); err != nil {
			return err
		}
	}
	if c.Order == "" {
		c.Order = newNumber("T", time.Now())
	}
	t, err := c.open(s)
	if err != nil {
		return err
	}
	p, err := t.Charge(ctx, till.Sale{OrderNo: c.Order, Amount: amount, Code: code, Subject: c.Subject})
	return c.report(s, p, err)
}

type settleCmd struct {
	tillFlags
	Order string `arg:"" optional:"" help:"The order; all that the journal remembers when left out."`
}

// Run settles one order, or all, oldest first.
func (c *settleCmd) Run(ctx context.Context, s *streams) error {
	t, err := c.open(s)
	if err != nil {
		return err
	}
	if c.Order != "" {
		p, err := t.Settle(ctx, c.Order)
		return c.report(s, p, err)
	}
	open, err := t.Journal.Open()
	if err != nil {
		return err
	}
	for _, e := range open {
		p, err := t.Settle(ctx, e.OrderNo)
		if err := c.report(s, p, err); err != nil && !errors.Is(err, exitNotPaid) {
			return err
		}
	}
	return nil
}

type queryCmd struct {
	tillFlags
	Order string `arg:"" help:"The order."`
}

// Run asks once.
func (c *queryCmd) Run(ctx context.Context, s *streams) error {
	t, err := c.open(s)
	if err != nil {
		return err
	}
	p, err := t.Query(ctx, c.Order)
	return c.report(s, p, err)
}
