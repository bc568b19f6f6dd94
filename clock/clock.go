// Package clock says whether the clock of a device can be believed that decides
// by it without network. One whose clock is wrong would take what is old and
// refuse what is good, so it does neither.
package clock

import (
	"errors"
	"time"
)

// What is wrong with a clock.
var (
	// ErrBehind is for a clock that shows a time before one that has passed: it
	// was never set, or ran backwards.
	ErrBehind = errors.New("clock: it shows a time that has passed: it is not set, or ran backwards")
	// ErrOff is for a clock that differs from the server's.
	ErrOff = errors.New("clock: it differs from the server's")
)

// How far a clock may be set back, as by NTP, or off, without an alarm.
const (
	mayStep = 5 * time.Second
	// MayDrift is also by how much a time of the server's may be ahead of one
	// that has passed for certain.
	MayDrift = 30 * time.Second
	// slowestAnswer is how long an answer may take of which the time is believed.
	slowestAnswer = 6 * time.Second
)

// Clock is what is known of a device's clock. The zero value knows nothing.
type Clock struct {
	passed time.Time // by the device's clock: a time that is over for certain
	off    bool      // the server said so last
}

// See notes a time that is over, by the device's clock.
func (c *Clock) See(at time.Time) {
	if at.After(c.passed) {
		c.passed = at
	}
}

// Off reports whether the server said last that the clock is off.
func (c *Clock) Off() bool { return c.off }

// SetOff is for what was kept of Off.
func (c *Clock) SetOff(off bool) { c.off = off }

// Compare takes the server's time from an answer that was asked for and heard at
// these times. A clock that agrees with it is right, whatever was seen before: what
// a clock showed that was ahead must not stop the device for ever. It reports
// whether it learned anything.
func (c *Clock) Compare(server, sent, heard time.Time) bool {
	round := heard.Sub(sent)
	if server.IsZero() || round < 0 || round > slowestAnswer {
		return false
	}
	c.off = sent.Add(round/2).Sub(server).Abs() > MayDrift
	if !c.off {
		c.passed = heard
	}
	return true
}

// Check is nil, ErrBehind or ErrOff.
func (c *Clock) Check(now time.Time) error {
	switch {
	case now.Before(c.passed.Add(-mayStep)):
		return ErrBehind
	case c.off:
		return ErrOff
	}
	return nil
}
