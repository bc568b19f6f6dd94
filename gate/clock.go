package gate

import (
	"errors"
	"time"
)

// Alarms about the clock. A gate whose clock is wrong would let old presentations
// through and refuse good ones, so it lets nobody through.
var (
	// ErrClockBehind is for a clock that shows a time before one that has passed:
	// it was never set, or ran backwards.
	ErrClockBehind = errors.New("gate: the clock shows a time that has passed: it is not set, or ran backwards")
	// ErrClockOff is for a clock that differs from the server's.
	ErrClockOff = errors.New("gate: the clock differs from the server's")
)

// How far a clock may be set back, as by NTP, or off, without an alarm.
const (
	clockMayStep  = 5 * time.Second
	clockMayDrift = 30 * time.Second
	// slowestAnswer is how long an answer may take of which the time is believed.
	slowestAnswer = 6 * time.Second
)

// clock is what is known of the gate's clock.
type clock struct {
	passed time.Time // by the gate's clock: a time that is over for certain
	off    bool      // the server said so last
}

// see notes a time that is over: a tap's, the server's, the last sync's.
func (c *clock) see(at time.Time) {
	if at.After(c.passed) {
		c.passed = at
	}
}

// compare takes the server's time from an answer that was asked for and heard at
// these times. A clock that agrees with it is right, whatever was seen before: taps
// of a clock that was ahead must not keep the gate shut for ever. It reports
// whether it learned anything.
func (c *clock) compare(server, sent, heard time.Time) bool {
	round := heard.Sub(sent)
	if server.IsZero() || round < 0 || round > slowestAnswer {
		return false
	}
	c.off = sent.Add(round/2).Sub(server).Abs() > clockMayDrift
	if !c.off {
		c.passed = heard
	}
	return true
}

// check is nil, ErrClockBehind or ErrClockOff.
func (c *clock) check(now time.Time) error {
	switch {
	case now.Before(c.passed.Add(-clockMayStep)):
		return ErrClockBehind
	case c.off:
		return ErrClockOff
	}
	return nil
}
