package gate

import "time"

// keepPresentations is how long a presentation is remembered: it can be shown for
// three minutes (90 s before and after its time), and a clock may be set meanwhile.
const keepPresentations = 15 * time.Minute

// recent is who went through a short while ago.
type recent struct {
	presentations map[[32]byte]time.Time
	passes        map[[8]byte]time.Time // last time of each pass
	swept         time.Time
}

func newRecent() *recent {
	return &recent{presentations: map[[32]byte]time.Time{}, passes: map[[8]byte]time.Time{}}
}

// seen reports whether a presentation went through.
func (r *recent) seen(presentation [32]byte) bool {
	_, ok := r.presentations[presentation]
	return ok
}

// within reports whether a pass went through less than d ago. A clock that was
// set back counts as no time at all.
func (r *recent) within(pass [8]byte, now time.Time, d time.Duration) bool {
	at, ok := r.passes[pass]
	return ok && now.Sub(at) < d
}

// forget takes back what add added for a tap that did not become durable.
func (r *recent) forget(presentation [32]byte, pass [8]byte, before time.Time, had bool) {
	delete(r.presentations, presentation)
	if had {
		r.passes[pass] = before
	} else {
		delete(r.passes, pass)
	}
}

// add remembers a tap, and answers when the pass went through before.
func (r *recent) add(presentation [32]byte, pass [8]byte, at time.Time, passback time.Duration) (before time.Time, had bool) {
	before, had = r.passes[pass]
	r.presentations[presentation], r.passes[pass] = at, at
	if at.Sub(r.swept).Abs() > time.Minute {
		r.sweep(at, passback)
	}
	return before, had
}

// sweep forgets what cannot matter any more.
func (r *recent) sweep(now time.Time, passback time.Duration) {
	for id, at := range r.presentations {
		if now.Sub(at) > keepPresentations {
			delete(r.presentations, id)
		}
	}
	for id, at := range r.passes {
		if now.Sub(at) > passback {
			delete(r.passes, id)
		}
	}
	r.swept = now
}
