package wallet

import (
	"context"
	"net/url"

	"github.com/paycode/paycode/client"
)

// Page is a part of the history, newest first.
type Page struct {
	Payments []client.Payment `json:"payments"`
	Next     string           `json:"next_cursor"` // for the page after this one; empty at the end
}

// History answers a page of the payer's payments; cursor is empty for the
// newest, then Page.Next.
func (w *Wallet) History(ctx context.Context, cursor string) (p Page, err error) {
	path := "/v1/device/payments"
	if cursor != "" {
		path += "?cursor=" + url.QueryEscape(cursor)
	}
	return p, w.call(ctx, "GET", path, nil, &p)
}

// Payment is one of the payer's payments as it is now, with its receipt where it
// has one.
func (w *Wallet) Payment(ctx context.Context, paymentID string) (p client.Payment, err error) {
	err = w.call(ctx, "GET", "/v1/device/payments/"+url.PathEscape(paymentID), nil, &p)
	return p, err
}

// Confirm says yes to a payment that waits for the payer.
func (w *Wallet) Confirm(ctx context.Context, paymentID string) (client.Payment, error) {
	return w.answer(ctx, paymentID, "confirm")
}

// Reject says no to a payment that waits for the payer.
func (w *Wallet) Reject(ctx context.Context, paymentID string) (client.Payment, error) {
	return w.answer(ctx, paymentID, "reject")
}

func (w *Wallet) answer(ctx context.Context, paymentID, word string) (p client.Payment, err error) {
	return p, w.call(ctx, "POST", "/v1/device/payments/"+url.PathEscape(paymentID)+"/"+word, nil, &p)
}
