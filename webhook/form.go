package webhook

import (
	"context"
	"net/http"
	"time"
)

// Form is a convention by which merchants' servers are told: how a request is made and
// signed, which answer means that it was received, and when it is tried again.
// Standard is that of our own webhooks; tills of another system expect that system's.
type Form interface {
	// Request makes the headers and the body of one attempt, signed now. Its error
	// is an attempt that failed, and is not told to anybody.
	Request(ctx context.Context, j Job, now time.Time) (http.Header, []byte, error)
	// Outcome says what an answer means. Of its body at most readAtMost bytes are there.
	Outcome(status int, body []byte) Outcome
	// Schedule is how long after each failed attempt the next one is made; each wait is
	// lengthened by up to a fifth. After the last the delivery is given up.
	Schedule() []time.Duration
}

// Outcome is what an answer means.
type Outcome int

// The outcomes of an attempt.
const (
	Again    Outcome = iota // not received: tried again while the schedule lasts
	Received                // never sent again
	Gone                    // never to be tried again
)
