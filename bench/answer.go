package bench

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// answered is told of each answer, and of each connection that broke.
func (r *loop) answered(i int, a answer, err error) {
	x := &r.lines[i]
	if err != nil {
		r.broke(i, err)
		return
	}
	now := time.Now()
	x.busy = false
	r.busy--
	r.load.Answered.Add(1)
	switch {
	case a.status == 201 && x.refund:
		r.Refunds++
	case r.succeeded(a):
		r.Latency.Add(now.Sub(x.since))
		r.note(now.Sub(r.began))
		if n := r.load.RefundEvery; n > 0 && r.Payments%int64(n) == 0 {
			r.refund(i, a.body, now)
			return
		}
	case r.refused(a):
		r.Refused++
		r.Refusal.Add(now.Sub(x.sent))
		if r.load.Rest > 0 {
			r.resting = append(r.resting, rest{i, now.Add(r.load.Rest)})
			return
		}
	case a.status == 201 || r.load.Gateway && a.status == 200:
		r.Declined++
		if r.FirstError == "" {
			r.FirstError = string(a.body)
		}
	default:
		r.fail(fmt.Sprintf("status %d: %s", a.status, a.body))
		if x.errors++; x.errors >= maxErrors {
			return // what answers like that is not asked for ever
		}
	}
	r.idle = append(r.idle, i)
}

func (r *loop) refused(a answer) bool {
	return a.status == 429 || a.status == 503 || r.load.Gateway && bytes.Contains(a.body, gatewayBusy)
}

func (r *loop) succeeded(a answer) bool {
	if r.load.Gateway {
		return a.status == 200 && bytes.Contains(a.body, gatewaySucceeded)
	}
	return a.status == 201 && bytes.Contains(a.body, succeeded)
}

// broke opens a connection again that broke. If a request was under way, it is
// not known what became of it.
func (r *loop) broke(i int, err error) {
	x := &r.lines[i]
	wasBusy := x.busy
	if wasBusy {
		x.busy = false
		r.busy--
		r.Unknown++
		r.fail(err.Error())
		x.errors++
	}
	for ; x.errors < maxErrors; x.errors++ {
		if err = r.wires.redial(i); err == nil {
			if wasBusy {
				r.idle = append(r.idle, i)
			}
			return
		}
		r.fail(err.Error())
	}
}

// giveUp breaks connections whose answer does not come.
func (r *loop) giveUp(now time.Time) {
	for i := range r.lines {
		if x := &r.lines[i]; x.busy && now.Sub(x.sent) > answerWithin {
			r.broke(i, errLate)
		}
	}
}

var (
	errAnswer = errors.New("bench: the answer is not HTTP/1.1 with a length")
	errLate   = errors.New("bench: no answer came in time")
)

// answer is one HTTP answer; its body is good until the callback returns.
type answer struct {
	status int
	body   []byte
}

// maxBody is the longest body that is read, in bytes.
const maxBody = 1 << 20

// parseAnswer reads just enough of HTTP/1.1 (RFC 9112) for answers with a
// Content-Length: the load generator shares the machine with what it measures,
// and http.Client would take as much of it as the server. more is how many bytes
// are missing at least; the answer is good when it is zero.
func parseAnswer(b []byte) (a answer, more int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > maxBody {
			return a, 0, errAnswer
		}
		return a, 1, nil
	}
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 ")) || end < 12 {
		return a, 0, errAnswer
	}
	if a.status, err = strconv.Atoi(string(b[9:12])); err != nil {
		return a, 0, errAnswer
	}
	length := contentLength(b[:end])
	if length < 0 || length > maxBody {
		return a, 0, errAnswer
	}
	a.body = b[end+4:]
	switch {
	case len(a.body) < length:
		return a, length - len(a.body), nil
	case len(a.body) > length:
		return a, 0, errAnswer // nobody asked for what follows
	}
	return a, 0, nil
}

// contentLength is that of a head, or -1.
func contentLength(head []byte) int {
	const name = "\nContent-Length:"
	for rest := head; len(rest) > len(name); {
		next := bytes.IndexByte(rest, '\n')
		if next < 0 || len(rest) < next+len(name) {
			return -1
		}
		rest = rest[next:]
		if bytes.EqualFold(rest[:len(name)], []byte(name)) {
			value, _, _ := bytes.Cut(rest[len(name):], []byte("\r"))
			if n, err := strconv.Atoi(string(bytes.TrimSpace(value))); err == nil {
				return n
			}
			return -1
		}
		rest = rest[1:]
	}
	return -1
}
