package clock

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	now := time.Unix(1795284017, 0)
	var c Clock
	if err := c.Check(time.Unix(0, 0)); err != nil {
		t.Errorf("of which nothing is known: %v", err)
	}
	c.See(now)
	c.See(now.Add(-time.Hour))
	for back, want := range map[time.Duration]error{0: nil, mayStep: nil, mayStep + 1: ErrBehind, -time.Hour: nil} {
		if err := c.Check(now.Add(-back)); err != want {
			t.Errorf("%v back: %v, want %v", back, err, want)
		}
	}
	if c.Compare(time.Time{}, now, now) || c.Compare(now, now, now.Add(slowestAnswer+1)) || c.Compare(now, now, now.Add(-1)) {
		t.Error("it learned from no time, a slow answer, or a clock that ran backwards meanwhile")
	}
	if !c.Compare(now.Add(MayDrift+time.Second), now, now) || c.Check(now) != ErrOff || !c.Off() {
		t.Errorf("off: %v", c.Check(now))
	}
	c.See(now.Add(time.Hour)) // while it was ahead
	if !c.Compare(now.Add(2*time.Second), now, now.Add(4*time.Second)) || c.Check(now) != nil {
		t.Errorf("right again: %v", c.Check(now))
	}
}
