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
	firstLimit     = fewestInFlight // until something is known
	mostInFlight   = 4096
	// spike is how many times the limit may be in flight for a moment, after a disk
	// stood still or where tills come together, as long as no queue stands.
	spike = 3
	// stands is for how long all jobs are late before a queue stands, and for how long
	// all are quick again before it does not.
	stands = 100 * time.Millisecond
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

// backlog tells a queue that stands, because more comes than can be done, from one that a
// moment has left and that is soon gone: by how long all jobs take, as CoDel does
// (RFC 8289 section 3). The zero value has none standing.
type backlog struct {
	standing bool
	turning  time.Time // since when every job said the opposite; zero when the last did not
}

// saw tells it how long a job took, its waiting included.
func (b *backlog) saw(took time.Duration, now time.Time) {
	opposite := took > promised
	if b.standing {
		opposite = took <= promised/2
	}
	switch {
	case !opposite:
		b.turning = time.Time{}
	case b.turning.IsZero():
		b.turning = now
	case now.Sub(b.turning) >= stands:
		*b = backlog{standing: !b.standing}
	}
}

// most is how many jobs there may be in flight with this limit.
func (b *backlog) most(limit int) int {
	if b.standing {
		return limit
	}
	return min(spike*limit, mostInFlight)
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
