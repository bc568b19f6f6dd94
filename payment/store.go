package payment

import (
	"context"
	"errors"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// What the errors of a Store wrap when the same call may do better a little
// later. The Processor then tries the same batch again, with the same ids.
var (
	// ErrUnknownOutcome is for a transaction that may or may not be committed:
	// the connection was lost, or ctx ended, while it was.
	ErrUnknownOutcome = errors.New("payment: not known to be written")
	// ErrUnavailable is for a transaction of which nothing was written because
	// the store could not be reached, was shutting down or is read only at
	// present. Callers are told the same when they are refused for that reason.
	ErrUnavailable = errors.New("payment: the store does not answer, try again")
)

// Store keeps what payments need. Whatever a method has written is durable
// when it returns without an error; after an error that wraps neither
// ErrUnknownOutcome nor ErrUnavailable nothing was written, and trying again
// is of no use. Methods are called concurrently, for one bucket as well.
type Store interface {
	// Claim finds or makes the claim of each order, in one transaction: the
	// merchants of all of them are of the same bucket. It is idempotent. The
	// answers have the order of the claims; ErrNotFound stands for an unknown merchant.
	Claim(ctx context.Context, claims []Claim) ([]Claimed, error)
	// MoveClaim lets an order go on from one attempt to another, if it still
	// is at the first. When the first was decided, its code is remembered as
	// tried for this order.
	MoveClaim(ctx context.Context, from, to Claim, decided bool) error
	// Update claims the orders that the commands of one bucket have a claim for,
	// loads the rows that they need, locked in the order of their payers, has
	// decide change them, and writes Changes, all in the same transaction. A transaction that lost a race is run again, and
	// with it decide.
	Update(ctx context.Context, bucket int, needs []Need, decide func(*Rows)) error
	// CountWrong counts n wrong codes against a merchant and has him refused
	// for WrongWindow when they are WrongByMerchant within WrongWindow.
	// It answers whether that has just happened.
	CountWrong(ctx context.Context, merchant ids.Merchant, n int64, now time.Time) (refused bool, err error)
	// Due lists pending payments of a bucket whose time is over, at most limit,
	// and says when that of the next one will be; the zero time when there is none.
	Due(ctx context.Context, bucket int, now time.Time, limit int) (due []ids.Payment, next time.Time, err error)

	Reader
}

// Reader answers what became of payments. ErrNotFound is what it says when there is none.
type Reader interface {
	Payment(ctx context.Context, id ids.Payment) (Payment, error)
	// Order answers the attempt that an order is at; the payment under its id may not exist yet.
	Order(ctx context.Context, merchant ids.Merchant, orderNo string) (Claim, error)
	// Scan answers what a payer has paid under a reference of his own.
	Scan(ctx context.Context, key ScanKey) (Payment, error)
	// Terms answers a merchant as he is now.
	Terms(ctx context.Context, merchant ids.Merchant) (Merchant, error)
	// Balance is a payer's balance and its currency.
	Balance(ctx context.Context, payer ids.Payer) (money.Amount, error)
}

// Claim says that an order number belongs to one attempt to pay.
type Claim struct {
	Merchant    ids.Merchant
	OrderNo     string
	Payment     ids.Payment
	Fingerprint [16]byte // of the code, so that the same request again is known; zero for a cancel
	Amount      money.Amount
	At          time.Time
}

// Claimed is the claim that an order is at, which may be an older one, and the
// merchant as he was then.
type Claimed struct {
	Claim
	Terms Merchant
	Fresh bool        // nobody had claimed the order: there is no payment under the claim's id
	Tried ids.Payment // the attempt that the wanted code was declined in, before the order went on
	Err   error       // ErrNotFound for an unknown merchant
}

// Seeds derives the seed of a device from a master key, in a file or an HSM.
type Seeds interface {
	Seed(keyID uint32, device paycode.DeviceID, generation paycode.Generation) (paycode.Seed, error)
	// Authenticator derives the secret of an authenticator app.
	Authenticator(keyID uint32, device paycode.DeviceID, generation paycode.Generation) (paycode.AuthenticatorSecret, error)
}

// Presence knows which payers can be asked at this moment.
type Presence interface {
	// Reachable reports whether a page of the payer listens that may confirm:
	// to this server, or to one of those that the store says, if it still runs.
	Reachable(payer ids.Payer, elsewhere []ids.Server) bool
}
