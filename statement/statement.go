// Package statement writes what moved a merchant's account on a day, for his
// book-keeping: in our form, in that of Alipay's bills and in that of WeChat
// Pay's, which programs that reconcile those can read as they are.
//
// Every writer reads movements once, in their order, and keeps nothing of them
// but sums, so that a day may be of any size. What it has written when an error
// ends it is no statement.
package statement

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Movements are what a store answers of a merchant's account: see payment.Movement.
type Movements = iter.Seq2[payment.Movement, error]

// Columns name the fields of every line of a statement in our form, in their order.
func Columns() []string {
	return []string{"type", "time", "order_no", "payment_id", "refund_no", "refund_id", "method", "terminal_id", "amount", "currency", "count"}
}

// CSV writes our form (RFC 4180, with a line of names): a line for each
// movement, then for each currency a line of the sum and the number of each
// kind, and a last one of all together, which is what the merchant's account
// moved by. Amounts are minor units with a sign, times RFC 3339 in UTC.
func CSV(w io.Writer, movements Movements) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	out.Write(Columns())
	sums := totals{}
	for m, err := range movements {
		if err == nil {
			err = sums.add(m)
		}
		if err != nil {
			return fmt.Errorf("statement: %w", err)
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
func (t totals) add(m payment.Movement) error {
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
