package payment

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// errStopped is answered for what arrives after Close.
var errStopped = fmt.Errorf("%w: the processor has stopped", ErrUnavailable)

// job is something that waits in a lane: a *claiming or a *deciding.
type job interface {
	// held is the job's ticket, always the same.
	held() *ticket
	// fail leaves err as the answer, unless there is an answer already.
	fail(err error)
}

// ticket is what a job carries through the lanes.
type ticket struct {
	since    time.Time // when it came into its lane
	inFlight int       // jobs at that time, itself included
	tries    int       // batches that it was in and that have to be tried again
	next     int       // the lane where it goes on after its batch, or answered
	done     chan struct{}
}

// answered is the next lane of a job that is done.
const answered = -1

func newTicket() ticket { return ticket{next: answered, done: make(chan struct{})} }

func (t *ticket) held() *ticket { return t }

// lanes run jobs in batches: jobs of one lane together, lanes side by side.
// Nobody holds mu while a store is called, work is started or something is
// waited for.
type lanes struct {
	clock  Clock
	places int // batches at once, those that are slow not counted
	run    func(ctx context.Context, lane int, batch []job) error

	mu       sync.Mutex
	loads    []load // of each lane
	queues   [][]job
	batches  []*batch // that run
	watched  bool     // somebody watches them
	running  int      // those that hold a place
	starting bool     // a worker has been started and has not chosen a lane yet
	slow     int      // those that gave their place back
	probing  int      // those of suspect lanes
	all      int      // jobs
	waiting  int      // those of them that are in no batch
	inFlight int      // jobs of lanes that are not suspect
	crowded  int      // lanes that have jobs
	limit    int      // of inFlight, where a queue stands
	backlog  backlog
	refused  uint64
	again    uint64 // batches to be tried again
	closed   bool
	idle     chan struct{} // closed when there will be no more jobs
}

// newLanes makes n lanes; run answers the jobs of a batch. After an error that is
// ErrUnknownOutcome or ErrUnavailable the same jobs are run again, and any other
// is the answer of those that have none.
func newLanes(clock Clock, n, places int, run func(ctx context.Context, lane int, batch []job) error) *lanes {
	return &lanes{
		clock: clock, places: max(places, 1), run: run, limit: firstLimit, idle: make(chan struct{}),
		loads: make([]load, n), queues: make([][]job, n),
	}
}

// admit says whether something that needs these lanes may begin.
func (l *lanes) admit(needed ...int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errStopped
	}
	for _, lane := range needed {
		if err := admit(&l.loads[lane], l.inFlight, l.backlog.most(l.limit), l.crowded); err != nil {
			l.refused++
			return err
		}
	}
	return nil
}

// do puts a job into a lane and returns when it is answered. A caller who gives
// up leaves it there: it is decided all the same, so that what becomes of it
// never depends on who still listens.
func (l *lanes) do(ctx context.Context, lane int, j job) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return errStopped
	}
	l.push(lane, j, l.clock.Now())
	start := l.mayStart()
	l.mu.Unlock()
	if start {
		l.clock.Go(l.work)
	}
	return l.clock.Wait(ctx, j.held().done, 0)
}

// push puts a job at the end of a lane.
func (l *lanes) push(lane int, j job, now time.Time) {
	l.count(lane, 1)
	t := j.held()
	t.since, t.inFlight, t.tries, t.next = now, l.inFlight, 0, answered
	l.queues[lane] = append(l.queues[lane], j)
	l.waits(lane)
}

// count keeps the sums that admit looks at.
func (l *lanes) count(lane, jobs int) {
	w := &l.loads[lane]
	if w.jobs == 0 && jobs > 0 {
		l.crowded++
	}
	w.jobs += jobs
	if w.jobs == 0 && jobs < 0 {
		l.crowded--
	}
	l.all += jobs
	if !w.suspect {
		l.inFlight += jobs
	}
}

// suspect has a lane proved by one batch at a time, and trust ends that.
func (l *lanes) suspect(lane int) {
	if w := &l.loads[lane]; !w.suspect {
		w.suspect = true
		l.inFlight -= w.jobs
		l.probing += w.running
	}
}

func (l *lanes) trust(lane int) {
	w := &l.loads[lane]
	w.failed, w.resting = 0, false
	if w.suspect {
		w.suspect = false
		l.inFlight += w.jobs
		l.probing -= w.running
	}
}

// take removes up to maxBatch jobs from the head of a lane.
func (l *lanes) take(lane int) []job {
	w, queue := &l.loads[lane], l.queues[lane]
	n := min(len(queue), maxBatch)
	if l.queues[lane] = queue[n:]; n == len(queue) {
		l.queues[lane] = make([]job, 0, n) // about as many will come while these are run
	}
	l.waits(lane)
	w.running++
	if w.suspect {
		l.probing++
	}
	return queue[:n:n]
}

// waits notes what is left in a lane.
func (l *lanes) waits(lane int) {
	w := &l.loads[lane]
	l.waiting += len(l.queues[lane]) - w.waiting
	if w.waiting = len(l.queues[lane]); w.waiting > 0 {
		w.oldest = l.queues[lane][0].held().since
	}
}

// close refuses what comes from now on, has what waits decided, and returns
// when that is written or given up.
func (l *lanes) close() {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	if first && l.all == 0 {
		close(l.idle)
	}
	l.mu.Unlock()
	l.clock.Wait(context.Background(), l.idle, 0) // without an end
}
