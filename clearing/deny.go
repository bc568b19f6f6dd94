package clearing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Held is a pass that has not expired, and what says whether gates should take it.
type Held struct {
	Pass    [8]byte
	Expires time.Time
	Status  payment.DeviceStatus // of its device
	InDebt  bool                 // its payer owes a ride
}

// Denied reports whether the pass belongs on the deny list.
func (h Held) Denied() bool { return h.InDebt || h.Status != payment.DeviceActive }

// DenyStore keeps the deny list, whose every change has the next number.
type DenyStore interface {
	// Turn counts how often the list was looked over.
	Turn(ctx context.Context) (int64, error)
	// HeldBy lists the passes of payers of a bucket that expire after now.
	HeldBy(ctx context.Context, bucket int, payers []ids.Payer, now time.Time) ([]Held, error)
	// Deny puts passes on the list or takes them off it as they say, if the turn is
	// still the one given, and begins the next turn; otherwise ErrTurn. What is as it
	// should be gets no number.
	Deny(ctx context.Context, turn int64, passes []Held) error
	// DenyExpired takes passes that expired before a time off the list, at most
	// limit, and forgets those that expired before long.
	DenyExpired(ctx context.Context, before, long time.Time, limit int) error
	// DenyChanges lists what became of passes since a number, at most limit, in the
	// order of their last changes, the number of the last of them, and that of the list.
	DenyChanges(ctx context.Context, since uint64, limit int) (add, remove [][8]byte, until, last uint64, err error)
}

// ErrTurn is for a deny list that somebody else has looked over meanwhile.
var ErrTurn = errors.New("clearing: the deny list was looked over by another server")

// Denier keeps the deny list true to what happens to devices and payers. It
// implements outbox.Receiver. All fields are needed.
type Denier struct {
	Store DenyStore
	Now   func() time.Time
}

// turns is how often a look is begun anew because another server was quicker.
const turns = 100

// Take puts passes on the list or takes them off it, after events that may
// change where they belong. It looks at how things are now, so that events that
// come twice or late do no harm. Which of two servers that do so at once has seen
// the newer state is decided by the list's turn: nobody writes what he saw before
// another one was done.
func (d *Denier) Take(ctx context.Context, bucket int, events []payment.Event) (taken []ids.Event, err error) {
	var payers []ids.Payer
	for _, e := range events {
		taken = append(taken, e.ID)
		switch e.Kind {
		case issuing.EventFrozen, issuing.EventUnfrozen, issuing.EventRevoked, payment.EventRideDebt, payment.EventRideDebtPaid:
			payers = append(payers, e.Payer)
		}
	}
	if len(payers) == 0 {
		return taken, nil
	}
	for range turns {
		if err = d.look(ctx, bucket, payers); !errors.Is(err, ErrTurn) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("clearing: deny list: %w", err)
	}
	return taken, nil
}

func (d *Denier) look(ctx context.Context, bucket int, payers []ids.Payer) error {
	turn, err := d.Store.Turn(ctx)
	if err != nil {
		return err
	}
	held, err := d.Store.HeldBy(ctx, bucket, payers, d.Now())
	if err != nil || len(held) == 0 {
		return err
	}
	return d.Store.Deny(ctx, turn, held)
}

// Delta is what changed on the deny list since a number, signed; nil when
// nothing did. until is the number that it leads to, and without a change that
// of the list, which is below since where the list was brought back to an older state.
func Delta(ctx context.Context, store DenyStore, key pass.IssuerKey, since uint64) (signed []byte, until uint64, err error) {
	add, remove, until, last, err := store.DenyChanges(ctx, since, pass.MaxDelta)
	if err != nil {
		return nil, 0, fmt.Errorf("clearing: deny list: %w", err)
	}
	if len(add)+len(remove) == 0 {
		return nil, min(last, since), nil
	}
	signed, err = pass.SignDenyDelta(key, pass.DenyDelta{Since: since, Until: until, Add: add, Remove: remove})
	if err != nil {
		return nil, 0, fmt.Errorf("clearing: deny list: %w", err)
	}
	return signed, until, nil
}

// forgetAfter is how long after its end a pass is remembered to have been on the
// list: a gate that was without network for longer keeps its number for nothing.
const forgetAfter = 30 * 24 * time.Hour
