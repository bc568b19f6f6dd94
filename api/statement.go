package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/payment"
)

func (a *API) statementCall() {
	day := &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
	a.handle(route{method: "GET", path: "/v1/statements/{date}", id: "get-statement", tag: "Merchant", role: access.RoleMerchant, status: http.StatusOK,
		summary: "A day's payments and refunds as CSV",
		about: "RFC 4180, with a line of names: " + strings.Join(payment.StatementColumns(), ", ") + ". " +
			"Each line is what moved the merchant's account on that day in the issuer's time zone: type payment, cancel (all of a payment taken back) or refund, with a signed amount in minor units. " +
			"Then, for each currency, total_payment, total_cancel and total_refund with their sums and counts, and total, which is what the account moved by.",
		codes: []Code{InvalidRequest}},
		[]*huma.Param{{Name: "date", In: "path", Required: true, Description: "YYYY-MM-DD", Example: "2026-11-21", Schema: day}},
		&huma.Response{Description: "The statement", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		a.statement)
}

func (a *API) statement(w http.ResponseWriter, r *http.Request) error {
	date := r.PathValue("date")
	from, to, err := a.day(date)
	if err != nil {
		p := newProblem(InvalidRequest)
		p.Errors = []WrongField{{"path.date", err.Error()}}
		return p
	}
	var statement bytes.Buffer // so that what is sent is whole, or a problem
	if err := payment.WriteStatement(&statement, a.History.Movements(r.Context(), callerOf(r.Context()).Merchant, from, to)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="statement-%s.csv"`, date))
	statement.WriteTo(w)
	return nil
}
