package payment

import (
	"errors"
	"time"
)

// ErrOverloaded is answered when too much waits already; nothing was done.
var ErrOverloaded = errors.New("payment: too many requests wait, try again")

// Bounds of what is let in. Who begins something is asked here; who goes on
// with something, an order that is claimed, never is.
const (
	// promised is how long a job may be expected to take, its waiting
	// included. A charge has two.
	promised = 10 * time.Millisecond
	// fewestInFlight and mostInFlight bound how many jobs there may be.
	fewestInFlight = 128
	firstLimit     = 512 // until something is known
	mostInFlight   = 4096
	// suspectJobs is how many jobs a lane may have that is suspect: enough to
	// find out when its bucket is back, and soon refused when it is not.
	suspectJobs = 8
)

// adapt moves the limit of jobs in flight by what became of one of them, which
// took some time with so many in flight when it came, itself included. By
// Little's law these are the rate times the time, so at this rate as many keep
// the promise as came within it. A quick job that met few others says nothing
// about how many there could be.
func adapt(limit, inFlight int, took time.Duration) int {
	if took <= 0 { // the clock was set back
		return limit
	}
	can := int(min(int64(inFlight)*int64(promised)/int64(took), mostInFlight))
	if took <= promised && can < limit {
		return limit
	}
	return min(max(limit+(can-limit)/4, fewestInFlight), mostInFlight)
}

// admit says whether a lane takes a new job, with inFlight jobs in all lanes
// that are not suspect, of which crowded have any. A lane with a slow batch has
// its share of the limit and no more, so that a bucket that has stopped does
// not use up what the others could do.
func admit(l *load, inFlight, limit, crowded int) error {
	switch {
	case l.suspect && l.jobs >= suspectJobs:
		return ErrUnavailable
	case l.suspect:
		return nil
	case inFlight >= limit, l.slow > 0 && l.jobs >= max(limit/max(crowded, 1), suspectJobs):
		return ErrOverloaded
	}
	return nil
}
