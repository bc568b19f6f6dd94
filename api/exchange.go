package api

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/paycode/paycode/access"
)

// exchange is one request as log and metrics see it.
type exchange struct {
	id     string // names it in the log
	origin string // scheme and host as the caller knows them
	caller Caller
	code   Code  // of the problem that it was answered with
	cause  error // of a fault of ours
}

type exchangeKey struct{}

// exchangeOf is the exchange of a request's context.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{} // outside of a request, in a test
}

// always are headers of every answer.
var always = http.Header{
	"X-Content-Type-Options": {"nosniff"},
	"Referrer-Policy":        {"no-referrer"},
	"Cache-Control":          {"no-store"}, // balances and codes; pages set their own
}

// ServeHTTP answers one request, whatever happens, and writes one line about it.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := &exchange{id: rand.Text(), origin: a.Origin(r)}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	out := &answer{ResponseWriter: w}
	h := out.Header()
	for name, values := range always {
		h[name] = values
	}
	h["X-Request-Id"] = []string{x.id}
	defer func() {
		fault := recover()
		a.recovered(out, r, fault)
		a.note(r, x, out.status, time.Since(began))
		if err, _ := fault.(error); errors.Is(err, http.ErrAbortHandler) {
			panic(fault) // net/http cuts the connection
		}
	}()
	if !a.plainly(out, r) {
		a.mux.ServeHTTP(out, r)
	}
}

// recovered turns a panic into an answer, where none was begun, and a line in the
// log. A caller who hung up while he was answered is no fault of ours.
func (a *API) recovered(w *answer, r *http.Request, fault any) {
	err, _ := fault.(error)
	var network net.Error
	if fault == nil || errors.Is(err, http.ErrAbortHandler) || errors.As(err, &network) {
		return
	}
	a.Log.Error("fault", "request_id", exchangeOf(r.Context()).id, "panic", fault, "stack", string(debug.Stack()))
	if w.status == 0 {
		refuse(w, r, internal(r.Context(), nil))
	}
}

// note logs and counts a request. Of the caller it says the role and the id: no
// key, token, ticket or code is ever part of a path, and nothing else of the
// request is written.
func (a *API) note(r *http.Request, x *exchange, status int, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	a.metrics.requests.WithLabelValues(route, statusClass(status)).Observe(took.Seconds())
	level := slog.LevelInfo
	switch {
	case r.Context().Err() != nil: // the caller has gone: nobody was refused
	case x.code == Internal:
		level = slog.LevelError
	case status >= 500:
		level = slog.LevelWarn
	}
	if !a.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.id), slog.String("route", route),
		slog.Int("status", status), slog.Duration("took", took),
	}
	if x.caller.Role != "" {
		attrs = append(attrs, slog.String("role", string(x.caller.Role)), slog.String("caller", x.caller.name()))
	}
	if x.code != "" {
		attrs = append(attrs, slog.String("code", string(x.code)))
	}
	if x.cause != nil {
		attrs = append(attrs, slog.Any("err", x.cause))
	}
	a.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// answer remembers the status.
type answer struct {
	http.ResponseWriter
	status int
}

func (w *answer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// name is the caller's id, for the log.
func (c Caller) name() string {
	switch c.Role {
	case access.RoleMerchant:
		return c.Merchant.String()
	case access.RoleGate:
		return c.Gate.String()
	case RoleDevice:
		return c.Device.ID.String()
	}
	return string(c.Role)
}
