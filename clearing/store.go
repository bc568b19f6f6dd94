package clearing

import (
	"context"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Store keeps taps, rides and the deny list. Whatever a method has written is durable when it
// returns without an error, and doing it again changes nothing.
type Store interface {
	TapStore
	RideStore
	DenyStore
}

// TapStore keeps taps with their gates.
type TapStore interface {
	// OwnersOf finds whose passes of one bucket are; those that nobody has are left out. A
	// pass that is not here, because it was signed after the state to which the database
	// was brought back, is the device's with whose key it was made, and is here from then on.
	OwnersOf(ctx context.Context, bucket int, passes []pass.Pass) (map[[8]byte]Owner, error)
	// File keeps taps of one gate, whose numbers differ. It answers for each what is
	// kept under its number: itself and true, or one that was there before and false.
	// ErrForgotten, and nothing kept, where LastSeq is below after.
	File(ctx context.Context, gate ids.Gate, after uint64, taps []Filed) (kept []Filed, fresh []bool, err error)
	// Uncleared lists good taps of gates of a bucket that came before a time and are
	// not marked as cleared, in the order in which they came, at most limit.
	Uncleared(ctx context.Context, bucket int, before time.Time, limit int) ([]Filed, error)
	// MarkCleared marks taps of a gate by their numbers.
	MarkCleared(ctx context.Context, gate ids.Gate, seqs []uint64) error
	// CountTaps counts the good taps made at or after a time.
	CountTaps(ctx context.Context, from time.Time) (int64, error)
	// TapsSince lists those of gates of a bucket, by gate and number, behind one of
	// them (the zero Filed: from the first on), at most limit.
	TapsSince(ctx context.Context, bucket int, from time.Time, behind Filed, limit int) ([]Filed, error)
	// LastSeq is the highest number that a gate has used, 0 when none.
	LastSeq(ctx context.Context, gate ids.Gate) (uint64, error)
}

// RideStore keeps rides with their riders.
type RideStore interface {
	// Board adds taps of one device to the rider's rows, except presentations that are
	// there: those are copies if they were another tap. Then it loads the device's taps
	// of wide and its rides that began in days, has plan say which rides change,
	// and writes those, all in one transaction under the lock that payments of
	// the rider take. It answers the presentations of which copies were shown.
	Board(ctx context.Context, o Owner, add []Boarding, wide, days Span, now time.Time, plan func([]Boarding, []Ride) []Ride) (copies [][32]byte, err error)
	// Unfinished lists the rides of a device that began in days and that something is
	// still to be done about.
	Unfinished(ctx context.Context, o Owner, days Span) ([]Ride, error)
	// Settled notes that a ride's payments say what it says, unless it has changed
	// since: Pay becomes Done, and PayThenPlan PlanAgain.
	Settled(ctx context.Context, r Ride, at time.Time) error
	// Waiting lists rides of a bucket that have been unfinished since before, and open ones
	// that are given up to be completed at now, at most limit of each.
	Waiting(ctx context.Context, bucket int, before, now time.Time, limit int) ([]Ride, error)
}

// Span is a time from From on and before To.
type Span struct{ From, To time.Time }

// Cashier moves the money. A payment.Processor is one.
type Cashier interface {
	Fare(ctx context.Context, f payment.Fare) (payment.Payment, error)
	Cancel(ctx context.Context, id ids.Payment, merchant ids.Merchant) (payment.Payment, error)
}
