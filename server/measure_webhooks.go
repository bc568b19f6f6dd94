package server

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/paycode/paycode/webhook"
)

// counted is a webhook.Queue whose attempts are counted.
type counted struct {
	webhook.Queue
	attempts *prometheus.CounterVec
	disabled prometheus.Counter
}

func countAttempts(q webhook.Queue, r *prometheus.Registry) counted {
	c := counted{q, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "paycode_webhook_attempts_total", Help: "Attempts to deliver an event to a webhook, by the state of the delivery after it.",
	}, []string{"state"}), prometheus.NewCounter(prometheus.CounterOpts{
		Name: "paycode_webhooks_disabled_total", Help: "Webhooks that were disabled because they answered 410, or nothing well for days; the log names them.",
	})}
	r.MustRegister(c.attempts, c.disabled)
	for _, state := range []string{"waiting", "delivered", "failed"} {
		c.attempts.WithLabelValues(state) // 0, instead of nothing, until the first
	}
	return c
}

// RecordDeliveries implements webhook.Queue.
func (c counted) RecordDeliveries(ctx context.Context, bucket int, deliveries []webhook.Delivery, verdicts []webhook.Verdict) ([]webhook.Endpoint, error) {
	disabled, err := c.Queue.RecordDeliveries(ctx, bucket, deliveries, verdicts)
	if err == nil {
		for _, d := range deliveries {
			c.attempts.WithLabelValues(d.State()).Inc()
		}
		c.disabled.Add(float64(len(disabled)))
	}
	return disabled, err
}
