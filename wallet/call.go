package wallet

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/paycode/paycode/client"
)

// call makes a request that the device's key proves, and keeps in mind what the
// refusal of one says of the device.
func (w *Wallet) call(ctx context.Context, method, path string, in, out any) error {
	s, err := w.enrolled()
	if err != nil {
		return err
	}
	err = w.caller(s).Call(ctx, method, path, in, out)
	if w.clockIsOff(&s, err) {
		err = w.caller(s).Call(ctx, method, path, in, out)
	}
	if p := (*client.Problem)(nil); errors.As(err, &p) && (p.Code == "device_frozen" || p.Code == "device_revoked") {
		return errors.Join(err, w.change(func(s *state) error { s.Blocked = p.Code; return nil }))
	}
	return err
}

// clockIsOff learns from a refusal what time it is, and reports whether that is
// worth another try: the proofs of a device whose clock is off are refused, and
// otherwise it would never get to hear the time.
func (w *Wallet) clockIsOff(s *state, err error) bool {
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != http.StatusUnauthorized || p.At.IsZero() {
		return false
	}
	off := p.At.Sub(w.Now())
	if (off - s.offset()).Abs() < noticeableOffset {
		return false
	}
	s.setOffset(off)
	return w.change(func(s *state) error { s.setOffset(off); return nil }) == nil
}

func (w *Wallet) caller(s state) *client.Client {
	return &client.Client{Server: s.Server, HTTP: w.HTTP, Authorize: func(r *http.Request) error {
		proof, err := prove(s.SignKey, r.Method, r.URL, s.AccessToken, s.corrected(w.Now()))
		if err != nil {
			return fmt.Errorf("wallet: proof: %w", err)
		}
		r.Header.Set("Authorization", "DPoP "+s.AccessToken)
		r.Header.Set("DPoP", proof)
		return nil
	}}
}
