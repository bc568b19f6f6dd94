package payment

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// MovementKind says why a merchant's account moved.
type MovementKind string

// The reasons for a movement of a merchant's account.
const (
	MovedByPayment MovementKind = "payment"
	MovedByCancel  MovementKind = "cancel" // all of a payment, taken back
	MovedByRefund  MovementKind = "refund"
)

// Movement is one posting to a merchant's account, with the payment that it
// belongs to: what was paid, what a cancel took back, or what a refund gave back.
type Movement struct {
	Kind       MovementKind
	At         time.Time    // when it was posted
	Amount     money.Amount // positive when the merchant is owed more by it
	Payment    ids.Payment
	OrderNo    string
	Method     Method
	TerminalID string
	Refund     ids.Refund // zero but for a refund
	RefundNo   string
}

// StatementColumns name the fields of every line of a statement, in their order.
func StatementColumns() []string {
	return []string{"type", "time", "order_no", "payment_id", "refund_no", "refund_id", "method", "terminal_id", "amount", "currency", "count"}
}

// WriteStatement writes movements as CSV (RFC 4180, with a line of names): one
// line each, in their order, then for each currency a line of the sum and the
// number of each kind, and a last one of all together, which is what the
// merchant's account moved by. Amounts are minor units with a sign, times RFC
// 3339 in UTC. It ends with the first error, and what was written until then is
// not a statement: write to a buffer when that must not be seen.
func WriteStatement(w io.Writer, movements iter.Seq2[Movement, error]) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	out.Write(StatementColumns())
	sums := totals{}
	for m, err := range movements {
		if err != nil {
			return fmt.Errorf("payment: statement: %w", err)
		}
		if err := sums.add(m); err != nil {
			return fmt.Errorf("payment: statement: %w", err)
		}
		refund := ""
		if !m.Refund.IsZero() {
			refund = m.Refund.String()
		}
		out.Write([]string{
			string(m.Kind), m.At.UTC().Format(time.RFC3339), inert(m.OrderNo), m.Payment.String(), inert(m.RefundNo), refund,
			string(m.Method), inert(m.TerminalID), strconv.FormatInt(m.Amount.Minor, 10), string(m.Amount.Currency), "1",
		})
	}
	for _, t := range sums.lines() {
		out.Write([]string{t.name, "", "", "", "", "", "", "", strconv.FormatInt(t.minor, 10), string(t.currency), strconv.Itoa(t.count)})
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// totals are the lines that end a statement, by currency and name.
type totals map[money.Currency]map[string]total

type total struct {
	name     string
	currency money.Currency
	minor    int64
	count    int
}

// add counts a movement to its kind and to all.
func (t totals) add(m Movement) error {
	if t[m.Amount.Currency] == nil {
		t[m.Amount.Currency] = map[string]total{}
	}
	for _, name := range []string{"total_" + string(m.Kind), "total"} {
		have := t[m.Amount.Currency][name]
		sum, err := money.Amount{Minor: have.minor, Currency: m.Amount.Currency}.Add(m.Amount)
		if err != nil {
			return err
		}
		t[m.Amount.Currency][name] = total{name, m.Amount.Currency, sum.Minor, have.count + 1}
	}
	return nil
}

func (t totals) lines() (all []total) {
	for _, of := range t {
		for _, name := range []string{"total_payment", "total_cancel", "total_refund", "total"} {
			if line, ok := of[name]; ok {
				all = append(all, line)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b total) int { return strings.Compare(string(a.currency), string(b.currency)) })
	return all
}
