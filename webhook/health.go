package webhook

import (
	"time"

	"github.com/paycode/paycode/ids"
)

// patience is for how long every attempt at an endpoint must have failed until
// it is disabled: longer than the schedule of one delivery, so that what was
// there at the beginning has had all its attempts.
const patience = 5 * 24 * time.Hour

// Verdict is what a few attempts at one endpoint say about it.
type Verdict struct {
	Endpoint ids.Webhook
	At       time.Time
	Answered bool // one of them with 2xx: it is well
	// Before is for one that is not well: when its attempts have failed since
	// then or earlier, it is disabled.
	Before time.Time
}

// handled is a delivery after a server has had it in hand.
type handled struct {
	Job
	met *answer // nil where no attempt was made
}

// verdicts judges the endpoints of deliveries. One that answers 410 says itself
// that it wants to be sent nothing more, as Standard Webhooks has it. Callbacks
// of one merchant go to many places, and say nothing of one another.
func verdicts(all []handled, now time.Time) (v []Verdict) {
	at := map[ids.Webhook]int{}
	for _, h := range all {
		if h.met == nil || h.Form != "" {
			continue
		}
		i, seen := at[h.Endpoint]
		if !seen {
			i, at[h.Endpoint] = len(v), len(v)
			v = append(v, Verdict{Endpoint: h.Endpoint, At: now, Before: now.Add(-patience)})
		}
		v[i].Answered = v[i].Answered || h.met.outcome == Received
		if h.met.outcome == Gone {
			v[i].Before = now
		}
	}
	return v
}

// enable has an endpoint be sent deliveries, or no more. What failed before is
// forgiven, so that it has all its time again.
func (e *Endpoint) enable(on bool, now time.Time) {
	switch {
	case on:
		e.DisabledAt, e.FailingSince = time.Time{}, time.Time{}
	case e.DisabledAt.IsZero():
		e.DisabledAt = now
	}
}

// disabled is kept in place of an answer where no attempt was made because the
// endpoint was disabled.
const disabled = "endpoint disabled"

// withheld is a delivery to a disabled endpoint, given up.
func (j Job) withheld(now time.Time) Job {
	j.DoneAt, j.LastAnswer = now, disabled
	return j
}
