package till

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/paycode/paycode/client"
)

// Query asks once what became of an order. Errors are those of package client;
// client.IsNotFound for an order that the server has not seen.
func (t *Till) Query(ctx context.Context, orderNo string) (client.Payment, error) {
	return t.query(ctx, orderNo)
}

// Cancel undoes a payment: reverses a success in full, stops a pending one. It
// asks until the server answers: canceling again changes nothing. Errors:
// ErrUnknown, *client.Problem.
func (t *Till) Cancel(ctx context.Context, paymentID string) (p client.Payment, err error) {
	err = t.insist(ctx, "cancel of "+paymentID, func() error {
		return t.call(ctx, "POST", "/v1/payments/"+url.PathEscape(paymentID)+"/cancel", nil, &p)
	})
	return p, err
}

// Refunding is a part of a payment that is to be given back.
type Refunding struct {
	PaymentID   string
	RefundNo    string // 1 to 64 characters, of this refund alone
	AmountMinor int64  // minor units of the payment's currency
	Reason      string // may be empty
}

// Refund gives back a part of a payment, once per refund number: when the answer
// is lost it asks for the same again until the server answers. Errors:
// ErrUnknown (ask with the same number again), *client.Problem.
func (t *Till) Refund(ctx context.Context, r Refunding) (refund client.Refund, err error) {
	body := struct {
		RefundNo    string `json:"refund_no"`
		AmountMinor int64  `json:"amount"`
		Reason      string `json:"reason,omitempty"`
	}{r.RefundNo, r.AmountMinor, r.Reason}
	err = t.insist(ctx, "refund "+r.RefundNo, func() error {
		return t.call(ctx, "POST", "/v1/payments/"+url.PathEscape(r.PaymentID)+"/refunds", body, &refund)
	})
	return refund, err
}

// insist repeats a request that may be repeated until it is answered.
func (t *Till) insist(ctx context.Context, what string, request func() error) error {
	for tries := 0; ; tries++ {
		err := request()
		if !errors.Is(err, client.ErrLost) {
			return err
		}
		if perr := t.pause(ctx, askAgain[min(tries, len(askAgain)-1)]); perr != nil {
			return fmt.Errorf("%w: %s: %w", ErrUnknown, what, perr)
		}
	}
}
