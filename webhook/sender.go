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
	// NextDelivery answers when the next delivery of a bucket is due, or the
	// first of those that are; the zero time when none is waited for.
	NextDelivery(ctx context.Context, bucket int) (time.Time, error)
	// ClaimDeliveries lists deliveries of a bucket that are due, and puts each off until
	// c.Until in the same transaction, so that no other server makes the same
	// attempt. It reports whether more may be due.
	ClaimDeliveries(ctx context.Context, bucket int, c Claiming) (jobs []Job, more bool, err error)
	// RecordDeliveries keeps how far deliveries of a bucket have got, and what that
	// says of their endpoints, in one transaction. A delivery that is done already, or whose
	// schedule has begun again since it was claimed, stays as it is. It
	// answers which endpoints were disabled by it.
	RecordDeliveries(ctx context.Context, bucket int, deliveries []Delivery, verdicts []Verdict) (disabled []Endpoint, err error)
	// ForgetDeliveries deletes deliveries of a bucket whose events happened before a time.
	ForgetDeliveries(ctx context.Context, bucket int, before time.Time) error
}

// Claiming says which deliveries a Sender can take now.
type Claiming struct {
	Now   time.Time
	Until time.Time                // when they are due again if nothing is heard of them
	Room  func(id ids.Webhook) int // how many of an endpoint
	Full  []ids.Webhook            // the endpoints without room, or in a form that the server does not speak
	Limit int                      // how many in all

	waiting bool // some endpoints have no room now, and may have soon
}

// Job is a delivery with what is needed to make it, and its URL filled in.
type Job struct {
	Delivery
	Form       string
	Secret     Secret // of the endpoint, as the rest
	Retired    []Retired
	DisabledAt time.Time
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
	// lookEvery finds what has become due of what is known here.
	lookEvery = time.Second
	// roundEvery is how often a bucket of few is asked for what is not: what
	// another server left. leastPause keeps that to two questions in a second
	// where there are many.
	roundEvery = 2 * time.Second
	leastPause = 500 * time.Millisecond
	// keepFor is how long the log of deliveries goes back, and forgetEvery how often it is cut.
	keepFor     = 30 * 24 * time.Hour
	forgetEvery = time.Hour
	// recordWithin is how long the store may take to keep outcomes.
	recordWithin = 10 * time.Second
)

// SenderConfig is what a Sender works with. All fields but TLS are needed.
type SenderConfig struct {
	Store   Queue
	Policy  Policy
	TLS     *tls.Config     // whom to trust; nil for the system's authorities
	Forms   map[string]Form // Standard by the empty name
	Now     func() time.Time
	Buckets int // of the store
	Log     *slog.Logger
}

// Sender carries deliveries out, those of each endpoint on their own: a slow
// receiver holds up nobody but itself.
type Sender struct {
	SenderConfig
	nudged  chan struct{}
	handled chan handled
	client  *http.Client
	jobs    sync.WaitGroup
	agenda  *agenda

	mu       sync.Mutex
	lanes    map[ids.Webhook]*lane
	unspoken map[ids.Webhook]bool // lanes that are left to other servers
	held     int                  // deliveries in all lanes
}

// NewSender is a sender that does nothing until it is run, once.
func NewSender(c SenderConfig) *Sender {
	return &Sender{
		SenderConfig: c, nudged: make(chan struct{}, 1), handled: make(chan handled, atOnce),
		client: newClient(c.Policy, c.TLS), lanes: map[ids.Webhook]*lane{}, unspoken: map[ids.Webhook]bool{}, agenda: &agenda{next: map[int]time.Time{}},
	}
}

// Nudge says that deliveries of a bucket may be due. It does not block.
func (s *Sender) Nudge(bucket int) {
	s.agenda.note(bucket, s.Now())
	s.wake()
}

// Lost says that another server has died, and may have left deliveries in any
// bucket. It does not block.
func (s *Sender) Lost() {
	for bucket := range s.Buckets {
		s.agenda.note(bucket, s.Now())
	}
	s.wake()
}

func (s *Sender) wake() {
	select {
	case s.nudged <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then lets attempts under way come to their end (at
// most attemptWithin) and returns when their outcomes are kept.
func (s *Sender) Run(ctx context.Context) {
	var recording sync.WaitGroup
	recording.Go(s.record)
	look, forget := time.NewTicker(lookEvery), time.NewTicker(forgetEvery)
	defer look.Stop()
	defer forget.Stop()
	turn := time.NewTicker(max(roundEvery/time.Duration(s.Buckets), leastPause))
	defer turn.Stop()
	next := rand.IntN(s.Buckets)
	s.Lost() // what an earlier server left
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-forget.C:
			s.forget(ctx)
		case <-turn.C:
			s.ask(ctx, next%s.Buckets)
			next++
		case <-look.C:
			s.look(ctx)
		case <-s.nudged:
			s.look(ctx)
		}
	}
	s.jobs.Wait()
	close(s.handled)
	recording.Wait()
	s.client.CloseIdleConnections()
}

// ask finds out when something is due in a bucket, whoever it was added by.
func (s *Sender) ask(ctx context.Context, bucket int) {
	at, err := s.Store.NextDelivery(ctx, bucket)
	if err != nil {
		s.complain(ctx, "due webhooks could not be listed", err, "bucket", bucket)
	} else if !at.IsZero() {
		s.agenda.note(bucket, at)
	}
}

// look starts what is due, as far as there is room.
func (s *Sender) look(ctx context.Context) {
	for _, bucket := range s.agenda.due(s.Now()) {
		c := s.claiming(bucket)
		if c.Limit == 0 {
			return // the next attempt that ends looks again
		}
		s.agenda.begin(bucket)
		jobs, more, err := s.Store.ClaimDeliveries(ctx, bucket, c)
		if err != nil {
			s.agenda.note(bucket, s.Now().Add(lookEvery))
			s.complain(ctx, "due webhooks could not be claimed", err, "bucket", bucket)
			continue
		}
		for _, j := range jobs {
			s.start(ctx, j)
		}
		if more || c.waiting {
			s.agenda.note(bucket, s.Now())
		}
		if more && len(jobs) > 0 {
			s.wake()
		}
	}
}

// record keeps what became of deliveries, as many at a time as have come in.
func (s *Sender) record() {
	for h := range s.handled {
		byBucket := map[int][]handled{}
		add := func(h handled) {
			b := h.Endpoint.Bucket(s.Buckets)
			byBucket[b] = append(byBucket[b], h)
			if h.DoneAt.IsZero() {
				s.agenda.note(b, h.NextAt)
			}
		}
		add(h)
		for n := len(s.handled); n > 0; n-- {
			add(<-s.handled)
		}
		for bucket, all := range byBucket {
			s.keep(bucket, all)
		}
		s.wake()
	}
}

func (s *Sender) keep(bucket int, all []handled) {
	ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
	defer cancel()
	deliveries := make([]Delivery, len(all))
	for i, h := range all {
		deliveries[i] = h.Delivery
	}
	disabled, err := s.Store.RecordDeliveries(ctx, bucket, deliveries, verdicts(all, s.Now()))
	if err != nil {
		s.complain(ctx, "outcomes of webhooks were not kept: they will be sent again", err, "bucket", bucket)
	}
	for _, e := range disabled {
		s.Log.Warn("a webhook was disabled: it answered 410, or nothing well for days; tell its merchant, who can enable it",
			"webhook", e.ID, "merchant", e.Merchant, "failing_since", e.FailingSince)
	}
}

func (s *Sender) forget(ctx context.Context) {
	for bucket := range s.Buckets {
		if err := s.Store.ForgetDeliveries(ctx, bucket, s.Now().Add(-keepFor)); err != nil {
			s.complain(ctx, "old deliveries could not be deleted", err, "bucket", bucket)
		}
	}
}

func (s *Sender) complain(ctx context.Context, what string, err error, args ...any) {
	if ctx.Err() == nil {
		s.Log.Error(what, append(args, "err", err)...)
	}
}
