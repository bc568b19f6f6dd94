package outbox

import (
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// inHand is how many events of a bucket wait in memory at most. Those beyond it
// are found in the outbox when they are overdue.
const inHand = 4096

// look says how far an outbox is to be looked through.
type look int

const (
	nothing    look = iota
	leftBehind      // what is overdue
	everything
)

// lane is what the relay knows about one bucket.
type lane struct {
	nudged chan struct{}

	mu     sync.Mutex
	events []payment.Event // committed here, in that order
	wanted look

	passing sync.Mutex         // held during a pass
	told    map[ids.Event]bool // published already, and still in the outbox
	taken   []ids.Event        // told, and the receiver is done with them
	rollAt  time.Time          // when taken is to be rolled up
	done    map[ids.Event]bool // has every one of taken
}

func (l *lane) hand(events []payment.Event) {
	l.mu.Lock()
	l.events = append(l.events, events[:min(len(events), inHand-len(l.events))]...)
	l.mu.Unlock()
	l.wake()
}

func (l *lane) nudge(how look) {
	l.mu.Lock()
	l.wanted = max(l.wanted, how)
	l.mu.Unlock()
	l.wake()
}

func (l *lane) wake() {
	select {
	case l.nudged <- struct{}{}:
	default: // it looks soon anyway
	}
}

// take takes up to n events out of hand, and what was asked for.
func (l *lane) take(n int) (events []payment.Event, wanted look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, len(l.events))
	events, wanted = l.events[:n:n], l.wanted
	if l.events = l.events[n:]; len(l.events) == 0 {
		l.events = nil // lets go of what is behind it
	}
	l.wanted = nothing
	return events, wanted
}

// tell notes events as published and answers those that were not.
func (l *lane) tell(events []payment.Event) (untold []payment.Event) {
	for _, e := range events {
		if !l.told[e.ID] {
			l.told[e.ID] = true
			untold = append(untold, e)
		}
	}
	return untold
}

// untaken are those of some events that the receiver is not done with.
func (l *lane) untaken(events []payment.Event) (left []payment.Event) {
	for _, e := range events {
		if !l.done[e.ID] {
			left = append(left, e)
		}
	}
	return left
}

// finish notes events that the receiver is done with.
func (l *lane) finish(taken []ids.Event, now time.Time) {
	if len(l.taken) == 0 {
		l.rollAt = now.Add(rollEvery)
	}
	l.taken = append(l.taken, taken...)
	for _, id := range taken {
		l.done[id] = true
	}
}

// ripe reports whether what was taken should be rolled up.
func (l *lane) ripe(now time.Time) bool {
	return len(l.taken) >= inHand || len(l.taken) > 0 && !now.Before(l.rollAt)
}

// rolled drops what was rolled up.
func (l *lane) rolled() {
	for _, id := range l.taken {
		delete(l.told, id)
	}
	l.taken = nil
	clear(l.done)
}

// forget drops what happened before a time and is in the outbox no more:
// another server is done with it.
func (l *lane) forget(seen map[ids.Event]bool, before time.Time) {
	for id := range l.told {
		if !seen[id] && (before.IsZero() || id.Time().Before(before)) {
			delete(l.told, id)
		}
	}
}
