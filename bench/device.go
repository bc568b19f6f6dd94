package bench

import (
	"time"

	"github.com/paycode/paycode"
)

// device is a payer's phone that shows each of its codes once. Besides those of
// its own window it shows those of the next one, as a phone does whose clock is
// a minute ahead: servers take them, and half as many payers will do.
type device struct {
	seed    paycode.Seed
	alias   paycode.Alias
	profile *paycode.Profile
	next    paycode.Slot // what is shown next, unless its window is past
}

// ahead is how many windows after the current one are shown already.
const ahead = 1

// slotsAtOnce is how many codes a device has at any time at least, if it was
// not used before in this window.
const slotsAtOnce = (int(paycode.MaxNonce) + 1) * (1 + ahead)

// show takes the next slot and answers its code; false when there is none left
// until the next window.
func (d *device) show(now time.Time, text bool) (string, bool) {
	window := d.profile.CounterAt(now)
	if d.next.Counter < window {
		d.next = paycode.Slot{Counter: window}
	}
	if d.next.Counter > window+ahead {
		return "", false
	}
	slot := d.next
	if d.next.Nonce++; d.next.Nonce > paycode.MaxNonce {
		d.next = paycode.Slot{Counter: slot.Counter + 1}
	}
	if text {
		return d.profile.NewText(&d.seed, d.alias, slot), true
	}
	return d.profile.NewDigits(&d.seed, d.alias, slot), true
}

// PayersFor is how many payers are enough for so many payments a second over
// the duration: each has twenty codes at once and ten more every minute.
func PayersFor(perSecond int, d time.Duration) int {
	each := slotsAtOnce + (int(paycode.MaxNonce)+1)*int(d/time.Minute)
	return max(1, int(float64(perSecond)*d.Seconds())/each+1)
}
