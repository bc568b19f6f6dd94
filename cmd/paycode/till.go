package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/till"
)

// tillCmd is a merchant's terminal on a command line.
type tillCmd struct {
	Charge chargeCmd `cmd:"" help:"Charge a code. Exit status: 0 paid, 2 not paid, 3 not known yet, 1 refused."`
	Settle settleCmd `cmd:"" help:"Find out about orders whose outcome is not known."`
	Query  queryCmd  `cmd:"" help:"Ask what became of an order."`
	Cancel cancelCmd `cmd:"" help:"Undo an order, or make it impossible."`
	Refund refundCmd `cmd:"" help:"Give back a part of a payment."`
}

// Exit statuses of the till's commands, for scripts.
const (
	exitNotPaid exitStatus = 2 // declined or canceled: no money moved
	exitUnknown exitStatus = 3 // not known yet, or waits for the payer
)

// tillFlags say which till.
type tillFlags struct {
	trustFlag
	Server   string `required:"" placeholder:"URL" help:"The server."`
	Key      string `required:"" placeholder:"mk_…" help:"The merchant's key; better by PAYCODE_KEY, as others see a command line."`
	Terminal string `help:"This terminal's name."`
	Journal  string `placeholder:"DIR" type:"path" help:"Where orders under way are remembered; in the user's configuration directory when left out."`
	JSON     bool   `name:"json" help:"Print the answer for programs to read."`
}

func (f tillFlags) open(s *streams) (*till.Till, error) {
	dir := f.Journal
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("%w: say --journal", err)
		}
		dir = filepath.Join(config, "paycode", "till")
	}
	journal, err := till.OpenJournal(dir)
	if err != nil {
		return nil, err
	}
	h, err := f.http()
	return &till.Till{Server: f.Server, Key: f.Key, Terminal: f.Terminal, HTTP: h, Journal: journal, Told: tellSteps(s.err)}, err
}

// tellSteps says what a till is doing when it is not just sending.
func tellSteps(w io.Writer) func(till.Step) {
	words := map[till.Stage]string{
		till.Asking:    "connection lost, asking what became of the order",
		till.Repeating: "connection lost, sending the same again",
		till.Canceling: "canceling the order",
		till.Waiting:   "waiting for the customer to confirm",
	}
	var last till.Stage
	return func(step till.Step) {
		if word := words[step.Stage]; word != "" && step.Stage != last {
			fmt.Fprintf(w, "%s: %s …\n", step.OrderNo, word)
		}
		last = step.Stage
	}
}

type chargeCmd struct {
	tillFlags
	Amount   string `arg:"" help:"What to charge, such as 12.50."`
	Code     string `arg:"" help:"The payer's code, or - to read it from standard input, as from a scanner."`
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

// report prints what became of an order, and chooses the exit status.
func (f tillFlags) report(s *streams, p client.Payment, err error) error {
	var unknown *till.UnknownError
	switch {
	case errors.As(err, &unknown):
		if f.JSON {
			if err := printJSON(s.out, map[string]string{"status": "unknown", "order_no": unknown.OrderNo}); err != nil {
				return err
			}
		}
		fmt.Fprintf(s.err, "not known yet what became of order %s: paycode till settle finds out\n", unknown.OrderNo)
		return exitUnknown
	case err != nil:
		return err
	case f.JSON:
		if err := printJSON(s.out, p); err != nil {
			return err
		}
	default:
		fmt.Fprintln(s.out, inWords(p))
	}
	return statusOf(p)
}

func statusOf(p client.Payment) error {
	switch p.Status {
	case client.Declined, client.Canceled:
		return exitNotPaid
	case client.Pending:
		return exitUnknown
	}
	return nil
}

// inWords says what became of a payment, and of a decline why and what to do.
func inWords(p client.Payment) string {
	what := fmt.Sprintf("order %s, %s", p.OrderNo, p.ID)
	if p.AmountMinor != 0 { // 0 for an order that the server never saw
		what = p.Amount().String() + ", " + what
	}
	why, todo := "", ""
	if p.DeclineCode != "" {
		why, todo = till.Advice(p.DeclineCode)
	}
	switch p.Status {
	case client.Succeeded:
		return "paid " + what
	case client.Declined:
		return fmt.Sprintf("declined %s\n%s: %s %s", what, p.DeclineCode, why, todo)
	case client.Canceled:
		return strings.TrimSpace(fmt.Sprintf("canceled, nothing is charged: %s\n%s", what, why))
	case client.Pending:
		return "waits for the customer to confirm: " + what
	}
	return fmt.Sprintf("%s: %s", p.Status, what)
}

// newNumber is a number for a sale or a refund: date and time for people, and
// enough chance that no two are alike.
func newNumber(prefix string, now time.Time) string {
	return prefix + "-" + now.Format("060102-150405") + "-" + rand.Text()[:8]
}

// readLine is the first line of r without its end: what a scanner types.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err == io.EOF && line.Len() > 0 {
			break
		} else if err != nil {
			return "", fmt.Errorf("no code on standard input: %w", err)
		}
		if b[0] == '\n' {
			break
		}
		line.WriteByte(b[0])
	}
	return strings.TrimSpace(line.String()), nil
}
