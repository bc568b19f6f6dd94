package api

import (
	"context"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// CreditLine is what a payer may owe and owes.
type CreditLine struct {
	Limit    int64          `json:"limit" doc:"minor units that he may owe; 0 for no credit line" example:"50000"`
	Used     int64          `json:"used" doc:"minor units that he owes by it: his bill" example:"600"`
	Debt     int64          `json:"debt" doc:"minor units that he owes beside it, for rides that he could not pay" example:"0"`
	Currency money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
	Bill     []Loan         `json:"bill" doc:"what he owes, oldest first, debts too"`
}

// Loan is one thing that a payer owes.
type Loan struct {
	PaymentID ids.Payment `json:"payment_id" doc:"what it paid"`
	Kind      string      `json:"kind" enum:"credit,debt" doc:"by the credit line, or because he could not pay"`
	Amount    int64       `json:"amount" doc:"minor units" example:"200"`
	Repaid    int64       `json:"repaid" doc:"minor units so far" example:"0"`
	CreatedAt time.Time   `json:"created_at" doc:"RFC 3339, UTC"`
}

type (
	creditInput struct {
		PayerPath
		Body struct {
			Limit int64 `json:"limit" minimum:"0" maximum:"1000000000000" doc:"minor units that he may owe; 0 ends the credit line"`
		}
	}
	creditOutput struct{ Body CreditLine }
)

func (a *API) creditCalls() {
	const tag = "Operator"
	role := access.RoleOperator
	register(a, route{method: "GET", path: "/v1/payers/{id}/credit", id: "get-credit", tag: tag, role: role, status: http.StatusOK,
		summary: "A payer's credit line", about: "With its bill: what was paid by it and is not repaid. A top-up with repay_credit repays it.", codes: []Code{NotFound}}, a.getCredit)
	register(a, route{method: "PUT", path: "/v1/payers/{id}/credit", id: "set-credit", tag: tag, role: role, status: http.StatusOK,
		summary: "Give a payer a credit line", about: "It counts from his devices' next sync on: their passes are then at its expense.", codes: []Code{NotFound}}, a.setCredit)
}

func (a *API) setCredit(ctx context.Context, in *creditInput) (*creditOutput, error) {
	if err := a.Rides.SetCreditLimit(ctx, in.ID, in.Body.Limit); err != nil {
		return nil, err
	}
	return a.getCredit(ctx, &in.PayerPath)
}

func (a *API) getCredit(ctx context.Context, in *PayerPath) (*creditOutput, error) {
	p, err := a.Issuing.Payer(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := CreditLine{Currency: p.Currency, Bill: []Loan{}}
	if out.Limit, err = a.Rides.CreditLimit(ctx, in.ID); err != nil {
		return nil, err
	}
	loans, err := a.Rides.Loans(ctx, in.ID)
	out.Used, out.Debt = payment.Owed(loans, ledger.PayerCredit), payment.Owed(loans, ledger.PayerDebt)
	for _, l := range loans {
		kind := map[ledger.Kind]string{ledger.PayerCredit: "credit", ledger.PayerDebt: "debt"}[l.Kind]
		out.Bill = append(out.Bill, Loan{l.Payment, kind, l.Amount.Minor, l.Repaid, l.CreatedAt.UTC()})
	}
	return &creditOutput{out}, err
}

// spareCredit is what is left of a payer's credit line, in minor units.
func (a *API) spareCredit(ctx context.Context, payer ids.Payer) (int64, error) {
	limit, err := a.Rides.CreditLimit(ctx, payer)
	if err != nil || limit == 0 {
		return 0, err
	}
	loans, err := a.Rides.Loans(ctx, payer)
	return max(limit-payment.Owed(loans, ledger.PayerCredit), 0), err
}
