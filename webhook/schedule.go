package webhook

import (
	"net/http"
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

// answer is what an attempt met with: a status and what it means, or why there was none.
type answer struct {
	status  int
	outcome Outcome
	without string
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

// after is the delivery after one more attempt. chance is in [0, 1).
func (d Delivery) after(a answer, now time.Time, schedule []time.Duration, chance float64) Delivery {
	d.Attempts++
	d.LastAnswer = a.String()
	if a.outcome != Again || d.Attempts > len(schedule) {
		d.DoneAt = now
		return d
	}
	wait := schedule[d.Attempts-1]
	d.NextAt = now.Add(wait + time.Duration(float64(wait)*jitter*chance))
	return d
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
