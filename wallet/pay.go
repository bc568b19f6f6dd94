package wallet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/paycode/paycode/client"
)

// ErrUnknown is for a payment of which it is not known whether it was made. To
// Pay the same code and amount again finds out, and never pays twice.
var ErrUnknown = errors.New("wallet: it is not known yet whether this was paid")

// mostPaying is how many payments that were never answered are remembered.
const mostPaying = 20

// paying is a payment whose outcome is not known.
type paying struct {
	Reference   string `json:"reference"` // ours; the server pays it once
	QR          string `json:"qr"`
	AmountMinor int64  `json:"amount"`
}

// Pay pays by a shop's code, of minor units of the code's currency: 0 when the
// code says how much. The answer is the payment, succeeded or declined, and with
// it the Receipt for a till without network. When no answer comes it asks again
// until ctx ends: ErrUnknown. Other errors: *client.Problem, and nothing was
// paid; those of the file, and nothing was sent.
//
// The reference is on the disk before anything is sent: a payment that was cut off
// by a crash is found by the next Pay of the same code and amount.
func (w *Wallet) Pay(ctx context.Context, qr string, minor int64) (client.Payment, error) {
	p, err := w.beginPaying(qr, minor)
	if err != nil {
		return client.Payment{}, err
	}
	request := struct {
		MerchantQR  string `json:"merchant_qr"`
		AmountMinor int64  `json:"amount,omitempty"`
		Reference   string `json:"reference"`
	}{p.QR, p.AmountMinor, p.Reference}
	for pause := time.Second; ; pause = min(2*pause, 8*time.Second) {
		var paid client.Payment
		err := w.call(ctx, "POST", "/v1/device/pay", request, &paid)
		switch {
		case err == nil && paid.ID != "" && paid.Status != "":
			return paid, w.endPaying(p)
		case err == nil:
			err = fmt.Errorf("%w: %w", client.ErrLost, ErrAnswer)
		case saysNothingWasPaid(err):
			return client.Payment{}, errors.Join(err, w.endPaying(p))
		}
		if !errors.Is(err, client.ErrLost) {
			return client.Payment{}, err
		}
		select {
		case <-ctx.Done():
			return client.Payment{}, fmt.Errorf("%w: %w", ErrUnknown, err)
		case <-time.After(pause):
		}
	}
}

// beginPaying has a reference on the disk: that of the same payment if it was
// begun before, or a new one.
func (w *Wallet) beginPaying(qr string, minor int64) (p paying, err error) {
	err = w.change(func(s *state) error {
		for _, p = range s.Paying {
			if p.QR == qr && p.AmountMinor == minor {
				return nil
			}
		}
		p = paying{rand.Text(), qr, minor}
		s.Paying = append(s.Paying, p)
		s.Paying = s.Paying[max(0, len(s.Paying)-mostPaying):]
		return nil
	})
	return p, err
}

func (w *Wallet) endPaying(p paying) error {
	return w.change(func(s *state) error {
		s.Paying = slices.DeleteFunc(s.Paying, func(q paying) bool { return q == p })
		return nil
	})
}

// saysNothingWasPaid reports whether a refusal is about the payment: the server
// has looked for one under the reference, and there is none. A refusal of the
// caller says nothing about a request before it that was not answered.
func saysNothingWasPaid(err error) bool {
	p := (*client.Problem)(nil)
	if !errors.As(err, &p) {
		return false
	}
	switch p.Status {
	case http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return p.Code != "unknown_path"
	}
	return false
}
