package wallet

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/paycode/paycode"
)

// OnlineBudget is how long the server may take to give an online code before an
// offline one is shown instead: a customer at a till does not wait longer.
const OnlineBudget = 800 * time.Millisecond

// Code is what a payer shows. As it is as good as money, it prints as its kind
// alone.
type Code struct {
	Online bool         // minted by the server just now
	Digits string       // for the barcode, or to be typed
	Text   string       // for the QR symbol; an online code has digits only
	EMV    string       // for terminals that route by AID; empty if online
	Slot   paycode.Slot // of an offline code
	Until  time.Time    // when to show another, by the device's clock
}

// QR is what the QR symbol holds.
func (c Code) QR() string {
	if c.Online {
		return c.Digits
	}
	return c.Text
}

// String is the kind of code, and nothing that could be spent.
func (c Code) String() string {
	if c.Online {
		return "online code [redacted]"
	}
	return "offline code [redacted]"
}

// Format writes String whatever the verb.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// Show makes the next offline code: the current window's first nonce that was
// not shown before, which is remembered durably before the code is answered.
// Errors: ErrNotEnrolled, ErrPaused, ErrRefused, ErrExpired, ErrClock, ErrNoMoreCodes.
func (w *Wallet) Show() (code Code, err error) {
	err = w.change(func(s *state) error {
		code, err = s.show(w.Now())
		return err
	})
	return code, err
}

// ShowOnline asks the server for an online code and falls back to an offline one
// when no code arrives within OnlineBudget; Code.Online says which it is. Errors
// as Show's: a device that the server blocks just now is refused at once.
func (w *Wallet) ShowOnline(ctx context.Context) (Code, error) {
	s, err := w.enrolled()
	if err != nil {
		return Code{}, err
	}
	if err := s.mayShow(w.Now()); err != nil {
		return Code{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, OnlineBudget)
	defer cancel()
	var minted struct {
		Code      string    `json:"code"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if w.call(ctx, "POST", "/v1/device/codes", nil, &minted) != nil {
		return w.Show()
	}
	if read, err := s.Profile.Parse(minted.Code); err != nil || read.Form != paycode.FormOnline {
		return w.Show()
	}
	return Code{Online: true, Digits: minted.Code, Until: minted.ExpiresAt.Add(-s.offset())}, nil
}

// show is Show without the file; now is by the device's clock.
func (s *state) show(now time.Time) (Code, error) {
	seed, slot, err := s.spend(now)
	if err != nil {
		return Code{}, err
	}
	p := s.Profile
	return Code{
		Digits: p.NewDigits(&seed, s.Alias, slot), Text: p.NewText(&seed, s.Alias, slot), EMV: p.NewEMV(&seed, s.Alias, slot),
		Slot: slot, Until: s.endOf(slot.Counter),
	}, nil
}

// spend takes the next slot, which is never taken again, and the seed that makes its codes.
func (s *state) spend(now time.Time) (seed paycode.Seed, slot paycode.Slot, err error) {
	if err := s.mayShow(now); err != nil {
		return seed, slot, err
	}
	if seed, err = s.seed(); err != nil {
		return seed, slot, err
	}
	slot.Counter = s.Profile.CounterAt(s.corrected(now))
	if slot.Counter < s.Shown.Base {
		return seed, slot, ErrClock
	}
	for slot.Nonce = range paycode.MaxNonce + 1 {
		if shown, fresh := s.Shown.Burn(slot); fresh {
			s.Shown = shown
			return seed, slot, nil
		}
	}
	return seed, slot, ErrNoMoreCodes
}

// mayShow refuses what no code can change.
func (s *state) mayShow(now time.Time) error {
	switch {
	case s.Paused:
		return ErrPaused
	case s.Blocked != "":
		return fmt.Errorf("%w: %s", ErrRefused, s.Blocked)
	case s.corrected(now).After(s.SyncBy):
		return ErrExpired
	}
	return nil
}

// endOf is when a window ends, by the device's clock.
func (s *state) endOf(c paycode.Counter) time.Time {
	return time.Unix((int64(c)+1)*int64(s.Profile.PeriodSeconds), 0).Add(-s.offset())
}
