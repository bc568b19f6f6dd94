package sim

import (
	"time"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/sim/auditor"
)

// settle lets the weather clear up, and has everybody repeat what is in doubt
// until he knows. A service that does not come back by itself is a violation.
func (w *world) settle() {
	w.weather = w.weather.fair()
	w.loop.passed += minute // whatever was under way has arrived, or never will
	w.say("world", "the weather clears up")
	for i := range w.away {
		w.away[i] = 0
	}
	for i, l := range w.servers {
		if !l.dead {
			l.ahead = 0
			continue
		}
		w.servers[i] = w.start(i + 1)
	}
	w.loop.pause(minute) // longer than anything waits
	for _, again := range w.open {
		w.settled(again)
	}
	for _, g := range w.gates {
		for tries := 0; tries < mostTries*len(g.taps)+1 && !g.upload(); tries++ {
			w.loop.pause(time.Second)
		}
	}
	w.loop.passed += rideCloses + minute                // whatever is open is closed
	w.loop.pause(40 * relayEvery)                       // by those who sweep
	w.loop.pause(payment.ConfirmWithin + 10*relayEvery) // what is pending is given up
	for _, o := range w.orders {
		t := &till{world: w, name: "the end", shop: o.shop, brief: true}
		w.settled(func() bool { return t.lookUp(o) })
	}
	w.loop.pause(10 * relayEvery) // until everything is relayed
}

// settled repeats something until it is known what came of it.
func (w *world) settled(again func() bool) {
	for range mostTries {
		if again() {
			return
		}
		w.loop.pause(relayEvery)
	}
	w.audit.Broken(auditor.Violation{Rule: "it does not settle", Facts: "in fair weather, and still no answer"})
}
