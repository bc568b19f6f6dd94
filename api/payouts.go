package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/settlement"
)

// Payout is money that a merchant was paid.
type Payout struct {
	ID         ids.Payout     `json:"id" doc:"TypeID" example:"po_01jfja0yrcfgzrmq9f3r69q2kp"`
	PayoutNo   string         `json:"payout_no" doc:"the operator's number" example:"2026-11-21"`
	MerchantID ids.Merchant   `json:"merchant_id" doc:"TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	Status     string         `json:"status" enum:"paid,returned" doc:"returned: the bank has sent it back, and the merchant has it again"`
	Amount     int64          `json:"amount" doc:"minor units" example:"125000"`
	Currency   money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
	Reference  string         `json:"reference,omitempty" doc:"as the operator said, such as the bank's number"`
	CreatedAt  time.Time      `json:"created_at" doc:"RFC 3339, UTC"`
	ReturnedAt *time.Time     `json:"returned_at,omitempty" doc:"when it was sent back"`
}

func payoutOf(p settlement.Payout) Payout {
	out := Payout{
		ID: p.ID, PayoutNo: p.No, MerchantID: p.Merchant, Status: "paid", Amount: p.Amount.Minor, Currency: p.Amount.Currency,
		Reference: p.Reference, CreatedAt: p.CreatedAt.UTC(), ReturnedAt: moment(p.ReturnedAt),
	}
	if out.ReturnedAt != nil {
		out.Status = "returned"
	}
	return out
}

// Owed is what a merchant is owed.
type Owed struct {
	Currency money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
	Payable  int64          `json:"payable" doc:"minor units: all that he is owed, less than 0 when he gave back more than he has" example:"130000"`
	Settled  int64          `json:"settled" doc:"minor units: what of it can be paid out. What was paid in the last seconds is not among it" example:"125000"`
}

// someOrAll is an amount in minor units, 0 when it was left out. A null is neither: a
// caller who has lost his amount must not pay out everything.
type someOrAll int64

// UnmarshalJSON refuses null.
func (a *someOrAll) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return field.Wrong("amount", "must be a number, or be left out")
	}
	return json.Unmarshal(b, (*int64)(a))
}

type (
	newPayoutInput struct {
		MerchantPath
		Body struct {
			PayoutNo  string         `json:"payout_no" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"your number for it, visible ASCII; pays once" example:"2026-11-21"`
			Amount    someOrAll      `json:"amount,omitempty" minimum:"1" maximum:"9000000000000000" doc:"minor units; all that is settled when left out" example:"125000"`
			Currency  money.Currency `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217: the merchant's" example:"CNY"`
			Reference string         `json:"reference,omitempty" maxLength:"128" doc:"for the statement, such as the bank's number"`
		}
	}
	// PayoutPath names a payout by the operator's number.
	PayoutPath struct {
		PayoutNo string `path:"payout_no" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"the operator's number, URL-encoded" example:"2026-11-21"`
	}
	merchantPayoutInput struct {
		MerchantPath
		PayoutPath
	}
	// PayoutPage says which page of payouts is wanted.
	PayoutPage struct {
		Limit  int        `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"payouts to a page"`
		Cursor ids.Payout `query:"cursor" doc:"next_cursor of the page before"`
	}
	merchantPayoutsInput struct {
		MerchantPath
		PayoutPage
	}
	newPayoutOutput struct {
		Status int
		Body   Payout
	}
	payoutOutput  struct{ Body Payout }
	owedOutput    struct{ Body Owed }
	payoutsOutput struct {
		Body struct {
			Payouts    []Payout    `json:"payouts" doc:"newest first"`
			NextCursor *ids.Payout `json:"next_cursor,omitempty" doc:"absent on the last page"`
		}
	}
)

func (a *API) payoutCalls() {
	const operators, merchants, of = "Operator", "Merchant", "/v1/merchants/{id}"
	operator, merchant := access.RoleOperator, access.RoleMerchant
	register(a, route{method: "GET", path: of + "/balance", id: "get-merchant-balance", tag: operators, role: operator, status: http.StatusOK,
		summary: "What a merchant is owed", codes: []Code{NotFound}}, func(ctx context.Context, in *MerchantPath) (*owedOutput, error) { return a.owed(ctx, in.ID) })
	register(a, route{method: "POST", path: of + "/payouts", id: "create-payout", tag: operators, role: operator, status: http.StatusCreated,
		summary: "Pay a merchant what he is owed",
		about: "Books that the money has left for the merchant's bank; to send it is the operator's business. Once for each payout_no of a merchant, and never more than is settled. " +
			"Without amount it is all that is settled.",
		again: "Paid before: the same payout", codes: []Code{NotFound, PayoutConflict, PayoutExceedsBalance}}, a.createPayout)
	register(a, route{method: "GET", path: of + "/payouts", id: "list-payouts", tag: operators, role: operator, status: http.StatusOK,
		summary: "List what a merchant was paid", codes: []Code{NotFound}},
		func(ctx context.Context, in *merchantPayoutsInput) (*payoutsOutput, error) {
			if _, err := a.Access.Merchant(ctx, in.ID); err != nil {
				return nil, err
			}
			return a.payouts(ctx, in.ID, in.PayoutPage)
		})
	register(a, route{method: "GET", path: of + "/payouts/{payout_no}", id: "get-payout", tag: operators, role: operator, status: http.StatusOK,
		summary: "Look at a payout", codes: []Code{NotFound}}, func(ctx context.Context, in *merchantPayoutInput) (*payoutOutput, error) {
		return a.payout(a.Settlement.Store.Payout(ctx, in.ID, in.PayoutNo))
	})
	register(a, route{method: "POST", path: of + "/payouts/{payout_no}/return", id: "return-payout", tag: operators, role: operator, status: http.StatusOK,
		summary: "Take back a payout that the bank sent back", about: "The merchant has the money again. Again, it changes nothing. Pay it out anew under a new number.",
		codes: []Code{NotFound}}, func(ctx context.Context, in *merchantPayoutInput) (*payoutOutput, error) {
		return a.payout(a.Settlement.Return(ctx, in.ID, in.PayoutNo))
	})
	register(a, route{method: "GET", path: "/v1/merchant/balance", id: "get-own-balance", tag: merchants, role: merchant, status: http.StatusOK,
		summary: "What am I owed"}, func(ctx context.Context, _ *struct{}) (*owedOutput, error) {
		return a.owed(ctx, callerOf(ctx).Merchant)
	})
	register(a, route{method: "GET", path: "/v1/merchant/payouts", id: "list-own-payouts", tag: merchants, role: merchant, status: http.StatusOK,
		summary: "What was I paid"}, func(ctx context.Context, in *PayoutPage) (*payoutsOutput, error) {
		return a.payouts(ctx, callerOf(ctx).Merchant, *in)
	})
	register(a, route{method: "GET", path: "/v1/merchant/payouts/{payout_no}", id: "get-own-payout", tag: merchants, role: merchant, status: http.StatusOK,
		summary: "Look at one of my payouts", codes: []Code{NotFound}}, func(ctx context.Context, in *PayoutPath) (*payoutOutput, error) {
		return a.payout(a.Settlement.Store.Payout(ctx, callerOf(ctx).Merchant, in.PayoutNo))
	})
}

func (a *API) createPayout(ctx context.Context, in *newPayoutInput) (*newPayoutOutput, error) {
	o := settlement.Order{Merchant: in.ID, No: in.Body.PayoutNo, Minor: int64(in.Body.Amount), Currency: in.Body.Currency, Reference: in.Body.Reference}
	if o.No == "." || o.No == ".." {
		return nil, field.Wrong("payout_no", "must not be . or .., which no address can end in: such a payout could not be looked at")
	}
	p, fresh, err := a.Settlement.PayOut(ctx, o)
	if errors.Is(err, settlement.ErrCurrency) {
		return nil, field.Wrong("currency", "must be the merchant's")
	}
	if err != nil {
		return nil, err
	}
	return &newPayoutOutput{made(fresh), payoutOf(p)}, nil
}

func (a *API) payout(p settlement.Payout, err error) (*payoutOutput, error) {
	if err != nil {
		return nil, err
	}
	return &payoutOutput{payoutOf(p)}, nil
}

func (a *API) payouts(ctx context.Context, merchant ids.Merchant, wanted PayoutPage) (*payoutsOutput, error) {
	found, err := a.Settlement.Store.Payouts(ctx, merchant, wanted.Cursor, wanted.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &payoutsOutput{}
	if len(found) > wanted.Limit {
		found = found[:wanted.Limit]
		out.Body.NextCursor = &found[wanted.Limit-1].ID
	}
	out.Body.Payouts = make([]Payout, len(found))
	for i, p := range found {
		out.Body.Payouts[i] = payoutOf(p)
	}
	return out, nil
}

func (a *API) owed(ctx context.Context, merchant ids.Merchant) (*owedOutput, error) {
	b, err := a.Settlement.Store.Owed(ctx, merchant)
	if err != nil {
		return nil, err
	}
	return &owedOutput{Owed{b.Currency, b.Payable, b.Settled}}, nil
}
