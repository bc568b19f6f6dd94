package wallet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/paycode/paycode/pass"
)

// ErrNoPass is for a wallet that has no pass for gates, or one that is over: a
// sync brings one, where the issuer has passes.
var ErrNoPass = errors.New("wallet: no pass for gates")

// rideCodeLasts is how long a presentation is shown before the next one takes its
// place (docs/codes.md, Pass).
const rideCodeLasts = time.Minute

// Ride is a presentation of the pass, for a gate. Whoever shows it rides, so it
// prints as its kind alone.
type Ride struct {
	Text         string    // for the QR symbol
	Presentation []byte    // the same, for a reader
	Until        time.Time // when to show another, by the device's clock
	Expires      time.Time // when the pass is over unless the device syncs
}

// String is the kind of code, and nothing that could be shown to a gate.
func (r Ride) String() string { return "ride code [redacted]" }

// Format writes String whatever the verb.
func (r Ride) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }

// Ride presents the pass, without network, as often as one likes: which
// presentation went through is the gates' to remember. challenge is what a reader
// sent, or nil for a code that is shown. Errors: ErrNotEnrolled, ErrPaused,
// ErrRefused, ErrNoPass, and pass.ErrKey for a challenge that none can be.
func (w *Wallet) Ride(challenge []byte) (Ride, error) {
	s, err := w.enrolled()
	if err != nil {
		return Ride{}, err
	}
	switch err := s.mayShow(w.Now()); {
	case errors.Is(err, ErrExpired): // of the seed: a pass has a time of its own
	case err != nil:
		return Ride{}, err
	}
	return s.ride(w.Now(), challenge)
}

func (s *state) ride(now time.Time, challenge []byte) (Ride, error) {
	if len(s.Pass) == 0 {
		return Ride{}, ErrNoPass
	}
	key, err := parseKey(s.SignKey)
	if err != nil {
		return Ride{}, err
	}
	var nonce [4]byte
	rand.Read(nonce[:])
	presentation, err := pass.Present(key, s.Pass, s.corrected(now), nonce, challenge)
	if err != nil {
		return Ride{}, fmt.Errorf("wallet: %w", err)
	}
	read, err := pass.Parse(presentation)
	if err != nil {
		return Ride{}, fmt.Errorf("wallet: %w", err)
	}
	if !s.corrected(now).Before(read.Pass.Expires) {
		return Ride{}, fmt.Errorf("%w: it was good until %s", ErrNoPass, read.Pass.Expires.Format(time.RFC3339))
	}
	return Ride{pass.Text(presentation), presentation, now.Add(rideCodeLasts), read.Pass.Expires}, nil
}
