// Package webhook tells merchants' servers what happened to their payments, by
// the Standard Webhooks convention (https://www.standardwebhooks.com): signed
// POST requests, retried with back-off until they are answered with 2xx or the
// schedule is over.
//
// Desk registers endpoints. Clerk takes events from the outbox and makes
// deliveries of them, one for each endpoint that listens; a delivery is keyed
// by its event, so that taking an event twice changes nothing. Sender carries
// deliveries out. Callbacks that tills of other systems ask for go the same way,
// each in its Form. A receiver may hear of an event twice and in any order: the
// header webhook-id is the same each time.
//
// An endpoint that fails for days is disabled: what it should hear is kept as
// failed meanwhile, and can be sent again when the merchant has enabled it.
package webhook

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

var (
	// ErrNotFound is for an endpoint that is not there, or another merchant's.
	ErrNotFound = errors.New("webhook: not found")
	// ErrTooMany is for a merchant that has MaxEndpoints already.
	ErrTooMany = errors.New("webhook: the merchant has as many endpoints as are allowed")
	// ErrTooManySecrets is for an endpoint with MaxRetired secrets that still sign.
	ErrTooManySecrets = errors.New("webhook: the secret was replaced too often lately")
	// ErrDisabled is for an endpoint that is sent nothing until it is enabled.
	ErrDisabled = errors.New("webhook: the endpoint is disabled")
)

// MaxEndpoints is how many endpoints a merchant may have: each one multiplies
// what every payment costs us.
const MaxEndpoints = 10

// Kinds lists the events that an endpoint can listen to.
func Kinds() []payment.EventKind {
	return []payment.EventKind{
		payment.EventSucceeded, payment.EventDeclined, payment.EventCanceled,
		payment.EventRefunded, payment.EventConfirmRequested,
	}
}

// ParseKinds reads the names of events; none at all means all of them.
func ParseKinds(names []string) ([]payment.EventKind, error) {
	if len(names) == 0 {
		return Kinds(), nil
	}
	var kinds []payment.EventKind
	for _, n := range names {
		k := payment.EventKind(n)
		if !slices.Contains(Kinds(), k) {
			return nil, field.Wrong("events", "must be of %s", joined(Kinds()))
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

func joined(kinds []payment.EventKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// Endpoint is where a merchant wants to be told.
type Endpoint struct {
	ID        ids.Webhook
	Merchant  ids.Merchant
	Form      string              // empty for Standard; otherwise the callbacks of a merchant in that form
	URL       string              // empty where each delivery has its own
	Events    []payment.EventKind // that it listens to
	Secret    Secret              // zero where it is not needed
	Retired   []Retired           // secrets before this one that still sign, oldest first; where Secret is needed
	CreatedAt time.Time
	// FailingSince is when the first of the attempts failed since which all
	// have; zero when the last one did not.
	FailingSince time.Time
	DisabledAt   time.Time // since when it is sent nothing; zero while it is
}

// Listens reports whether the endpoint is to be told of an event; of callbacks
// their Notice has to say so as well.
func (e Endpoint) Listens(event payment.Event) bool {
	return e.Merchant == event.Merchant && (e.Form != "" || slices.Contains(e.Events, event.Kind))
}

// Delivery is one event on its way to one endpoint, and how far it got.
type Delivery struct {
	Endpoint   ids.Webhook
	Event      ids.Event
	URL        string // where it goes when not to the endpoint's
	Body       []byte
	Attempts   int       // in all
	Earlier    int       // of them, before the schedule began again
	NextAt     time.Time // when it is due, while it is not done
	DoneAt     time.Time // when it was delivered or given up
	LastAnswer string    // a status such as "204 No Content", or why there was none
	Tries      []Try     // the latest attempts, oldest first
}

// Try is one attempt.
type Try struct {
	At     time.Time     // when it began
	Took   time.Duration // in milliseconds
	Answer string        // as LastAnswer
}
