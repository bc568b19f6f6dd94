package api

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestFaults: a panic is a problem with the request's id for the caller, and a
// line with the cause for us; a caller who hung up is neither.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  any
		status int
		logged bool
	}{
		{"a fault", "index out of range", 500, true},
		{"a fault that is an error", errors.New("nil map"), 500, true},
		{"the caller hung up", &net.OpError{Op: "write", Err: errors.New("broken pipe")}, 200, false},
		{"no fault", nil, 200, false},
	} {
		var log bytes.Buffer
		a := &API{mux: http.NewServeMux(), metrics: newMetrics(prometheus.NewRegistry())}
		a.Log = slog.New(slog.NewTextHandler(&log, nil))
		a.mux.HandleFunc("GET /x", func(http.ResponseWriter, *http.Request) {
			if c.fault != nil {
				panic(c.fault)
			}
		})
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
		if w.Code != c.status || strings.Contains(log.String(), "msg=fault") != c.logged {
			t.Errorf("%s: answered %d; the log: %s", c.name, w.Code, log.String())
		}
		if id := w.Header().Get("X-Request-Id"); c.logged && (!strings.Contains(w.Body.String(), id) || !strings.Contains(log.String(), id)) {
			t.Errorf("%s: answer and log do not share the request's id %s: %s", c.name, id, w.Body)
		}
		if strings.Contains(w.Body.String(), "index") || strings.Contains(w.Body.String(), "nil map") {
			t.Errorf("%s: the caller is told the cause: %s", c.name, w.Body)
		}
	}
}

func TestAbortGoesOn(t *testing.T) {
	a := &API{mux: http.NewServeMux(), metrics: newMetrics(prometheus.NewRegistry())}
	a.Log = slog.New(slog.DiscardHandler)
	a.mux.HandleFunc("GET /x", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("net/http is not told to cut the connection")
		}
	}()
	a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil))
}

func TestCredentials(t *testing.T) {
	for _, c := range []struct {
		headers []string
		want    string
		ok      bool
	}{
		{[]string{"Bearer abc"}, "abc", true}, {[]string{"bearer abc"}, "abc", true}, {[]string{"DPoP abc"}, "", false},
		{nil, "", false}, {[]string{"Bearer"}, "", false}, {[]string{"Bearer "}, "", false}, {[]string{"Bearer a", "Bearer b"}, "", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = c.headers
		if got, ok := credentials(r, "Bearer"); ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %q, %v", c.headers, got, ok)
		}
	}
}
