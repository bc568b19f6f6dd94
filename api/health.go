package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type healthOutput struct {
	Body struct {
		Status string `json:"status" enum:"ok" doc:"always ok; anything else is a problem"`
	}
}

// readyWithin is how long the store may take to answer before the server does not count as ready.
const readyWithin = 2 * time.Second

func (a *API) healthCalls() {
	const tag = "Health"
	register(a, route{method: "GET", path: "/healthz", id: "healthz", tag: tag, status: http.StatusOK,
		summary: "Does the process run", about: "For whoever would start it again."}, func(context.Context, *struct{}) (*healthOutput, error) {
		return healthy(), nil
	})
	register(a, route{method: "GET", path: "/readyz", id: "readyz", tag: tag, status: http.StatusOK,
		summary: "Can it serve", about: "For load balancers: the store answers, and the server is not stopping.", codes: []Code{Overloaded}},
		func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
			ctx, cancel := context.WithTimeout(ctx, readyWithin)
			defer cancel()
			if err := a.Ready(ctx); err != nil {
				p := newProblem(Overloaded)
				p.cause = err
				return nil, p
			}
			return healthy(), nil
		})
	metrics := promhttp.HandlerFor(a.Metrics, promhttp.HandlerOpts{})
	a.handle(route{method: "GET", path: "/metrics", id: "metrics", tag: tag, status: http.StatusOK,
		summary: "Figures for Prometheus", about: "Counters and histograms; no payer, merchant or amount is in them."}, nil,
		&huma.Response{Description: "Prometheus text", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		func(w http.ResponseWriter, r *http.Request) error {
			metrics.ServeHTTP(w, r)
			return nil
		})
}

func healthy() *healthOutput {
	out := &healthOutput{}
	out.Body.Status = "ok"
	return out
}
