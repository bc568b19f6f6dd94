// Package bench measures how many payments a second a server makes durable, by
// its public API alone: real codes of many payers over keep-alive connections,
// each code once, every answer looked at.
//
// A load is closed, when each connection sends its next charge as the last one
// is answered, or open, when charges are due at a rate whatever becomes of those
// before. In an open load a latency counts from when its charge was due, so that
// a server that stops for a second is not flattered by tills that stop with it.
package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"sync/atomic"
	"time"
)

// Load is how a server is to be loaded.
type Load struct {
	Clients   int           // connections, each with one request under way
	Duration  time.Duration // ends the run, unless zero
	Payments  int           // ends the run, unless zero
	PerSecond float64       // charges that fall due, at random moments; 0: a closed load
	Merchants int           // of the world's, the first so many take part; 0: all
	// RefundEvery has each so-many-th payment given back in full; 0: none.
	RefundEvery int
	// Gateway has charges go by Alipay's gateway, signed before the run begins.
	Gateway bool
	// Rest is how long a connection waits that was refused with 429 or 503.
	Rest     time.Duration
	Answered *atomic.Int64 // counts what was answered, for whoever watches; may be nil
}

func (l *Load) check(w *World) error {
	if l.Clients < 1 || len(w.devices) == 0 || len(w.heads) == 0 || l.Merchants > len(w.heads) {
		return errors.New("bench: no connection, no payer, or fewer merchants than asked for")
	}
	if l.Answered == nil {
		l.Answered = new(atomic.Int64)
	}
	if l.Merchants == 0 {
		l.Merchants = len(w.heads)
	}
	return nil
}

// signedPerSecond is how many charges are signed for each second of a run: more than
// a server answers that signs as many with two processors. A run with none left is over.
const signedPerSecond = 3000

// most is how many charges a run by the gateway has at most.
func (l *Load) most() int {
	if l.Payments > 0 {
		return l.Payments
	}
	return int(l.Duration.Seconds() * signedPerSecond)
}

// Run loads the server with the world's payers. The error is for a run that did
// not begin; what goes wrong later is counted in the result. Runs of one world
// follow each other, they are never side by side.
func (w *World) Run(ctx context.Context, l Load) (Result, error) {
	if err := l.check(w); err != nil {
		return Result{}, err
	}
	var signed [][]byte
	if l.Gateway {
		var err error
		if signed, err = w.presign(l.most(), l.Merchants); err != nil {
			return Result{}, err
		}
	}
	runtime.GC() // of what came before, not in the middle of this
	wires, err := dialAll(ctx, w.base, l.Clients)
	if err != nil {
		return Result{}, err
	}
	defer wires.close()
	if l.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Duration)
		defer cancel()
	}
	serverBefore, ownBefore := w.meter(), OwnCPU()
	r := newLoop(w, l, wires)
	r.signed = signed
	r.run(ctx)
	serverAfter := w.meter()
	r.ServerCPU, r.ClientCPU = serverAfter.cpu-serverBefore.cpu, OwnCPU()-ownBefore
	w.paid.Add(&r.Result)
	return r.Result, nil
}

// head is what each request of a merchant begins with, up to its path.
func head(base *url.URL, key string) []byte {
	return fmt.Appendf(nil, " HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: ", base.Host, key)
}

// succeeded is what the answer to a charge says when the money has moved.
var succeeded = []byte(`"status":"succeeded"`)

// idIn is the payment's id in an answer, or nothing.
func idIn(answer []byte) []byte {
	_, rest, _ := bytes.Cut(answer, []byte(`"id":"`))
	id, _, _ := bytes.Cut(rest, []byte(`"`))
	return id
}
