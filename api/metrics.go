package api

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/payment"
)

// metrics are what the API counts.
type metrics struct {
	requests *prometheus.HistogramVec // seconds, by route and class of status
	charge   prometheus.Histogram     // seconds
	payments *prometheus.CounterVec   // by what they are when they are first answered
	taps     *prometheus.CounterVec   // of gates, by what became of them
}

func newMetrics(r *prometheus.Registry) metrics {
	seconds := prometheus.ExponentialBuckets(0.0005, 2, 14) // 0.5 ms to 4 s
	m := metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "paycode_http_request_seconds", Help: "Time to answer a request, by route and class of status.", Buckets: seconds,
		}, []string{"route", "status"}),
		charge: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "paycode_charge_seconds", Help: "Time from a charge's arrival at the processor to its durable outcome, waiting in queues included.", Buckets: seconds,
		}),
		payments: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "paycode_payments_total", Help: "New payments, by status, method and decline code at their first answer.",
		}, []string{"status", "method", "decline"}),
	}
	m.taps = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "paycode_taps_total", Help: "Taps that gates uploaded, by result and reason; the reason copied is fraud.",
	}, []string{"result", "reason"})
	m.taps.WithLabelValues(string(clearing.Accepted), "") // 0, instead of nothing, until the first
	m.taps.WithLabelValues(string(clearing.Duplicate), string(clearing.Copied))
	r.MustRegister(m.requests, m.charge, m.payments, m.taps)
	return m
}

// Made counts a payment at its first answer.
func (a *API) Made(p payment.Payment) { a.metrics.count(p) }

func (m metrics) count(p payment.Payment) {
	m.payments.WithLabelValues(string(p.Status), string(p.Method), string(p.Decline)).Inc()
}

// statusClass is 2xx and so on.
func statusClass(status int) string { return strconv.Itoa(status/100) + "xx" }
