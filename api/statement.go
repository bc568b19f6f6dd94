package api

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/statement"
)

// form is one of those that a statement can be asked for in.
type form struct {
	media string // Content-Type
	write func(w io.Writer, of statement.Account, day, now time.Time, movements statement.Movements) error
	file  func(of statement.Account, day time.Time) string
}

const oursByDefault = "paycode"

var forms = map[string]form{
	oursByDefault: {"text/csv; charset=utf-8; header=present",
		func(w io.Writer, _ statement.Account, _, _ time.Time, movements statement.Movements) error {
			return statement.CSV(w, movements)
		}, dated("statement-%s.csv")},
	"alipay": {"application/zip", statement.Alipay, statement.AlipayFile},
	"wechat": {"text/csv; charset=utf-8; header=present",
		func(w io.Writer, of statement.Account, day, _ time.Time, movements statement.Movements) error {
			return statement.WeChat(w, of, day, movements)
		}, dated("bill-%s.csv")},
}

// dated is a file's name with its day in it.
func dated(name string) func(statement.Account, time.Time) string {
	return func(_ statement.Account, day time.Time) string { return fmt.Sprintf(name, day.Format(time.DateOnly)) }
}

func (a *API) statementCall() {
	day := &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
	which := &huma.Schema{Type: huma.TypeString, Enum: []any{oursByDefault, "alipay", "wechat"}, Default: oursByDefault}
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	a.handle(route{method: "GET", path: "/v1/statements/{date}", id: "get-statement", tag: "Merchant", role: access.RoleMerchant, status: http.StatusOK,
		summary: "A day's payments, refunds and payouts as CSV",
		about: "RFC 4180, with a line of names: " + strings.Join(statement.Columns(), ", ") + ". " +
			"Each line is what moved the merchant's account on that day in the issuer's time zone: type payment, cancel (all of a payment taken back), refund, payout or payout_return (sent back by the bank), with a signed amount in minor units. " +
			"fee is what the operator kept of it, less than 0, or gave back, more; it is no part of the amount. " +
			"Then, for each currency, total_payment, total_cancel, total_refund, total_payout, total_payout_return and total_fee with their sums and counts, and total, which is what the account moved by: fees with it.\n\n" +
			"With form=alipay it is the bill of trades that Alipay answers, details and sums in a ZIP file, in GBK; with form=wechat the trade bill of WeChat Pay. Amounts there are decimal.",
		codes: []Code{InvalidRequest}},
		[]*huma.Param{
			{Name: "date", In: "path", Required: true, Description: "YYYY-MM-DD", Example: "2026-11-21", Schema: day},
			{Name: "form", In: "query", Description: "whose form it has", Schema: which},
		},
		&huma.Response{Description: "The statement", Content: map[string]*huma.MediaType{"text/csv": text, "application/zip": file}},
		a.statement)
}

func (a *API) statement(w http.ResponseWriter, r *http.Request) error {
	from, to, err := a.day(r.PathValue("date"))
	if err != nil {
		return wrongField("path.date", err.Error())
	}
	named := oursByDefault
	if q := r.URL.Query(); q.Has("form") {
		named = q.Get("form")
	}
	in, ok := forms[named]
	if !ok {
		return wrongField("query.form", "must be one of "+strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
	}
	m, err := a.Access.Merchant(r.Context(), callerOf(r.Context()).Merchant)
	if err != nil {
		return err
	}
	of := statement.Account{Merchant: m.ID, Currency: m.Currency}
	var whole bytes.Buffer // so that what is sent is whole, or a problem
	if err := in.write(&whole, of, from, a.Now(), a.History.Movements(r.Context(), m.ID, from, to)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", in.media)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, in.file(of, from)))
	whole.WriteTo(w)
	return nil
}

func wrongField(name, problem string) error {
	p := newProblem(InvalidRequest)
	p.Errors = []WrongField{{name, problem}}
	return p
}
