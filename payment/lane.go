package payment

import "time"

// Bounds of batches and of lanes. There is no timer that collects: a batch is
// as large as what came while others ran, so one request alone never waits.
const (
	maxBatch = 512
	// starving is how long a job may wait before its lane goes first, however
	// full others are.
	starving = 20 * time.Millisecond
	// A batch of fewer than company begins beside others only when its first job
	// has waited for companyWait: it costs nearly as much as a large one, and
	// would be done hardly sooner. Alone, the smallest begins at once.
	company = 16
	// beside is how many wait when a lane begins a second batch beside its first:
	// while one waits for the disk, the other is decided.
	beside      = 2 * company
	companyWait = 2 * time.Millisecond
	// lookEvery is how often those that run are looked at.
	lookEvery = slowAfter / 2
	// slowAfter is when a batch gives its place to others and lets its own
	// lane begin one more, with what has come meanwhile.
	slowAfter = 50 * time.Millisecond
	// stuckAfter is when its lane becomes suspect.
	stuckAfter = time.Second
	// attempt is how long a store may take for one batch.
	attempt = 5 * time.Second
	// patience is how long a job is tried again. A charge has two jobs, and
	// HTTP waits 45 seconds for its answer.
	patience = 15 * time.Second
	// A suspect lane rests between two batches, longer each time.
	shortRest = 50 * time.Millisecond
	longRest  = time.Second
)

// load is what a lane looks like to whoever chooses the next one to run.
type load struct {
	waiting int       // jobs
	oldest  time.Time // when the first of those that wait came
	jobs    int       // that wait or are in a batch
	running int       // batches
	slow    int       // those of them that have run for slowAfter
	suspect bool      // its last batch failed, or one is stuck
	resting bool      // suspect, and tried a moment ago
	failed  int       // batches in a row
}

// ready reports whether a batch of the lane may begin: one at a time, and one
// beside it when it is slow or enough wait to be worth it. Two batches of one bucket
// are safe at any time, since both lock rows in the order of payers; but two
// small ones are slower than one.
func (l *load) ready() bool {
	switch {
	case l.waiting == 0 || l.resting:
		return false
	case l.suspect:
		return l.running == 0
	}
	return l.running == 0 || l.running == 1 && (l.slow == 1 || l.waiting >= beside)
}

// before reports whether l is to go before o: what has waited too long first,
// then the fuller one, because the larger the batch, the less each job costs.
func (l *load) before(o *load, now time.Time) bool {
	starved := now.Sub(l.oldest) > starving
	switch {
	case starved != (now.Sub(o.oldest) > starving):
		return starved
	case !starved && l.waiting != o.waiting:
		return l.waiting > o.waiting
	}
	return l.oldest.Before(o.oldest)
}

// worth reports whether a batch of the lane should begin, alone or beside others.
func (l *load) worth(alone bool, now time.Time) bool {
	return alone || l.waiting >= company || now.Sub(l.oldest) >= companyWait
}

// pick chooses the lane whose batch begins next, alone or beside others, or -1 when none may.
func pick(lanes []load, mayProbe, alone bool, now time.Time) int {
	best := -1
	for i := range lanes {
		l := &lanes[i]
		if l.ready() && (mayProbe || !l.suspect) && l.worth(alone, now) && (best < 0 || l.before(&lanes[best], now)) {
			best = i
		}
	}
	return best
}

// rest is how long a lane whose batches failed so often in a row is left alone.
func rest(failed int) time.Duration {
	return min(shortRest<<min(failed-1, 10), longRest)
}
