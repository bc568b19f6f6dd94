package api

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// statementColumns are those of every line, in this order.
var statementColumns = []string{"type", "time", "order_no", "payment_id", "refund_no", "refund_id", "method", "terminal_id", "amount", "currency"}

// statementPage is how many payments of a statement are read at a time.
const statementPage = 500

func (a *API) statementCall() {
	a.handle(route{method: "GET", path: "/v1/statements/{date}", id: "get-statement", tag: "Merchant", role: access.RoleMerchant, status: http.StatusOK,
		summary: "A day's payments and refunds as CSV",
		about: "RFC 4180, with a line of names: " + strings.Join(statementColumns, ", ") + ". " +
			"Lines of type payment are those made on the day in the issuer's time zone that were paid and not canceled; lines of type refund are theirs, whenever they were made, " +
			"with a negative amount; one line of type total for each currency is what the merchant gets. Amounts are minor units."}, nil,
		&huma.Response{Description: "The statement", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		a.statement)
	day := &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
	a.huma.OpenAPI().Paths["/v1/statements/{date}"].Get.Parameters = []*huma.Param{
		{Name: "date", In: "path", Required: true, Description: "YYYY-MM-DD", Example: "2026-11-21", Schema: day},
	}
}

func (a *API) statement(w http.ResponseWriter, r *http.Request) error {
	from, to, err := a.day("date", r.PathValue("date"))
	if err != nil {
		p := newProblem(InvalidRequest)
		p.Errors = []WrongField{{"path.date", "must be a day as YYYY-MM-DD"}}
		return p
	}
	sold, err := a.soldOn(r, from, to)
	if err != nil {
		return err
	}
	// Everything was read before the first byte is sent: a statement is whole or a problem.
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="statement-%s.csv"`, r.PathValue("date")))
	return writeStatement(w, sold)
}

// sale is a payment with its refunds.
type sale struct {
	payment.Payment
	refunds []payment.Refund
}

// soldOn lists the sales of a day, oldest first.
func (a *API) soldOn(r *http.Request, from, to time.Time) (sales []sale, err error) {
	var before ids.Payment
	for {
		found, err := a.History.MerchantPayments(r.Context(), callerOf(r.Context()).Merchant, from, to, before, statementPage)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			before = p.ID
			if p.Status != payment.Succeeded && p.Status != payment.PartiallyRefunded && p.Status != payment.Refunded {
				continue
			}
			s := sale{Payment: p}
			if p.Refunded > 0 {
				if s.refunds, err = a.History.Refunds(r.Context(), p.ID); err != nil {
					return nil, err
				}
			}
			sales = append(sales, s)
		}
		if len(found) < statementPage {
			slices.Reverse(sales)
			return sales, nil
		}
	}
}

func writeStatement(w io.Writer, sales []sale) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	out.Write(statementColumns)
	totals := map[money.Currency]int64{}
	line := func(kind string, at time.Time, s payment.Payment, refundNo, refundID string, amount money.Amount) {
		totals[amount.Currency] += amount.Minor
		out.Write([]string{kind, at.UTC().Format(time.RFC3339), inert(s.OrderNo), s.ID.String(), inert(refundNo), refundID,
			string(s.Method), inert(s.TerminalID), strconv.FormatInt(amount.Minor, 10), string(amount.Currency)})
	}
	for _, s := range sales {
		line("payment", s.CreatedAt, s.Payment, "", "", s.Amount)
		for _, r := range s.refunds {
			line("refund", r.CreatedAt, s.Payment, r.RefundNo, r.ID.String(), r.Amount.Negate())
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		out.Write([]string{"total", "", "", "", "", "", "", "", strconv.FormatInt(totals[currency], 10), string(currency)})
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from taking a text of the merchant's for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
