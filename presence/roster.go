package presence

import (
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
)

// roster is the list of the other servers, as it was last read.
type roster struct {
	mu     sync.Mutex
	dead   map[ids.Server]time.Time // since when that is known here
	others int                      // that run
	again  time.Time                // when it is worth reading again to know that there are none
}

func (r *roster) isDead(id ids.Server) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, dead := r.dead[id]
	return dead
}

// note keeps what was read, and answers whether a server has died since the last time.
func (r *roster) note(self ids.Server, peers []Peer, now time.Time) (lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	dead, others := map[ids.Server]time.Time{}, 0
	for _, p := range peers {
		if p.ID == self {
			continue
		}
		if p.runs(now) {
			others++
			continue
		}
		since, known := r.dead[p.ID]
		if !known {
			since, lost = time.Now(), true
		}
		dead[p.ID] = since
	}
	r.dead, r.others = dead, others
	return lost
}

// overdue lists the servers that have been dead for long enough to be forgotten.
func (r *roster) overdue(now time.Time) (gone []ids.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, since := range r.dead {
		if now.Sub(since) > forgetAfter {
			gone = append(gone, id)
		}
	}
	return gone
}

// runs reports whether a lease is good. One that is good for longer than any is
// given was written by a clock that has been set back since.
func (p Peer) runs(now time.Time) bool {
	left := p.Until.Sub(now)
	return left > 0 && left <= 2*lease
}

// worthReading is true for one caller at a time, once in a glance.
func (r *roster) worthReading(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.others > 0 || now.Before(r.again) {
		return false
	}
	r.again = now.Add(glance)
	return true
}

// later has nobody read for a while: the list is out of reach.
func (r *roster) later(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.again = now.Add(muteFor)
}
