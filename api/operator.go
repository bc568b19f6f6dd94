package api

import (
	"context"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Payer is a payer as the operator sees him.
type Payer struct {
	ID         ids.Payer      `json:"id" doc:"TypeID" example:"payer_01jfja0yrcfgzrmq9f3r69q2kp"`
	ExternalID string         `json:"external_id" doc:"what the operator calls him"`
	Name       string         `json:"name" doc:"may be empty"`
	Currency   money.Currency `json:"currency" doc:"ISO 4217; the only one that he pays in" example:"CNY"`
	Balance    Balance        `json:"balance" doc:"what he can spend"`
	Credit     Balance        `json:"credit" doc:"what is left of his credit line, for rides"`
	Limits     payment.Limits `json:"limits" doc:"what offline codes may take"`
	Devices    []Device       `json:"devices" doc:"oldest first, removed ones too"`
	CreatedAt  time.Time      `json:"created_at" doc:"RFC 3339, UTC"`
}

// TopUp is money that a payer brought in.
type TopUp struct {
	ID        ids.TopUp      `json:"id" doc:"TypeID" example:"top_01jfja0yrcfgzrmq9f3r69q2kp"`
	PayerID   ids.Payer      `json:"payer_id" doc:"TypeID" example:"payer_01jfja0yrcfgzrmq9f3r69q2kp"`
	Reference string         `json:"reference" doc:"the operator's number"`
	Amount    int64          `json:"amount" doc:"minor units" example:"10000"`
	Currency  money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
	Balance   Balance        `json:"balance" doc:"what the payer can spend now"`
	CreatedAt time.Time      `json:"created_at" doc:"RFC 3339, UTC"`
}

type (
	newPayerInput struct {
		Body struct {
			ExternalID string `json:"external_id" minLength:"1" maxLength:"128" doc:"what the operator calls the payer; names him for ever"`
			Currency   string `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217, upper case" example:"CNY"`
			Name       string `json:"name,omitempty" maxLength:"80" doc:"shown to merchants masked; not looked at when the payer exists"`
		}
	}
	payerOutput struct{ Body Payer }
	PayerPath   struct {
		ID ids.Payer `path:"id" doc:"TypeID of the payer" example:"payer_01jfja0yrcfgzrmq9f3r69q2kp"`
	}
	topUpInput struct {
		PayerPath
		Body struct {
			Reference   string `json:"reference" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"the operator's number, visible ASCII; adds money once"`
			Amount      int64  `json:"amount" minimum:"1" maximum:"1000000000000" doc:"minor units of the payer's currency" example:"10000"`
			RepayCredit bool   `json:"repay_credit,omitempty" doc:"what debts leave of it repays what was used of the credit line, oldest first"`
		}
	}
	topUpOutput struct {
		Status int
		Body   TopUp
	}
	limitsInput struct {
		PayerPath
		Body payment.Limits
	}
	ticketOutput struct {
		Body struct {
			Ticket    string    `json:"ticket" doc:"secret; enrols one device, once"`
			EnrolURL  string    `json:"enrol_url" format:"uri" doc:"opens the wallet page and enrols; the ticket is in the fragment, which browsers send to nobody"`
			ExpiresAt time.Time `json:"expires_at" doc:"RFC 3339, UTC"`
		}
	}
	auditOutput struct{ Body ledger.Report }
)

func (a *API) operatorCalls() {
	const tag = "Operator"
	role := access.RoleOperator
	register(a, route{method: "POST", path: "/v1/payers", id: "create-payer", tag: tag, role: role, status: http.StatusOK,
		summary: "Make a payer", about: "The same external_id again answers the same payer.", codes: []Code{PayerConflict}}, a.createPayer)
	register(a, route{method: "GET", path: "/v1/payers/{id}", id: "get-payer", tag: tag, role: role, status: http.StatusOK,
		summary: "Look at a payer", about: "Balance, credit, limits and devices.", codes: []Code{NotFound}}, a.getPayer)
	register(a, route{method: "POST", path: "/v1/payers/{id}/topups", id: "top-up", tag: tag, role: role, status: http.StatusCreated,
		summary: "Add money", about: "Once for each reference. Debts are paid from it first, oldest first.", again: "Added before: the same top-up",
		codes: []Code{NotFound, TopUpConflict, BalanceTooLarge, Overloaded}}, a.topUp)
	register(a, route{method: "PUT", path: "/v1/payers/{id}/limits", id: "set-limits", tag: tag, role: role, status: http.StatusOK,
		summary: "Set a payer's limits", about: "They hold from the next payment on.", codes: []Code{NotFound}}, a.setLimits)
	register(a, route{method: "POST", path: "/v1/payers/{id}/tickets", id: "create-ticket", tag: tag, role: role, status: http.StatusCreated,
		summary: "Make an enrolment ticket", about: "It enrols one device within ten minutes. Asked again, it makes another one.", codes: []Code{NotFound}}, a.createTicket)
	register(a, route{method: "GET", path: "/v1/ledger/audit", id: "audit", tag: tag, role: role, status: http.StatusOK, long: true,
		summary: "Audit the books", about: "Recomputes every balance from the postings and says what differs."}, a.audit)
}

func (a *API) createPayer(ctx context.Context, in *newPayerInput) (*payerOutput, error) {
	p, err := a.Issuing.CreatePayer(ctx, issuing.NewPayer{ExternalID: in.Body.ExternalID, Currency: in.Body.Currency, Name: in.Body.Name})
	if err != nil {
		return nil, err
	}
	return a.payer(ctx, p)
}

func (a *API) getPayer(ctx context.Context, in *PayerPath) (*payerOutput, error) {
	p, err := a.Issuing.Payer(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.payer(ctx, p)
}

func (a *API) payer(ctx context.Context, p issuing.Payer) (*payerOutput, error) {
	balance, err := a.Payments.Balance(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	credit, err := a.spareCredit(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := Payer{
		ID: p.ID, ExternalID: p.ExternalID, Name: p.Name, Currency: p.Currency, Balance: balanceOf(balance),
		Credit: Balance{credit, p.Currency}, Limits: p.Limits, Devices: []Device{}, CreatedAt: p.CreatedAt.UTC(),
	}
	for _, d := range p.Devices {
		out.Devices = append(out.Devices, a.deviceOf(d))
	}
	return &payerOutput{out}, nil
}

func (a *API) topUp(ctx context.Context, in *topUpInput) (*topUpOutput, error) {
	c, fresh, err := a.Payments.TopUp(ctx, in.ID, in.Body.Reference, in.Body.Amount, in.Body.RepayCredit)
	if err != nil {
		return nil, err
	}
	balance, err := a.Payments.Balance(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &topUpOutput{made(fresh), TopUp{
		c.ID, c.Payer, c.Reference, c.Amount.Minor, c.Amount.Currency, balanceOf(balance), c.CreatedAt.UTC(),
	}}, nil
}

// made is the status of something that was made now, or answered again.
func made(fresh bool) int {
	if fresh {
		return http.StatusCreated
	}
	return http.StatusOK
}

func (a *API) setLimits(ctx context.Context, in *limitsInput) (*payerOutput, error) {
	if err := a.Issuing.SetLimits(ctx, in.ID, in.Body); err != nil {
		return nil, err
	}
	return a.getPayer(ctx, &in.PayerPath)
}

func (a *API) createTicket(ctx context.Context, in *PayerPath) (*ticketOutput, error) {
	text, expires, err := a.Issuing.Ticket(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &ticketOutput{}
	out.Body.Ticket, out.Body.ExpiresAt = text, expires.UTC()
	out.Body.EnrolURL = exchangeOf(ctx).origin + "/wallet/#ticket=" + text
	return out, nil
}

func (a *API) audit(ctx context.Context, _ *struct{}) (*auditOutput, error) {
	report, err := a.Books.Audit(ctx)
	return &auditOutput{report}, err
}

// Named says what a payer is called, who would be looked up otherwise.
func (a *API) Named(payer ids.Payer, name string) { a.payers.know(payer, name) }

func (a *API) payerName(ctx context.Context, id ids.Payer) (string, error) {
	p, err := a.Issuing.Payer(ctx, id)
	return p.Name, err
}
