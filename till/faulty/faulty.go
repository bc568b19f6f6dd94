// Package faulty is a network for tests that loses, delays and garbles what is
// sent through it, in an order that a seed decides.
package faulty

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Network is an http.RoundTripper. In its clock time passes only by Pause, so
// that minutes of bad network take no time at all.
type Network struct {
	Through http.RoundTripper // the network when it works
	Rate    float64           // of requests that meet a fault, 0 to 1

	mu    sync.Mutex
	dice  *rand.Rand
	now   time.Time
	late  []delivery
	fault [faults]int
}

// delivery is a request that arrives after its sender gave up on it.
type delivery struct {
	at      time.Time
	request *http.Request
	body    []byte
}

// New is a network whose faults follow from the seed, and whose clock says now.
func New(through http.RoundTripper, rate float64, seed uint64, now time.Time) *Network {
	return &Network{Through: through, Rate: rate, dice: rand.New(rand.NewPCG(seed, 0)), now: now}
}

// What can happen to a request.
const (
	dropBefore = iota // never arrives
	dropAfter         // arrives; the answer does not
	arriveLate        // the sender gives up; then it arrives
	busy              // a proxy answers 503
	cut               // the answer ends in its middle
	portal            // a log-in page answers 200
	faults
)

var errReset = errors.New("connection reset by peer")

// Now is the network's clock.
func (n *Network) Now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

// Pause has the time pass. What is late and due arrives.
func (n *Network) Pause(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	n.now = n.now.Add(d)
	var due []delivery
	rest := n.late[:0]
	for _, l := range n.late {
		if l.at.After(n.now) {
			rest = append(rest, l)
		} else {
			due = append(due, l)
		}
	}
	n.late = rest
	n.mu.Unlock()
	for _, l := range due {
		n.deliver(l.request, l.body)
	}
	return ctx.Err()
}

// Flush has everything arrive that is still on its way.
func (n *Network) Flush() { n.Pause(context.Background(), 24*time.Hour) }

// Faults counts the faults so far.
func (n *Network) Faults() (sum int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.fault {
		sum += f
	}
	return sum
}

// Chance is true at the given rate, by the network's dice.
func (n *Network) Chance(rate float64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dice.Float64() < rate
}

// RoundTrip delivers the request, or has it meet a fault.
func (n *Network) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	switch n.roll(r, body) {
	case dropBefore, arriveLate:
		return nil, errReset
	case dropAfter:
		n.deliver(r, body)
		return nil, errReset
	case busy:
		return answer(r, 503, "text/html", "<h1>503</h1>"), nil
	case portal:
		return answer(r, 200, "text/html", "<h1>Welcome to our guest network</h1>"), nil
	case cut:
		return n.cut(r, body)
	}
	return n.Through.RoundTrip(again(r.Context(), r, body))
}

// roll decides what happens to a request; faults means nothing does.
func (n *Network) roll(r *http.Request, body []byte) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dice.Float64() >= n.Rate {
		return faults
	}
	f := n.dice.IntN(faults)
	n.fault[f]++
	if f == arriveLate {
		after := time.Duration(n.dice.IntN(150)) * time.Second
		n.late = append(n.late, delivery{n.now.Add(after), r, body})
	}
	return f
}

// deliver carries a request to the server and its answer nowhere.
func (n *Network) deliver(r *http.Request, body []byte) {
	answer, err := n.Through.RoundTrip(again(context.Background(), r, body))
	if err == nil {
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

func (n *Network) cut(r *http.Request, body []byte) (*http.Response, error) {
	a, err := n.Through.RoundTrip(again(r.Context(), r, body))
	if err != nil {
		return nil, err
	}
	whole, err := io.ReadAll(a.Body)
	a.Body.Close()
	if err != nil {
		return nil, err
	}
	a.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), broken{}))
	return a, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func again(ctx context.Context, r *http.Request, body []byte) *http.Request {
	copied := r.Clone(ctx)
	copied.Body = io.NopCloser(bytes.NewReader(body))
	copied.ContentLength = int64(len(body))
	return copied
}

func answer(r *http.Request, status int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}
