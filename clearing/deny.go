package clearing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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

// DenyStore keeps the deny list, whose every change has a higher number than the one before.
type DenyStore interface {
	// Turn counts how often the list was looked over for payers of a bucket, and
	// says when all their passes were last looked through; the zero time for never.
	Turn(ctx context.Context, bucket int) (turn int64, lookedAt time.Time, err error)
	// HeldBy lists the passes of payers of a bucket that expire after now.
	HeldBy(ctx context.Context, bucket int, payers []ids.Payer, now time.Time) ([]Held, error)
	// HeldBehind lists the passes of all payers of a bucket that expire after now, by
	// their ids, behind one of them (the zero id: from the first on), at most limit.
	HeldBehind(ctx context.Context, bucket int, behind [8]byte, now time.Time, limit int) ([]Held, error)
	// OnList says which passes with ids behind one and up to another are on the list.
	OnList(ctx context.Context, behind, last [8]byte) (map[[8]byte]bool, error)
	// Deny puts passes of payers of a bucket on the list or takes them off it as they
	// say, if the turn is still the one given, and begins the next turn, also where
	// everything was as it should be; otherwise ErrTurn, and nothing is written.
	Deny(ctx context.Context, bucket int, turn int64, passes []Held) error
	// LookedThrough notes that all passes of payers of a bucket were looked through.
	LookedThrough(ctx context.Context, bucket int, at time.Time) error
	// DenyExpired takes passes that expired before a time off the list, and forgets
	// those that expired before long and are off it, of each at most limit.
	DenyExpired(ctx context.Context, before, long time.Time, limit int) error
	// DenyChanges lists what became of passes since a number, at most limit, in the
	// order of their last changes, the number of the last of them, and that of the
	// list: 0 when the number is one that the list had before it was brought back to
	// an older state.
	DenyChanges(ctx context.Context, since uint64, limit int) (add, remove [][8]byte, until, last uint64, err error)
}

// ErrTurn is for a deny list that somebody else has looked over meanwhile.
var ErrTurn = errors.New("clearing: the deny list was looked over by another server")

// Denier keeps the deny list true to what happens to devices and payers. It
// implements outbox.Receiver. All fields are needed.
type Denier struct {
	Store   DenyStore
	Now     func() time.Time
	Buckets int // of the store
	Log     *slog.Logger
}

const (
	// turns is how often a look is begun anew because another server was quicker.
	turns = 100
	// payersAtOnce bounds what is written in one transaction, under the lock of the
	// list: a payer may have hundreds of passes.
	payersAtOnce = 32
)

// Take puts passes on the list or takes them off it, after events that may
// change where they belong. It looks at how things are now, so that events that
// come twice or late do no harm. Which of two servers that do so at once has seen
// the newer state is decided by the bucket's turn: nobody writes what he saw before
// another one was done. Other events are taken in any case: credits must be
// rolled up also while the list cannot be written.
func (d *Denier) Take(ctx context.Context, bucket int, events []payment.Event) (taken []ids.Event, err error) {
	var theirs []payment.Event
	for _, e := range events {
		if mayDeny(e.Kind) {
			theirs = append(theirs, e)
		} else {
			taken = append(taken, e.ID)
		}
	}
	for some := range slices.Chunk(theirs, payersAtOnce) {
		if err := d.look(ctx, bucket, d.heldBy(bucket, some)); err != nil {
			return taken, fmt.Errorf("clearing: deny list: %w", err)
		}
		for _, e := range some {
			taken = append(taken, e.ID)
		}
	}
	return taken, nil
}

// mayDeny reports whether an event may change which passes belong on the list.
func mayDeny(kind payment.EventKind) bool {
	switch kind {
	case issuing.EventFrozen, issuing.EventUnfrozen, issuing.EventRevoked, payment.EventRideDebt, payment.EventRideDebtPaid:
		return true
	}
	return false
}

// find answers passes as they are now, some of which may have to go on the list or off it.
type find func(ctx context.Context, now time.Time) ([]Held, error)

func (d *Denier) heldBy(bucket int, events []payment.Event) find {
	payers := make([]ids.Payer, len(events))
	for i, e := range events {
		payers[i] = e.Payer
	}
	return func(ctx context.Context, now time.Time) ([]Held, error) {
		return d.Store.HeldBy(ctx, bucket, payers, now)
	}
}

// look has the list say of passes what is so now. What find reads it reads in a
// turn, and again for as long as somebody else ends the turn before it is written.
// Where it finds no pass there is nothing to write, and no turn to end: whoever
// found one before found one that has expired.
func (d *Denier) look(ctx context.Context, bucket int, find find) error {
	for range turns {
		turn, _, err := d.Store.Turn(ctx, bucket)
		if err != nil {
			return err
		}
		held, err := find(ctx, d.Now())
		if err != nil || len(held) == 0 {
			return err
		}
		if err = d.Store.Deny(ctx, bucket, turn, held); !errors.Is(err, ErrTurn) {
			return err
		}
	}
	return ErrTurn
}

// Delta is what changed on the deny list since a number, signed; nil when
// nothing did. until is the number that it leads to, and without a change that
// of the list, which is below since where the list was brought back to an older
// state: whoever has that number begins anew at 0.
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

const (
	// slowClock is how long a pass stays on the list after its end: the clock of a gate
	// may be slow.
	slowClock = time.Hour
	// forgetAfter is how long after its end a pass is remembered to have been on the
	// list. A gate that was without network for longer keeps its id for nothing.
	forgetAfter = 30 * 24 * time.Hour
)
