package till

import (
	"context"
	"fmt"
	"net/url"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/money"
)

type chargeRequest struct {
	OrderNo     string         `json:"order_no"`
	Code        string         `json:"code"`
	AmountMinor int64          `json:"amount"`
	Currency    money.Currency `json:"currency"`
	Subject     string         `json:"subject,omitempty"`
	Terminal    string         `json:"terminal_id,omitempty"`
	Challenge   string         `json:"challenge,omitempty"`
}

// request does what was decided. An answer is believed only if it is about the
// order that was asked for.
func (t *Till) request(ctx context.Context, o *order, n next) (a answer) {
	switch n.do {
	case send, repeat:
		s := o.sale
		a.err = t.call(ctx, "POST", "/v1/payments", chargeRequest{
			s.OrderNo, s.Code, s.Amount.Minor, s.Amount.Currency, s.Subject, t.Terminal, s.Challenge,
		}, &a.payment)
	case ask:
		a.payment, a.err = t.query(ctx, o.OrderNo)
	case watch:
		a.err = t.call(ctx, "GET", "/v1/payments/"+url.PathEscape(n.payment.ID), nil, &a.payment)
	case cancelPayment:
		a.err = t.call(ctx, "POST", "/v1/payments/"+url.PathEscape(n.payment.ID)+"/cancel", nil, &a.payment)
	case cancelOrder:
		a.err = t.call(ctx, "POST", "/v1/orders/"+url.PathEscape(o.OrderNo)+"/cancel", nil, &a.payment)
	}
	if a.err == nil && (a.payment.ID == "" || a.payment.Status == "" || a.payment.OrderNo != o.OrderNo) {
		a.err = fmt.Errorf("%w: an answer about something else", client.ErrLost)
	}
	return a
}

func (t *Till) query(ctx context.Context, orderNo string) (p client.Payment, err error) {
	return p, t.call(ctx, "GET", "/v1/payments?order_no="+url.QueryEscape(orderNo), nil, &p)
}

func (t *Till) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, AnswerWithin)
	defer cancel()
	c := client.Client{Server: t.Server, HTTP: t.HTTP, Authorize: client.Bearer(t.Key)}
	return c.Call(ctx, method, path, in, out)
}
