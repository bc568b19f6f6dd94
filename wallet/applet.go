package wallet

import (
	"errors"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/pass"
)

// Tap makes a code of the next slot that pays what a reader's challenge says, and
// nothing else. Like Show it has the slot remembered durably before it answers.
// Errors as Show's.
func (w *Wallet) Tap(challenge paycode.Challenge) (code paycode.Payload, err error) {
	err = w.change(func(s *state) error {
		seed, slot, err := s.spend(w.Now())
		if err == nil {
			code = s.Profile.NewChallengePayload(&seed, s.Alias, slot, challenge)
		}
		return err
	})
	if err != nil {
		return paycode.Payload{}, err // the slot may not be remembered
	}
	return code, nil
}

// Applet is the wallet held against a reader: it takes command APDUs and gives
// responses (docs/codes.md, Held against a reader). It answers whoever asks, so it
// should be there only while the payer wants to pay. It is for one reader at a time.
type Applet struct {
	wallet *Wallet
	told   func(nfc.Request, error)
	card   nfc.Card
}

// Applet is the wallet as a card. told hears of each challenge after it was answered,
// or with the error for which it was not; it may be nil.
func (w *Wallet) Applet(told func(nfc.Request, error)) *Applet {
	return &Applet{wallet: w, told: told}
}

// Reset is the device taken out of a reader's field.
func (a *Applet) Reset() { a.card.Reset() }

// Command is the response to a command.
func (a *Applet) Command(b []byte) []byte {
	response, asked := a.card.Command(b)
	if asked == nil {
		return response
	}
	answer, err := a.answer(*asked)
	if a.told != nil {
		a.told(*asked, err)
	}
	if err != nil {
		return a.card.Refuse(statusOf(err))
	}
	return a.card.Give(answer)
}

func (a *Applet) answer(r nfc.Request) ([]byte, error) {
	if r.Want == nfc.Presentation {
		challenge := r.Challenge.Bytes()
		ride, err := a.wallet.Ride(challenge[:])
		if err != nil {
			return nil, err
		}
		return pass.Compact(ride.Presentation)
	}
	code, err := a.wallet.Tap(r.Challenge)
	return code[:], err
}

// statusOf is what a reader is told of a refusal: not why, which is the payer's to know.
func statusOf(err error) nfc.Status {
	for _, refusal := range []error{ErrNotEnrolled, ErrPaused, ErrExpired, ErrRefused, ErrClock, ErrNoMoreCodes, ErrNoPass} {
		if errors.Is(err, refusal) {
			return nfc.NotNow
		}
	}
	return nfc.Broken
}
