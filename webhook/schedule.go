package webhook

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is the back-off that Standard Webhooks suggests: how long after each
// failed attempt the next one is made. After the last the delivery is given up,
// a little more than three days after the event.
func Schedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// jitter is the part of a wait by which it is lengthened at most, so that an
// endpoint that was away is not greeted by everything at once.
const jitter = 0.2

// maxTries is how many attempts of a delivery are kept: two more than a schedule has.
const maxTries = 12

// answer is what an attempt met with: a status and what it means, or why there was none.
type answer struct {
	status  int
	outcome Outcome
	without string
	began   time.Time
	took    time.Duration
	pause   time.Duration // for which the receiver asks (Retry-After)
}

// String is the answer as the log of deliveries keeps it. The body and the
// reason phrase are left out: they would show a merchant what an address
// answers that he cannot reach himself.
func (a answer) String() string {
	if a.status == 0 {
		return a.without
	}
	text := strings.TrimSpace(strconv.Itoa(a.status) + " " + http.StatusText(a.status))
	if a.status/100 == 2 && a.outcome != Received { // the form wants to be told more
		return "not received: " + text
	}
	return text
}

// after is the delivery after one more attempt. chance is in [0, 1). A receiver
// that asks for a pause gets it, but none longer than the longest wait.
func (d Delivery) after(a answer, now time.Time, schedule []time.Duration, chance float64) Delivery {
	d.Attempts++
	d.LastAnswer = a.String()
	d.Tries = append(slices.Clone(d.Tries[max(0, len(d.Tries)-maxTries+1):]), Try{a.began, a.took, d.LastAnswer})
	nth := d.Attempts - d.Earlier
	if a.outcome != Again || nth > len(schedule) {
		d.DoneAt = now
		return d
	}
	wait := max(schedule[nth-1], min(a.pause, slices.Max(schedule)))
	d.NextAt = now.Add(wait + time.Duration(float64(wait)*jitter*chance))
	return d
}

// retryAfter reads the header of that name (RFC 9110 section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if s, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(s, 0), 1e6)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// State is "waiting", "delivered", or "failed" when the delivery was given up.
func (d Delivery) State() string {
	switch {
	case d.DoneAt.IsZero():
		return "waiting"
	case strings.HasPrefix(d.LastAnswer, "2"):
		return "delivered"
	}
	return "failed"
}
