package till

import (
	"errors"
	"time"

	"github.com/paycode/paycode/client"
)

// order is a sale under way: what the journal remembers, and what only this
// process knows.
type order struct {
	Entry
	sale     *Sale           // nil after a restart: the code is not kept
	lost     bool            // a request that could charge was not answered
	declined *client.Payment // what it came to before the order was closed
}

// act is one thing that a till can do about an order.
type act uint8

const (
	send act = iota
	repeat
	ask
	watch
	cancelOrder
	cancelPayment
	stop
)

// next is what to do now.
type next struct {
	do      act
	payment client.Payment // that is watched or canceled, or that it ended with
	refusal error          // that it ended with
	again   bool           // a pause is due first
	lostBy  error          // why the last answer was lost
}

// answer is what came of an act: a payment, or else an error as package client
// classifies it.
type answer struct {
	payment client.Payment
	err     error
}

// decide says what to do next about an order after done was answered. It is the
// whole procedure, and changes nothing but what o remembers.
func decide(o *order, done act, a answer, now time.Time) next {
	switch {
	case a.err == nil:
		return afterPayment(o, done, a.payment)
	case errors.Is(a.err, client.ErrLost):
		o.lost = o.lost || done == send || done == repeat
		return next{do: ask, again: done != send, lostBy: a.err}
	case client.IsNotFound(a.err) && done == ask:
		return afterUnseen(o, now)
	case done == send:
		return next{do: stop, refusal: a.err}
	}
	// A refused repetition says nothing about the first request, and a refused
	// cancel nothing about what the order is.
	if p := (*client.Problem)(nil); errors.As(a.err, &p) && p.Code == "not_cancelable" {
		o.Canceling = false // refunded already: there is nothing left to undo
	}
	return next{do: ask, again: true, lostBy: a.err}
}

func afterPayment(o *order, done act, p client.Payment) next {
	if o.Amount.Minor != 0 && p.Status != client.Canceled && p.Amount() != o.Amount {
		return next{do: stop, refusal: conflict()} // another sale's, under the same number: leave it alone
	}
	switch p.Status {
	case client.Succeeded:
		if o.Canceling {
			return next{do: cancelPayment, payment: p, again: done == cancelPayment}
		}
	case client.Pending:
		if o.Canceling {
			return next{do: cancelPayment, payment: p, again: done == cancelPayment}
		}
		return next{do: watch, payment: p, again: true}
	case client.Declined:
		if (o.lost || o.Canceling) && done != cancelOrder {
			o.declined = &p
			return next{do: cancelOrder}
		}
	case client.Canceled:
		if o.declined != nil {
			p.DeclineCode = o.declined.DeclineCode
		}
	case client.Refunded, client.PartiallyRefunded:
	default:
		return next{do: ask, again: true} // a state of a later contract: ask rather than guess
	}
	return next{do: stop, payment: p}
}

// afterUnseen is for an order that the server does not know, or has not decided.
func afterUnseen(o *order, now time.Time) next {
	age := now.Sub(o.Began) // a clock set back must not bring a code to life
	if o.sale != nil && !o.Canceling && age >= 0 && age < codeLife {
		return next{do: repeat, again: true}
	}
	return next{do: cancelOrder, again: o.Canceling}
}

func conflict() error {
	return &client.Problem{
		Status: 409, Code: "order_conflict",
		Title: "The order number was used with another amount", Detail: "Nothing was charged. Use a new number.",
	}
}

// askAgain is how long a till waits before it asks again; the last one for ever.
var askAgain = [...]time.Duration{300 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second}

func (n next) pause(tries int) time.Duration {
	if n.do == watch {
		return watchEvery
	}
	return askAgain[min(tries, len(askAgain)-1)]
}

func (n next) stage() Stage {
	switch n.do {
	case send:
		return Sending
	case repeat:
		return Repeating
	case watch:
		return Waiting
	case cancelOrder, cancelPayment:
		return Canceling
	}
	return Asking
}
