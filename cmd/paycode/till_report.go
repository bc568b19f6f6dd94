package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/till"
)

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
