package bench

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

// worker is one connection with the payers that pay over it.
type worker struct {
	*run
	key     string
	devices []*device
	first   string // begins its order numbers
	latency histogram
	Result
}

// maxErrors is after how many broken connections a worker gives up.
const maxErrors = 10

// work charges until the run ends.
func (x *worker) work(ctx context.Context) {
	var c *conn
	defer func() {
		if c != nil {
			c.close()
		}
	}()
	var body []byte
	for n := 0; ctx.Err() == nil && x.Errors < maxErrors && x.mayStart(); n++ {
		if c == nil {
			var err error
			if c, err = dial(ctx, x.base, x.key); err != nil {
				c = nil
				x.fail(err)
				continue
			}
		}
		code, ok := x.code(n)
		if !ok {
			x.RanOut = true
			return
		}
		body = appendCharge(body[:0], x.first, n, code)
		began := time.Now()
		status, answer, err := c.post(body)
		if err != nil {
			x.fail(err)
			c.close()
			c = nil
			continue
		}
		x.latency.add(time.Since(began))
		x.count(status, answer)
	}
}

func (x *worker) mayStart() bool {
	return x.load.Payments == 0 || x.started.Add(1) <= int64(x.load.Payments)
}

// code is the next payer's next code, of the digits and the text in turn. When
// he has none left the one after him is asked, until all were.
func (x *worker) code(n int) (string, bool) {
	now := time.Now()
	for i := range x.devices {
		d := x.devices[(n+i)%len(x.devices)]
		if code, ok := d.show(now, (n+n/len(x.devices))%2 == 0); ok {
			return code, true
		}
	}
	return "", false
}

func (x *worker) fail(err error) {
	x.Errors++
	if x.FirstError == "" {
		x.FirstError = err.Error()
	}
}

// appendCharge writes the body of a charge. Codes and order numbers hold nothing
// that JSON would escape.
func appendCharge(b []byte, first string, n int, code string) []byte {
	b = append(b, `{"order_no":"`...)
	b = append(b, first...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, `","code":"`...)
	b = append(b, code...)
	b = append(b, `","amount":`...)
	b = strconv.AppendInt(b, amountMinor, 10)
	return append(b, `,"currency":"`+currency+`"}`...)
}

func (x *worker) count(status int, answer []byte) {
	switch {
	case status == 201 && bytes.Contains(answer, []byte(`"status":"succeeded"`)):
		x.Payments++
	case status == 201:
		x.Declined++
		if x.FirstError == "" {
			x.FirstError = string(answer)
		}
	default:
		x.fail(fmt.Errorf("status %d: %s", status, answer))
	}
	x.load.Answered.Add(1)
}
