package bench

import (
	"testing"
	"time"

	"github.com/paycode/paycode"
)

func newDevice(n int) *device {
	p := paycode.DefaultProfile()
	return &device{seed: paycode.Seed{byte(n), byte(n >> 8)}, alias: paycode.Alias(n), profile: &p}
}

func TestDeviceShowsEachSlotOnceAndOnlyWhatIsTaken(t *testing.T) {
	now := time.Unix(1795284017, 0)
	d := newDevice(7)
	p := d.profile
	var burned paycode.BurnMap
	shown := 0
	for minute := range 4 {
		for i := 0; ; i++ {
			text, ok := d.show(now, i%2 == 0)
			if !ok {
				break
			}
			code, err := p.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			m, err := p.Match([]paycode.Seed{d.seed}, &code, p.CounterAt(now), nil)
			if err != nil {
				t.Fatalf("minute %d, code %d: %v", minute, i, err)
			}
			if burned, ok = burned.Burn(m.Slot); !ok {
				t.Fatalf("slot %v was shown twice", m.Slot)
			}
			shown++
		}
		now = now.Add(time.Minute)
	}
	if want := slotsAtOnce + 3*10; shown != want {
		t.Errorf("%d codes in four minutes, want %d", shown, want)
	}
}

func TestPayersFor(t *testing.T) {
	for _, c := range []struct {
		perSecond int
		d         time.Duration
		want      int
	}{{8000, 20 * time.Second, 8001}, {1, time.Second, 1}, {6000, 2 * time.Minute, 18001}} {
		if got := PayersFor(c.perSecond, c.d); got != c.want {
			t.Errorf("%d/s for %v: %d, want %d", c.perSecond, c.d, got, c.want)
		}
	}
}
