// Package till is a merchant's terminal: it charges payers by their codes and,
// above all, finds out what happened when the answer does not come. It knows
// the server only by its HTTP contract (docs/api.md).
//
// A sale has one order number for life, and ends only when its outcome is known
// because the server said so:
//
//	charge ──payment──▶ done, or watch while it is pending
//	  │
//	  └─lost─▶ ask by order number ──payment──▶ done or watch
//	             │        ▲
//	             │        └── lost: ask again, for as long as it takes
//	             ├─unseen, code still lives──▶ charge again: same order, amount and code, so it cannot charge twice
//	             └─unseen, code has died────▶ cancel the order number: a charge still on its way can charge nobody
//
// Canceling is a door of one way. Once a cancel may be on its way a success that
// is found is undone, because that cancel could still arrive after the customer
// has left with the goods. And an order of which a request was lost is closed
// when it ends declined: the lost request could still arrive, after another code
// was tried under its number. A server that remembers the codes an order was
// declined with answers it with the old decline, but a till must not depend on it.
package till

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/money"
)

// ErrUnknown says that the context ended before the outcome was known. Settle
// goes on finding out, now or after a restart.
var ErrUnknown = errors.New("till: the outcome is not known yet")

// ErrOpen is for a charge of an order that the journal has as under way: Settle
// it first. Another code could otherwise pay for it as well.
var ErrOpen = errors.New("till: the order is under way")

// UnknownError is an ErrUnknown about one order.
type UnknownError struct {
	OrderNo string
	Cause   error // why no more was tried
}

// Error names the order.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("%v: order %s: %v", ErrUnknown, e.OrderNo, e.Cause)
}

// Is matches ErrUnknown.
func (e *UnknownError) Is(target error) bool { return target == ErrUnknown }

// Unwrap is the cause.
func (e *UnknownError) Unwrap() error { return e.Cause }

// Till is one terminal of a merchant. Its methods may be called concurrently,
// for different orders.
type Till struct {
	Server   string       // base URL
	Key      string       // the merchant's, "mk_…"
	Terminal string       // this terminal's name in payments; may be empty
	HTTP     *http.Client // nil for client.Default
	// Journal remembers the orders under way. Without one (nil) a till that
	// crashes forgets them, and somebody has to look through the statement.
	Journal *Journal
	Now     func() time.Time // nil for time.Now
	// Pause waits; nil for a real pause. It ends early, with an error, when the context does.
	Pause func(context.Context, time.Duration) error
	// Told hears of each step before it is taken; may be nil.
	Told func(Step)
}

// Sale is what is to be charged.
type Sale struct {
	OrderNo string // 1 to 64 characters, of this sale alone
	Amount  money.Amount
	Code    string // as it was scanned or typed
	Subject string // what is sold; may be empty
	// Challenge is the reader's nonce that Code answers, in hexadecimal; empty for
	// a code that was scanned or typed.
	Challenge string
}

// Stage is what a till is doing about a sale.
type Stage string

// The stages of a sale.
const (
	Sending   Stage = "sending"
	Asking    Stage = "asking"    // the answer was lost: asks what became of the order
	Repeating Stage = "repeating" // the server never saw it: sends the same again
	Waiting   Stage = "waiting"   // for the payer to confirm
	Canceling Stage = "canceling"
)

// Step is news of a sale for whoever waits at the till.
type Step struct {
	OrderNo string
	Stage   Stage
	Payment *client.Payment // of Waiting
	Err     error           // why the last answer was lost, if it was
}

// AnswerWithin is how long one request may take before it counts as lost.
const AnswerWithin = 5 * time.Second

// codeLife is how long after the scan the same code may be sent again. A code is
// good to the end of the window after its own, which is never less than this.
const codeLife = time.Minute

// watchEvery is the time between two looks at a payment that waits for the payer.
const watchEvery = time.Second

// Charge charges a sale that was never sent before with this code, and answers
// when the outcome is known: a payment that succeeded, was declined (its
// DeclineCode says why) or was canceled. A decline is not an error. The order
// number may be used again after a decline only if the payment is not Canceled.
//
// Errors: *UnknownError when ctx ends first; *client.Problem when the server
// refused the request itself, and nothing was charged; ErrOpen and those of the
// journal, and nothing was sent.
func (t *Till) Charge(ctx context.Context, s Sale) (client.Payment, error) {
	o := &order{Entry: Entry{OrderNo: s.OrderNo, Amount: s.Amount, Began: t.now()}, sale: &s}
	if err := t.Journal.begin(o.Entry); err != nil {
		return client.Payment{}, err // unremembered, a crash could lose it
	}
	return t.run(ctx, o, next{do: send})
}

// Settle finds out about an order whose outcome was left unknown, waits if it
// is pending, and cancels it if the server has never seen it. Errors as Charge's.
func (t *Till) Settle(ctx context.Context, orderNo string) (client.Payment, error) {
	e, err := t.Journal.load(orderNo)
	if err != nil {
		return client.Payment{}, err
	}
	return t.run(ctx, &order{Entry: e, lost: true}, next{do: ask})
}

// CancelOrder undoes whatever an order came to, and makes an order that the
// server has never seen impossible. It answers the canceled payment; a payment
// that was refunded already is answered as it is. Errors as Charge's.
func (t *Till) CancelOrder(ctx context.Context, orderNo string) (client.Payment, error) {
	e, err := t.Journal.load(orderNo)
	if err != nil {
		return client.Payment{}, err
	}
	o := &order{Entry: e, lost: true}
	if err := t.setCanceling(o, true); err != nil {
		return client.Payment{}, err
	}
	return t.run(ctx, o, next{do: cancelOrder})
}
