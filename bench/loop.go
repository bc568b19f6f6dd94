package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// loop is a run under way. Everything happens in one goroutine, which neither
// waits for a lock nor wakes another.
type loop struct {
	w     *World
	load  Load
	wires wires
	order []byte // begins every order number
	Result
	began   time.Time
	lines   []line    // by connection
	idle    []int     // connections without a request under way
	resting []rest    // refused ones, the first to wake first
	due     time.Time // of an open load: the next charge
	started int
	busy    int // requests under way
	body    []byte
	request []byte
	signed  [][]byte // charges by the gateway, ready to be sent
	random  *rand.Rand
}

// line is what is under way on a connection.
type line struct {
	since  time.Time // sent, or due
	sent   time.Time
	busy   bool
	refund bool
	head   []byte // the merchant's
	errors int
}

type rest struct {
	conn  int
	until time.Time
}

const (
	// answerWithin is how long an answer may take before its connection is given up.
	answerWithin = 30 * time.Second
	// maxErrors is after how many errors a connection is not opened again.
	maxErrors = 10
	// look is how often the loop looks whether it should end.
	look = 50 * time.Millisecond
)

func newLoop(w *World, l Load, wires wires) *loop {
	w.runs++
	r := &loop{w: w, load: l, wires: wires, lines: make([]line, l.Clients),
		order:  fmt.Appendf(nil, "%s-%d-", w.name, w.runs),
		random: rand.New(rand.NewPCG(uint64(w.runs), 1)),
	}
	for i := range l.Clients {
		r.idle = append(r.idle, l.Clients-1-i)
	}
	return r
}

// run charges until ctx ends or all is done, and then waits for what is under way.
func (r *loop) run(ctx context.Context) {
	r.began = time.Now()
	r.due = r.began
	now, last := r.began, r.began
	for more := true; (more || r.busy > 0) && r.alive(); now = time.Now() {
		if now.Sub(last) >= look {
			last = now
			r.giveUp(now)
		}
		if more = more && ctx.Err() == nil && r.mayStart(); more {
			r.wake(now)
			r.start(now)
			more = r.mayStart()
		}
		r.wires.wait(r.next(now, more), r.answered)
	}
	r.Elapsed = time.Since(r.began)
}

func (r *loop) mayStart() bool {
	if r.load.Gateway && r.started >= len(r.signed) {
		return false
	}
	return !r.RanOut && (r.load.Payments == 0 || r.started < r.load.Payments)
}

// alive reports whether any connection is left.
func (r *loop) alive() bool { return r.busy+len(r.idle)+len(r.resting) > 0 }

// next is until when to wait for answers.
func (r *loop) next(now time.Time, more bool) time.Time {
	until := now.Add(look)
	if !more {
		return until
	}
	if len(r.resting) > 0 && r.resting[0].until.Before(until) {
		until = r.resting[0].until
	}
	if r.load.PerSecond > 0 && len(r.idle) > 0 && r.due.Before(until) {
		until = r.due
	}
	return until
}

// wake returns connections that have rested.
func (r *loop) wake(now time.Time) {
	n := 0
	for n < len(r.resting) && !r.resting[n].until.After(now) {
		r.idle = append(r.idle, r.resting[n].conn)
		n++
	}
	r.resting = r.resting[n:]
}

// start sends what is to be sent now over the connections that are idle.
func (r *loop) start(now time.Time) {
	for len(r.idle) > 0 && r.mayStart() {
		since := now
		if r.load.PerSecond > 0 {
			if r.due.After(now) {
				return
			}
			// Tills know nothing of each other: the gaps between their charges are exponential.
			since = r.due
			r.due = r.due.Add(time.Duration(r.random.ExpFloat64() / r.load.PerSecond * float64(time.Second)))
		}
		i := r.idle[0] // each in turn: a server closes what was not used for long
		r.idle = r.idle[1:]
		r.charge(i, since, now)
	}
}

// charge sends the next payer's next code over connection i.
func (r *loop) charge(i int, since, now time.Time) {
	if r.load.Gateway {
		x := &r.lines[i]
		x.since, x.refund = since, false
		r.started++
		r.write(i, r.signed[r.started-1], now)
		return
	}
	code, ok := r.w.code(now)
	if !ok {
		r.RanOut = true
		r.idle = append(r.idle, i)
		return
	}
	x := &r.lines[i]
	x.head = r.w.heads[r.started%r.load.Merchants]
	r.body = append(append(r.body[:0], `{"order_no":"`...), r.order...)
	r.body = strconv.AppendInt(r.body, int64(r.started), 10)
	r.body = append(append(r.body, `","code":"`...), code...)
	r.body = append(r.body, `","amount":`+amountText+`,"currency":"`+Currency+`"}`...)
	r.request = append(r.request[:0], "POST /v1/payments"...)
	r.started++
	x.since, x.refund = since, false
	r.send(i, now)
}

// refund sends a refund of the payment that the answer was about.
func (r *loop) refund(i int, answer []byte, now time.Time) {
	r.body = append(r.body[:0], `{"refund_no":"R","amount":`+amountText+`}`...)
	r.request = append(r.request[:0], "POST /v1/payments/"...)
	r.request = append(append(r.request, idIn(answer)...), "/refunds"...)
	x := &r.lines[i]
	x.since, x.refund = now, true
	r.send(i, now)
}

func (r *loop) send(i int, now time.Time) {
	x := &r.lines[i]
	r.request = append(r.request, x.head...)
	r.request = strconv.AppendInt(r.request, int64(len(r.body)), 10)
	r.write(i, append(append(r.request, "\r\n\r\n"...), r.body...), now)
}

func (r *loop) write(i int, request []byte, now time.Time) {
	x := &r.lines[i]
	x.sent, x.busy = now, true
	r.busy++
	if err := r.wires.send(i, request); err != nil {
		r.broke(i, err)
	}
}

// code is the next payer's next code, of the digits and the text in turn. When
// he has none left the one after him is asked, until all were.
func (w *World) code(now time.Time) (string, bool) {
	for range w.devices {
		n := w.turn
		w.turn++
		d := w.devices[n%len(w.devices)]
		if code, ok := d.show(now, (n+n/len(w.devices))%2 == 0); ok {
			return code, true
		}
	}
	return "", false
}
