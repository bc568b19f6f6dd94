package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// measured is a payment.Store whose batches are measured.
type measured struct {
	payment.Store
	size    *prometheus.HistogramVec
	seconds *prometheus.HistogramVec
	errors  *prometheus.CounterVec
}

// measure registers what it measures.
func measure(s payment.Store, r *prometheus.Registry) measured {
	m := measured{
		Store: s,
		size: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "paycode_batch_size", Help: "Claims or commands in one transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}, []string{"step"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "paycode_batch_seconds", Help: "Time of one such transaction, its commit included.", Buckets: prometheus.ExponentialBuckets(0.0002, 2, 16),
		}, []string{"step"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "paycode_batch_errors_total", Help: "Such transactions that failed, whatever became of their payments afterwards.",
		}, []string{"step"}),
	}
	r.MustRegister(m.size, m.seconds, m.errors)
	for _, step := range []string{"claim", "decide"} {
		m.size.WithLabelValues(step) // 0, instead of nothing, until the first
		m.seconds.WithLabelValues(step)
		m.errors.WithLabelValues(step)
	}
	return m
}

// Claim implements payment.Store.
func (m measured) Claim(ctx context.Context, claims []payment.Claim) ([]payment.Claimed, error) {
	began := time.Now()
	claimed, err := m.Store.Claim(ctx, claims)
	m.note("claim", len(claims), began, err)
	return claimed, err
}

// Update implements payment.Store.
func (m measured) Update(ctx context.Context, bucket int, needs []payment.Need, decide func(*payment.Rows)) error {
	began := time.Now()
	err := m.Store.Update(ctx, bucket, needs, decide)
	m.note("decide", len(needs), began, err)
	return err
}

func (m measured) note(step string, size int, began time.Time, err error) {
	if err != nil {
		m.errors.WithLabelValues(step).Inc()
	}
	m.size.WithLabelValues(step).Observe(float64(size))
	m.seconds.WithLabelValues(step).Observe(time.Since(began).Seconds())
}

// publisher counts events and gives them to who listens.
func (s *Server) publisher(r *prometheus.Registry) func(payment.Event) {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "paycode_events_total", Help: "Events that were committed and relayed by this server, by kind.",
	}, []string{"kind"})
	r.MustRegister(events)
	return func(e payment.Event) {
		events.WithLabelValues(string(e.Kind)).Inc()
		s.hub.Publish(e)
	}
}

// watch registers what is looked up when somebody asks for the figures.
func (s *Server) watch(r *prometheus.Registry, now func() time.Time) {
	r.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "paycode_streams", Help: "Devices that listen for events.",
		}, func() float64 { return float64(s.hub.Streams()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "paycode_other_servers", Help: "Other servers on the same database that run, as this one last saw it.",
		}, func() float64 { return float64(s.presence.Others()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "paycode_relay_lag_seconds", Help: "Age of the oldest event that was committed and not yet relayed; -1 when it cannot be found out.",
		}, func() float64 { return s.relayLag(now()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "paycode_denied_passes", Help: "Passes on the deny list of gates; -1 when it cannot be found out.",
		}, s.deniedPasses),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "paycode_webhook_lag_seconds", Help: "For how long the oldest delivery to a webhook that is due has been so; -1 when it cannot be found out.",
		}, func() float64 { return s.webhookLag(now()) }),
	)
}

func (s *Server) deniedPasses() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), lagWithin)
	defer cancel()
	n, _, err := s.DB.OnDenyList(ctx)
	if err != nil {
		return -1
	}
	return float64(n)
}

// lagWithin is how long the look-up of the oldest event may take.
const lagWithin = time.Second

func (s *Server) webhookLag(now time.Time) (seconds float64) {
	ctx, cancel := context.WithTimeout(context.Background(), lagWithin)
	defer cancel()
	for bucket := range s.DB.Buckets() {
		due, err := s.DB.NextDelivery(ctx, bucket)
		if err != nil {
			return -1
		}
		if !due.IsZero() {
			seconds = max(seconds, now.Sub(due).Seconds())
		}
	}
	return seconds
}

func (s *Server) relayLag(now time.Time) (seconds float64) {
	ctx, cancel := context.WithTimeout(context.Background(), lagWithin)
	defer cancel()
	for bucket := range s.DB.Buckets() {
		oldest, err := s.DB.WaitingEvents(ctx, bucket, ids.Event{}, 1)
		if err != nil {
			return -1
		}
		if len(oldest) > 0 {
			seconds = max(seconds, now.Sub(oldest[0].ID.Time()).Seconds())
		}
	}
	return seconds
}
