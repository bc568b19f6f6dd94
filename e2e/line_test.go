package e2e

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// line is what lies between browsers and server: an address that stays, however
// often the server behind it starts anew, and whose faults are ordered.
type line struct {
	server *httptest.Server

	mu      sync.Mutex
	to      *url.URL // nil while there is no server
	faults  map[string]fault
	carried []string // "METHOD /path" of what reached the server
	mended  chan struct{}
}

// fault is what happens to requests of one kind.
type fault int

const (
	sound      fault = iota
	loseAnswer       // the server does it and nobody hears
	loseAsking       // the server never sees it
	stall            // it is held back until the line is mended
)

var errLost = errors.New("lost on the way")

func layLine(t *testing.T) *line {
	l := &line{faults: map[string]fault{}, mended: make(chan struct{})}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(l.target())
			r.Out.Host = r.In.Host // proofs are made for the address that the browser sees
		},
		FlushInterval: -1,
		ModifyResponse: func(r *http.Response) error {
			if l.faultOf(r.Request) == loseAnswer {
				return errLost
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // the connection breaks
	}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		mended := l.mended
		l.mu.Unlock()
		switch l.faultOf(r) {
		case loseAsking:
			panic(http.ErrAbortHandler)
		case stall:
			select {
			case <-mended:
			case <-r.Context().Done():
			}
		}
		if l.target() == nil {
			panic(http.ErrAbortHandler)
		}
		l.note(r)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { l.mend(); l.server.CloseClientConnections(); l.server.Close() })
	return l
}

// address is what browsers go to: localhost, which has no certificate and is trusted all the same.
func (l *line) address() string { return strings.Replace(l.server.URL, "127.0.0.1", "localhost", 1) }

// lead connects the line to a server; nil leaves it hanging in the air.
func (l *line) lead(to *url.URL) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
}

// spoil orders a fault for all requests "METHOD /path".
func (l *line) spoil(what string, f fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[what] = f
}

// mend ends all faults.
func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.faults)
	close(l.mended)
	l.mended = make(chan struct{})
}

// carriedOf counts the requests that reached the server whose "METHOD /path" begins so.
func (l *line) carriedOf(what string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.carried {
		if strings.HasPrefix(c, what) {
			n++
		}
	}
	return n
}

func (l *line) target() *url.URL {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to
}

func (l *line) faultOf(r *http.Request) fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.faults[r.Method+" "+r.URL.Path]
}

func (l *line) note(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.carried = append(l.carried, r.Method+" "+r.URL.Path)
}
