package webhook

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
)

// Queue keeps deliveries until they are done.
type Queue interface {
	// DueDeliveries lists the buckets in which deliveries are due.
	DueDeliveries(ctx context.Context, now time.Time) ([]int, error)
	// ClaimDeliveries lists deliveries of a bucket that are due, and puts each off until
	// c.Until in the same transaction, so that no other server makes the same
	// attempt. It reports whether more may be due.
	ClaimDeliveries(ctx context.Context, bucket int, c Claiming) (jobs []Job, more bool, err error)
	// RecordDeliveries keeps how far deliveries of a bucket have got. One that is done
	// already stays as it is.
	RecordDeliveries(ctx context.Context, bucket int, deliveries []Delivery) error
	// ForgetDeliveries deletes deliveries of a bucket whose events happened before a time.
	ForgetDeliveries(ctx context.Context, bucket int, before time.Time) error
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

// SenderConfig is what a Sender works with. All fields but TLS are needed.
type SenderConfig struct {
	Store    Queue
	Policy   Policy
	TLS      *tls.Config // whom to trust; nil for the system's authorities
	Schedule []time.Duration
	Now      func() time.Time
	Buckets  int // of the store
	Log      *slog.Logger
}

// Sender carries deliveries out, those of each endpoint on their own: a slow
// receiver holds up nobody but itself.
type Sender struct {
	SenderConfig
	nudged   chan struct{}
	outcomes chan Delivery
	client   *http.Client
	jobs     sync.WaitGroup

	mu    sync.Mutex
	lanes map[ids.Webhook]*lane
	held  int // deliveries in all lanes
}

// NewSender is a sender that does nothing until it is run, once.
func NewSender(c SenderConfig) *Sender {
	return &Sender{
		SenderConfig: c, nudged: make(chan struct{}, 1), outcomes: make(chan Delivery, atOnce),
		client: newClient(c.Policy, c.TLS), lanes: map[ids.Webhook]*lane{},
	}
}

// Nudge says that deliveries may be due. It does not block.
func (s *Sender) Nudge() {
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
	s.Nudge() // what an earlier server left
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
	due, err := s.Store.DueDeliveries(ctx, s.Now())
	if err != nil {
		s.complain(ctx, "due webhooks could not be listed", err)
		return
	}
	for _, bucket := range due {
		c := s.claiming()
		if c.Limit == 0 {
			return // the next attempt that ends looks again
		}
		jobs, more, err := s.Store.ClaimDeliveries(ctx, bucket, c)
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
			if err := s.Store.RecordDeliveries(ctx, bucket, deliveries); err != nil {
				s.complain(ctx, "outcomes of webhooks were not kept: they will be sent again", err, "bucket", bucket)
			}
			cancel()
		}
		s.Nudge()
	}
}

func (s *Sender) forget(ctx context.Context) {
	for bucket := range s.Buckets {
		if err := s.Store.ForgetDeliveries(ctx, bucket, s.Now().Add(-keep)); err != nil {
			s.complain(ctx, "old deliveries could not be deleted", err, "bucket", bucket)
		}
	}
}

func (s *Sender) complain(ctx context.Context, what string, err error, args ...any) {
	if ctx.Err() == nil {
		s.Log.Error(what, append(args, "err", err)...)
	}
}
