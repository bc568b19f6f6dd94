package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/issuing"
)

// operator is the wallet company's backend: it tops purses up, stops and
// resumes devices and merchants, gives new seeds and new phones.
func (w *world) operator() {
	for !w.night() {
		w.loop.pause(w.upTo(2 * w.weather.think))
		h := w.habits
		pick(w.random,
			choice{h.topUp, w.topUpSome},
			choice{h.payOut, w.payOutSome},
			choice{h.freeze, func() { w.stopAndGo(w.somePhone()) }},
			choice{h.suspend, func() { w.suspend(w.shops[w.random.IntN(len(w.shops))]) }},
			choice{h.rotate, func() { w.rotate(w.somePhone()) }},
			choice{h.newKey, w.newKey},
			choice{h.revoke, w.revoke},
			choice{h.enrol, func() {
				if len(w.phones) < 12 {
					w.enrol(w.payers[w.random.IntN(len(w.payers))])
				}
			}},
		)
	}
}

func (w *world) somePhone() *phone { return w.phones[w.random.IntN(len(w.phones))] }

// topUpSome adds money, or repeats a reference, now and then with another amount.
func (w *world) topUpSome() {
	p := w.payers[w.random.IntN(len(w.payers))]
	c := credit{fmt.Sprintf("%s/%d", p.name, len(p.credited)+1), 1 + w.random.Int64N(w.habits.wealth/4)}
	if n := len(p.credited); n > 0 && w.random.IntN(3) == 0 {
		if c = p.credited[w.random.IntN(n)]; w.random.IntN(4) == 0 {
			c.minor++
		}
	}
	w.topUp(p, c)
}

// stopAndGo freezes a device, and unfreezes it a while later.
func (w *world) stopAndGo(p *phone) {
	err := insist(w, func(ctx context.Context, on *life) error {
		_, err := on.issue.Freeze(ctx, p.device, "lost")
		return err
	})
	w.say("operator", "freezes %s: %v", p.name, outcome(err))
	if err == nil {
		w.audit.Stopped([16]byte(p.device))
	}
	w.loop.pause(w.upTo(15 * w.weather.think))
	w.audit.Resuming([16]byte(p.device))
	err = insist(w, func(ctx context.Context, on *life) error {
		_, err := on.issue.Unfreeze(ctx, p.device, "found")
		return err
	})
	w.say("operator", "unfreezes %s: %v", p.name, outcome(err))
}

// suspend stops a shop, and lets it go on a while later.
func (w *world) suspend(s *shop) {
	set := func(status access.MerchantStatus) error {
		err := insist(w, func(ctx context.Context, on *life) error { return on.db.SetMerchantStatus(ctx, s.id, status) })
		w.say("operator", "sets %s to %s: %v", s.name, status, outcome(err))
		return err
	}
	if set(access.MerchantSuspended) == nil {
		w.audit.Stopped([16]byte(s.id))
	}
	w.loop.pause(w.upTo(15 * w.weather.think))
	w.audit.Resuming([16]byte(s.id))
	for range mostTries {
		if set(access.MerchantActive) == nil {
			return
		}
		w.loop.pause(w.upTo(time.Second))
	}
}

// rotate has a device given a new seed.
func (w *world) rotate(p *phone) {
	err := insist(w, func(ctx context.Context, on *life) error {
		_, err := on.issue.Rotate(ctx, p.device)
		return err
	})
	w.say("operator", "rotates %s: %v", p.name, outcome(err))
}

// newKey makes another master key the active one. Servers hear of it when they
// start.
func (w *world) newKey() {
	if w.activeKey < masterKeys {
		w.activeKey++
		w.say("operator", "makes master key %d active", w.activeKey)
	}
}

// revoke ends a phone for good, as long as some are left.
func (w *world) revoke() {
	left := 0
	for _, p := range w.phones {
		if !p.gone {
			left++
		}
	}
	if left < 2 || w.random.IntN(4) > 0 {
		return
	}
	p := w.somePhone()
	w.audit.Resuming([16]byte(p.device)) // whatever comes of it, it is not what it was
	err := insist(w, func(ctx context.Context, on *life) error {
		_, err := on.issue.Revoke(ctx, p.device, "gone")
		return err
	})
	w.say("operator", "revokes %s: %v", p.name, outcome(err))
	if isOneOf(err, issuing.ErrDeviceRevoked) || err == nil {
		p.gone = true
		w.audit.Stopped([16]byte(p.device))
	}
}
