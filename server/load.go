package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/paycode/paycode/payment"
)

// load shows what the processor is busy with, whenever somebody asks.
type load struct {
	of    func() payment.Load
	shown []shown
}

// shown is one figure of payment.Load.
type shown struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(payment.Load) float64
}

func newLoad(of func() payment.Load, d *door) *load {
	gauge := func(name, help string, of func(payment.Load) int) shown {
		return shown{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, func(l payment.Load) float64 { return float64(of(l)) }}
	}
	counter := func(name, help string, of func(payment.Load) uint64) shown {
		return shown{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, func(l payment.Load) float64 { return float64(of(l)) }}
	}
	return &load{of: of, shown: []shown{
		gauge("paycode_jobs_waiting", "Claims and commands that are in no batch yet.", func(l payment.Load) int { return l.Waiting }),
		gauge("paycode_jobs_in_flight", "Claims and commands that wait or are being written, except those of suspect buckets.", func(l payment.Load) int { return l.InFlight }),
		gauge("paycode_jobs_limit", "How many may be in flight before new requests are refused; it follows the rate.", func(l payment.Load) int { return l.Limit }),
		gauge("paycode_batches_running", "Batches that are being written.", func(l payment.Load) int { return l.Running }),
		gauge("paycode_batches_slow", "Those that take so long that others run in their place.", func(l payment.Load) int { return l.Slow }),
		gauge("paycode_lanes_suspect", "Buckets, by step, whose last batch failed or hangs.", func(l payment.Load) int { return l.Suspect }),
		counter("paycode_refused_total", "Requests that were refused because too much waited, or their bucket does not answer.", func(l payment.Load) uint64 { return l.Refused }),
		counter("paycode_batches_again_total", "Batches that had to be tried again with the same ids.", func(l payment.Load) uint64 { return l.Again }),
		counter("paycode_http_refused_total", "Requests that were refused before anything of them was read.", func(payment.Load) uint64 { return d.refused.Load() }),
	}}
}

// Describe implements prometheus.Collector.
func (c *load) Describe(to chan<- *prometheus.Desc) {
	for _, s := range c.shown {
		to <- s.desc
	}
}

// Collect implements prometheus.Collector.
func (c *load) Collect(to chan<- prometheus.Metric) {
	now := c.of()
	for _, s := range c.shown {
		to <- prometheus.MustNewConstMetric(s.desc, s.kind, s.of(now))
	}
}
