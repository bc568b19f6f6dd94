package sim

import (
	"context"
	"errors"
	"time"

	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/settlement"
)

// errNoAnswer is what a caller is left with who has lost patience.
var errNoAnswer = errors.New("sim: no answer")

// refusals are the answers that settle a request without carrying it out.
var refusals = []error{
	payment.ErrNotFound, payment.ErrOrderConflict, payment.ErrRefundConflict, payment.ErrRefundExceeds, payment.ErrNotRefundable,
	payment.ErrNotCancelable, payment.ErrDeviceInactive, payment.ErrNotPending, payment.ErrCreditConflict,
	settlement.ErrNotFound, settlement.ErrConflict, settlement.ErrExceeds,
	issuing.ErrDeviceFrozen, issuing.ErrDeviceRevoked, issuing.ErrDeviceExpired, issuing.ErrNotFound,
	issuing.ErrTicketExpired, issuing.ErrTicketUsed, issuing.ErrTicketInvalid,
}

// final reports whether an answer settles a request: anything else may or may not have been done.
func final(err error) bool {
	return err == nil || isOneOf(err, refusals...)
}

// call is one request, as it is carried out on a server.
type call[A any] func(ctx context.Context, on *life) (A, error)

// send makes a request over the network and waits for its answer for as long as
// the caller has patience. hear is told of every answer that arrives, be it
// late, or the answer to a copy that the network has made.
func send[A any](w *world, request call[A], hear func(A, error)) (answer A, err error) {
	w.operations++
	line, hangUp := open()
	arrived := make(chan struct{})
	take := func(a A, e error) {
		hear(a, e)
		if !closed(arrived) {
			answer, err = a, e
			close(arrived)
		}
	}
	copies := 1
	for copies < 3 && w.chance(w.weather.double) {
		copies++
	}
	for range copies {
		w.loop.begin(nil, func() { carry(w, line, request, take) })
	}
	w.loop.wait(context.Background(), arrived, w.weather.patience+w.upTo(w.weather.patience))
	if closed(arrived) {
		return answer, err
	}
	if w.chance(w.weather.hangUp) {
		hangUp()
	}
	return answer, errNoAnswer
}

// open is a connection and what closes it. One that nobody closes stays open.
func open() (line context.Context, hangUp func()) { return context.WithCancel(context.Background()) }

// carry takes one message to a server and its answer back.
func carry[A any](w *world, line context.Context, request call[A], take func(A, error)) {
	if w.chance(w.weather.lose) {
		return
	}
	w.loop.pause(w.transit())
	on := w.servers[w.random.IntN(len(w.servers))]
	if on.dead {
		return
	}
	message := w.loop.running
	message.on = on // it dies with the server
	answer, err := request(line, on)
	message.on = nil
	if w.chance(w.weather.lose) {
		return
	}
	w.loop.pause(w.transit())
	take(answer, err)
}

// transit is how long a message is under way.
func (w *world) transit() time.Duration {
	if w.chance(w.weather.delay) {
		return w.upTo(20 * time.Second)
	}
	return w.upTo(30 * time.Millisecond)
}

// insist makes a request once over a line that loses nothing, and waits for
// however long it takes. errNoAnswer when the server died meanwhile.
func insist(w *world, request func(ctx context.Context, on *life) error) error {
	w.operations++
	on := w.servers[w.random.IntN(len(w.servers))]
	if on.dead {
		return errNoAnswer
	}
	done := make(chan struct{})
	err := errNoAnswer
	w.loop.begin(on, func() {
		err = request(context.Background(), on)
		close(done)
	})
	for !closed(done) && !on.dead {
		w.loop.wait(context.Background(), done, time.Second)
	}
	if !closed(done) {
		return errNoAnswer
	}
	return err
}

// mostTries is how often something is tried before whoever tries it gives up.
const mostTries = 20

// repeat makes a request until it is settled, or too often.
func repeat[A any](w *world, request call[A]) (answer A, err error) {
	for range mostTries {
		if answer, err = send(w, request, func(A, error) {}); final(err) {
			return answer, err
		}
		w.loop.pause(w.upTo(10 * time.Second))
	}
	return answer, err
}

// isOneOf reports whether err is one of these.
func isOneOf(err error, these ...error) bool {
	for _, e := range these {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// outcome is err for a story.
func outcome(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}
