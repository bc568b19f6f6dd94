package webhook

import (
	"context"
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
)

// Queue keeps deliveries until they are done.
type Queue interface {
	// Due lists the buckets in which deliveries are due.
	Due(ctx context.Context, now time.Time) ([]int, error)
	// Claim lists deliveries of a bucket that are due, and puts each off until
	// c.Until in the same transaction, so that no other server makes the same
	// attempt. It reports whether more may be due.
	Claim(ctx context.Context, bucket int, c Claiming) (jobs []Job, more bool, err error)
	// Record keeps how far deliveries of a bucket have got. One that is done
	// already stays as it is.
	Record(ctx context.Context, bucket int, deliveries []Delivery) error
	// Forget deletes deliveries of a bucket whose events happened before a time.
	Forget(ctx context.Context, bucket int, before time.Time) error
}

// Claiming says which deliveries a Sender can take now.
type Claiming struct {
	Now   time.Time
	Until time.Time                // when they are due again if nothing is heard of them
	Room  func(id ids.Webhook) int // how many of an endpoint
	Full  []ids.Webhook            // the endpoints without room
	Limit int                      // how many in all
}

// Job is a delivery with what is needed to make it.
type Job struct {
	Delivery
	URL    string
	Secret Secret
}

const (
	// perEndpoint attempts may run side by side to one endpoint, and
	// waitingPerEndpoint more may wait for them in memory.
	perEndpoint        = 8
	waitingPerEndpoint = 24
	// inHand is how many deliveries one server has in memory at most.
	inHand = 2048
	// atOnce is how many are claimed in one transaction.
	atOnce = 256
	// lease is how long a claimed delivery is left alone by other servers. It
	// must be longer than an attempt and the wait before it.
	lease = time.Minute
	// lookEvery finds what has become due.
	lookEvery = time.Second
	// keep is how long the log of deliveries goes back, and forgetEvery how often it is cut.
	keep        = 30 * 24 * time.Hour
	forgetEvery = time.Hour
	// recordWithin is how long the store may take to keep outcomes.
	recordWithin = 10 * time.Second
)

// Sender carries deliveries out, those of each endpoint on their own: a slow
// receiver holds up nobody but itself. All fields but TLS are needed.
type Sender struct {
	Store    Queue
	Policy   Policy
	TLS      *tls.Config // whom to trust; nil for the system's authorities
	Schedule []time.Duration
	Now      func() time.Time
	Buckets  int // of the store
	Log      *slog.Logger

	begin    sync.Once
	nudged   chan struct{}
	outcomes chan Delivery
	client   *http.Client
	jobs     sync.WaitGroup

	mu    sync.Mutex
	lanes map[ids.Webhook]*lane
	held  int // deliveries in all lanes
}

// lane is one endpoint's deliveries in memory.
type lane struct {
	held  int
	slots chan struct{} // one for each attempt that runs
}

func (s *Sender) prepare() {
	s.begin.Do(func() {
		s.nudged = make(chan struct{}, 1)
		s.outcomes = make(chan Delivery, atOnce)
		s.client = newClient(s.Policy, s.TLS)
		s.lanes = map[ids.Webhook]*lane{}
	})
}

// Nudge says that deliveries may be due. It does not block.
func (s *Sender) Nudge() {
	s.prepare()
	select {
	case s.nudged <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then lets attempts under way come to their end (at
// most attemptWithin) and returns when their outcomes are kept.
func (s *Sender) Run(ctx context.Context) {
	s.prepare()
	var recording sync.WaitGroup
	recording.Go(s.record)
	look, forget := time.NewTicker(lookEvery), time.NewTicker(forgetEvery)
	defer look.Stop()
	defer forget.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-forget.C:
			s.forget(ctx)
		case <-look.C:
			s.look(ctx)
		case <-s.nudged:
			s.look(ctx)
		}
	}
	s.jobs.Wait()
	close(s.outcomes)
	recording.Wait()
	s.client.CloseIdleConnections()
}

// look starts what is due, as far as there is room.
func (s *Sender) look(ctx context.Context) {
	due, err := s.Store.Due(ctx, s.Now())
	if err != nil {
		s.complain(ctx, "due webhooks could not be listed", err)
		return
	}
	for _, bucket := range due {
		c := s.claiming()
		if c.Limit == 0 {
			return // the next attempt that ends looks again
		}
		jobs, more, err := s.Store.Claim(ctx, bucket, c)
		if err != nil {
			s.complain(ctx, "due webhooks could not be claimed", err, "bucket", bucket)
			continue
		}
		for _, j := range jobs {
			s.start(ctx, j)
		}
		if more && len(jobs) > 0 {
			s.Nudge()
		}
	}
}

func (s *Sender) claiming() Claiming {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, held := s.Now(), map[ids.Webhook]int{}
	c := Claiming{Now: now, Until: now.Add(lease), Limit: min(atOnce, inHand-s.held)}
	for id, l := range s.lanes {
		if held[id] = l.held; l.held >= perEndpoint+waitingPerEndpoint {
			c.Full = append(c.Full, id)
		}
	}
	c.Room = func(id ids.Webhook) int { return perEndpoint + waitingPerEndpoint - held[id] }
	return c
}

func (s *Sender) start(ctx context.Context, j Job) {
	s.mu.Lock()
	l := s.lanes[j.Endpoint]
	if l == nil {
		l = &lane{slots: make(chan struct{}, perEndpoint)}
		s.lanes[j.Endpoint] = l
	}
	l.held++
	s.held++
	s.mu.Unlock()
	s.jobs.Go(func() {
		s.outcomes <- s.attempt(ctx, l, j)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held--
		if l.held--; l.held == 0 {
			delete(s.lanes, j.Endpoint)
		}
	})
}

// attempt makes one attempt when the lane has a slot. What does not get one
// while the lease is good is given back as it was.
func (s *Sender) attempt(ctx context.Context, l *lane, j Job) Delivery {
	wait := time.NewTimer(lease - 2*attemptWithin)
	defer wait.Stop()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
		if ctx.Err() == nil {
			return j.after(s.post(j), s.Now(), s.Schedule, rand.Float64())
		}
	case <-ctx.Done():
	case <-wait.C:
	}
	j.NextAt = s.Now()
	return j.Delivery
}

// record keeps outcomes, as many at a time as have come in.
func (s *Sender) record() {
	for d := range s.outcomes {
		byBucket := map[int][]Delivery{}
		add := func(d Delivery) {
			b := d.Endpoint.Bucket(s.Buckets)
			byBucket[b] = append(byBucket[b], d)
		}
		add(d)
		for n := len(s.outcomes); n > 0; n-- {
			add(<-s.outcomes)
		}
		for bucket, deliveries := range byBucket {
			ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
			if err := s.Store.Record(ctx, bucket, deliveries); err != nil {
				s.complain(ctx, "outcomes of webhooks were not kept: they will be sent again", err, "bucket", bucket)
			}
			cancel()
		}
		s.Nudge()
	}
}

func (s *Sender) forget(ctx context.Context) {
	for bucket := range s.Buckets {
		if err := s.Store.Forget(ctx, bucket, s.Now().Add(-keep)); err != nil {
			s.complain(ctx, "old deliveries could not be deleted", err, "bucket", bucket)
		}
	}
}

func (s *Sender) complain(ctx context.Context, what string, err error, args ...any) {
	if ctx.Err() == nil {
		s.Log.Error(what, append(args, "err", err)...)
	}
}
