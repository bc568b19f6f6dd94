package api

import (
	"context"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

type (
	merchantSelfOutput struct {
		Body struct {
			ID       ids.Merchant   `json:"id" doc:"TypeID" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
			Name     string         `json:"name" doc:"as on the receipt"`
			Currency money.Currency `json:"currency" doc:"ISO 4217; the only one to charge in" example:"CNY"`
			TimeZone string         `json:"time_zone" doc:"IANA name of the zone in which a day of lists and statements begins at midnight" example:"Asia/Shanghai"`
		}
	}
	paymentOutput struct{ Body Payment }
	listInput     struct {
		Page
		OrderNo string `query:"order_no" maxLength:"64" pattern:"^[!-~]*$" doc:"answers that order's payment instead of a list"`
		Date    string `query:"date" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"the payments made on this day in the issuer's time zone" example:"2026-11-21"`
	}
	listOutput struct{ Body any }
	// PaymentList is one page of a day's payments.
	PaymentList struct {
		Payments   []Payment    `json:"payments" doc:"newest first"`
		NextCursor *ids.Payment `json:"next_cursor,omitempty" doc:"absent on the last page"`
	}
	orderInput struct {
		OrderNo string `path:"order_no" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"the merchant's number, URL-encoded"`
	}
	refundInput struct {
		PaymentPath
		Body struct {
			RefundNo string `json:"refund_no" minLength:"1" maxLength:"64" pattern:"^[!-~]*$" doc:"the merchant's number, visible ASCII; refunds once"`
			Amount   int64  `json:"amount" minimum:"1" maximum:"1000000000000" doc:"minor units of the payment's currency" example:"500"`
			Reason   string `json:"reason,omitempty" maxLength:"200" doc:"for the statement"`
		}
	}
	refundOutput struct {
		Status int
		Body   Refund
	}
	refundsOutput struct {
		Body struct {
			Refunds []Refund `json:"refunds" doc:"oldest first"`
		}
	}
)

func (a *API) paymentCalls() {
	const tag = "Merchant"
	role := access.RoleMerchant
	register(a, route{method: "GET", path: "/v1/merchant", id: "get-self", tag: tag, role: role, status: http.StatusOK,
		summary: "Who am I", about: "The merchant that the key belongs to."}, a.self)
	a.chargeCall()
	a.listCall()
	register(a, route{method: "GET", path: "/v1/payments/{id}", id: "get-payment", tag: tag, role: role, status: http.StatusOK,
		summary: "What became of a payment", codes: []Code{NotFound}}, a.getPayment)
	register(a, route{method: "POST", path: "/v1/payments/{id}/cancel", id: "cancel-payment", tag: tag, role: role, status: http.StatusOK,
		summary: "Undo a payment", about: "Reverses a success in full, stops a pending one, closes the order of a declined one. Again, it changes nothing.",
		codes: []Code{NotFound, NotCancelable, Overloaded}}, a.cancel)
	register(a, route{method: "POST", path: "/v1/orders/{order_no}/cancel", id: "cancel-order", tag: tag, role: role, status: http.StatusOK,
		summary: "Undo an order", about: "For when it is not known whether the charge arrived: an order that the server never saw is made impossible from now on.",
		codes: []Code{NotCancelable, Overloaded}}, a.cancelOrder)
	register(a, route{method: "POST", path: "/v1/payments/{id}/refunds", id: "create-refund", tag: tag, role: role, status: http.StatusCreated,
		summary: "Give back a part", about: "Once for each refund_no; never more in all than was paid.", again: "Refunded before: the same refund",
		codes: []Code{NotFound, RefundConflict, RefundExceedsPayment, NotRefundable, Overloaded}}, a.refund)
	register(a, route{method: "GET", path: "/v1/payments/{id}/refunds", id: "list-refunds", tag: tag, role: role, status: http.StatusOK,
		summary: "List what was given back", codes: []Code{NotFound}}, a.refunds)
	a.statementCall()
}

func (a *API) self(ctx context.Context, _ *struct{}) (*merchantSelfOutput, error) {
	m, err := a.Access.Merchant(ctx, callerOf(ctx).Merchant)
	if err != nil {
		return nil, err
	}
	out := &merchantSelfOutput{}
	out.Body.ID, out.Body.Name, out.Body.Currency, out.Body.TimeZone = m.ID, m.Name, m.Currency, a.Zone.String()
	return out, nil
}

// forMerchant is a payment as its merchant sees it.
func (a *API) forMerchant(ctx context.Context, p payment.Payment) (Payment, error) {
	if p.Payer.IsZero() {
		return paymentOf(p, ""), nil
	}
	name, err := a.payers.of(ctx, p.Payer)
	return paymentOf(p, name), err
}

func (a *API) answer(ctx context.Context, p payment.Payment, err error) (*paymentOutput, error) {
	if err != nil {
		return nil, err
	}
	out, err := a.forMerchant(ctx, p)
	return &paymentOutput{out}, err
}

func (a *API) getPayment(ctx context.Context, in *PaymentPath) (*paymentOutput, error) {
	p, err := a.Payments.Payment(ctx, in.ID, callerOf(ctx).Merchant)
	return a.answer(ctx, p, err)
}

func (a *API) cancel(ctx context.Context, in *PaymentPath) (*paymentOutput, error) {
	p, err := a.Payments.Cancel(ctx, in.ID, callerOf(ctx).Merchant)
	return a.answer(ctx, p, err)
}

func (a *API) cancelOrder(ctx context.Context, in *orderInput) (*paymentOutput, error) {
	p, err := a.Payments.CancelOrder(ctx, callerOf(ctx).Merchant, in.OrderNo)
	return a.answer(ctx, p, err)
}

func (a *API) refund(ctx context.Context, in *refundInput) (*refundOutput, error) {
	b := in.Body
	if err := field.Text("reason", b.Reason, 0, 200); err != nil {
		return nil, err
	}
	r, fresh, err := a.Payments.Refund(ctx, in.ID, callerOf(ctx).Merchant, b.RefundNo, b.Amount, b.Reason)
	if err != nil {
		return nil, err
	}
	return &refundOutput{made(fresh), refundOf(r)}, nil
}

func (a *API) refunds(ctx context.Context, in *PaymentPath) (*refundsOutput, error) {
	if _, err := a.Payments.Payment(ctx, in.ID, callerOf(ctx).Merchant); err != nil {
		return nil, err
	}
	all, err := a.History.Refunds(ctx, in.ID)
	out := &refundsOutput{}
	for _, r := range all {
		out.Body.Refunds = append(out.Body.Refunds, refundOf(r))
	}
	return out, err
}

// list answers one order's payment, or a page of a day's.
func (a *API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	merchant := callerOf(ctx).Merchant
	switch {
	case in.OrderNo != "" && in.Date != "", in.OrderNo == "" && in.Date == "":
		return nil, wrongQuery("order_no", "ask for either order_no or date")
	case in.OrderNo != "":
		p, err := a.Payments.Order(ctx, merchant, in.OrderNo)
		out, err := a.answer(ctx, p, err)
		if err != nil {
			return nil, err
		}
		return &listOutput{out.Body}, nil
	}
	from, to, err := a.day(in.Date)
	if err != nil {
		return nil, wrongQuery("date", err.Error())
	}
	found, err := a.History.MerchantPayments(ctx, merchant, from, to, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out PaymentList
	found, out.NextCursor = page(found, in.Limit)
	out.Payments = make([]Payment, len(found))
	for i, p := range found {
		if out.Payments[i], err = a.forMerchant(ctx, p); err != nil {
			return nil, err
		}
	}
	return &listOutput{out}, nil
}

func wrongQuery(name, message string) *Problem {
	p := newProblem(InvalidRequest)
	p.Errors = []WrongField{{"query." + name, message}}
	return p
}

// day is the beginning of a day in the issuer's time zone and of the next one.
func (a *API) day(date string) (from, to time.Time, err error) { return statement.Day(date, a.Zone) }
