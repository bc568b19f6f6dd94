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
	"strconv"
	"strings"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Movements are what a store answers of a merchant's account: see payment.Movement.
type Movements = iter.Seq2[payment.Movement, error]

// Columns name the fields of every line of a statement in our form, in their order.
func Columns() []string {
	return []string{"type", "time", "order_no", "payment_id", "refund_no", "refund_id", "method", "terminal_id", "amount", "currency", "count", "fee", "payout_no", "payout_id"}
}

// CSV writes our form (RFC 4180, with a line of names): a line for each
// movement, then for each currency a line of the sum and the number of each
// kind, one of the fees where there are any, and a last one of all together,
// which is what the merchant's account moved by. Amounts are minor units with a
// sign, times RFC 3339 in UTC. A fee is less than 0 when it was kept and more
// when it was given back; it is no part of the amount but in the last line.
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
		out.Write([]string{
			string(m.Kind), m.At.UTC().Format(time.RFC3339), inert(m.OrderNo), named(m.Payment), inert(m.RefundNo), named(m.Refund),
			string(m.Method), inert(m.TerminalID), strconv.FormatInt(m.Amount.Minor, 10), string(m.Amount.Currency), "1", strconv.FormatInt(m.Fee, 10),
			inert(m.PayoutNo), named(m.Payout),
		})
	}
	for _, t := range sums.lines() {
		out.Write([]string{
			t.name, "", "", "", "", "", "", "", strconv.FormatInt(t.sum.Minor, 10), string(t.sum.Currency), strconv.Itoa(t.count), strconv.FormatInt(t.fee.Minor, 10), "", "",
		})
	}
	out.Flush()
	return out.Error()
}

// named is an identifier, or nothing for none.
func named[T ids.ID[K], K ids.Kind](id T) string {
	if id == (T{}) {
		return ""
	}
	return ids.ID[K](id).String()
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
