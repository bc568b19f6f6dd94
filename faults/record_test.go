package faults_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/paycode/paycode/client"
)

// kind is what somebody may want done.
type kind int

const (
	charge  kind = iota // an order, with its code
	refund              // a part of an order, once
	cancel              // an order
	look                // what became of an order
	topUp               // money for a payer, once for each number
	balance             // of a payer
)

func (k kind) String() string {
	return [...]string{"charge", "refund", "cancel", "look", "topup", "balance"}[k]
}

// deed is one thing that was wanted, and what was said to it. However often it
// was asked for, it is one deed: from the first question to the first answer.
type deed struct {
	who    int // the till
	kind   kind
	payer  *payer
	order  *order // of a charge, refund, cancel or look
	number int    // of a top-up among those of its payer
	minor  int64
	began  time.Duration // since the record began
	ended  time.Duration // zero while nobody has answered
	answer answer
}

// answer is what a client was told.
type answer struct {
	id      string // of a payment
	status  client.Status
	decline string
	refused string // code of a problem: nothing was done
	minor   int64  // a balance, or what was refunded
}

func (a answer) String() string {
	return fmt.Sprint(a.id, " ", a.status, a.decline, a.refused, " ", a.minor)
}

// record is everything that anybody wanted and was told, and when the faults were.
type record struct {
	began  time.Time
	mu     sync.Mutex
	deeds  []*deed
	ended  []time.Duration // of the answers, in their order
	faults []time.Duration
}

// note writes down that something is wanted.
func (r *record) note(d *deed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d.began = time.Since(r.began)
	r.deeds = append(r.deeds, d)
}

// told writes down that the answer is there.
func (r *record) told(d *deed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d.ended = time.Since(r.began)
	r.ended = append(r.ended, d.ended)
	if d.answer.id != "" {
		d.order.id.Store(d.answer.id)
	}
}

func (r *record) answered() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ended)
}

// fault writes down that something breaks now.
func (r *record) fault() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, time.Since(r.began))
}

// someOrder is one of the latest orders of a payer; of those that were paid, or of all.
func (r *record) someOrder(p *payer, paid bool) *order {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []*order
	for _, d := range slices.Backward(r.deeds) {
		if d.kind != charge || d.payer != p || paid && (d.ended == 0 || d.answer.status != client.Succeeded) {
			continue
		}
		if found = append(found, d.order); len(found) == 5 {
			break
		}
	}
	if found == nil {
		return nil
	}
	return found[rand.IntN(len(found))]
}

// snapshot is a copy of what was told until now.
func (r *record) snapshot() (all []deed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.deeds {
		if d.ended > 0 {
			all = append(all, *d)
		}
	}
	return all
}

// orders are all of them, each once.
func (r *record) orders() (all []*deed) {
	seen := map[*order]bool{}
	for _, d := range r.deeds {
		if d.kind == charge && !seen[d.order] {
			seen[d.order] = true
			all = append(all, d)
		}
	}
	return all
}

// silences are the longest times without any answer after each fault, until
// the next one.
func (r *record) silences() (all []time.Duration) {
	for i, fault := range r.faults {
		until := r.ended[len(r.ended)-1]
		if i+1 < len(r.faults) {
			until = r.faults[i+1]
		}
		longest, last := time.Duration(0), fault
		for _, at := range r.ended {
			if at < fault {
				continue
			}
			longest, last = max(longest, min(at, until)-last), at
			if at > until {
				break
			}
		}
		all = append(all, longest)
	}
	return all
}
