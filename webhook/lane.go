package webhook

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/paycode/paycode/ids"
)

// lane is one endpoint's deliveries in memory.
type lane struct {
	held  int
	slots chan struct{} // one for each attempt that runs
}

// claiming is what there is room for now of a bucket.
func (s *Sender) claiming(bucket int) Claiming {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, held := s.Now(), map[ids.Webhook]int{}
	c := Claiming{Now: now, Until: now.Add(lease), Limit: min(atOnce, inHand-s.held)}
	for id, l := range s.lanes {
		if held[id] = l.held; l.held >= perEndpoint+waitingPerEndpoint && id.Bucket(s.Buckets) == bucket {
			c.Full = append(c.Full, id)
		}
	}
	full := len(c.Full)
	for id := range s.unspoken {
		if id.Bucket(s.Buckets) == bucket {
			c.Full = append(c.Full, id)
		}
	}
	c.waiting = full > 0
	c.Room = func(id ids.Webhook) int { return perEndpoint + waitingPerEndpoint - held[id] }
	return c
}

func (s *Sender) start(ctx context.Context, j Job) {
	s.mu.Lock()
	l := s.lanes[j.Endpoint]
	if l == nil {
		l = &lane{slots: make(chan struct{}, perEndpoint)}
		s.lanes[j.Endpoint] = l
	}
	l.held++
	s.held++
	s.mu.Unlock()
	s.jobs.Go(func() {
		h := s.attempt(ctx, l, j)
		s.leave(l, j.Endpoint)
		s.handled <- h
	})
}

// leave makes room in a lane.
func (s *Sender) leave(l *lane, id ids.Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	if l.held--; l.held == 0 {
		delete(s.lanes, id)
	}
}

// attempt makes one attempt when the lane has a slot. What does not get one
// while the lease is good is given back as it was, and what goes to a disabled
// endpoint is given up.
func (s *Sender) attempt(ctx context.Context, l *lane, j Job) handled {
	if !j.DisabledAt.IsZero() {
		return handled{Job: j.withheld(s.Now())}
	}
	wait := time.NewTimer(lease - 2*attemptWithin)
	defer wait.Stop()
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
		if ctx.Err() == nil {
			return s.tried(j)
		}
	case <-ctx.Done():
	case <-wait.C:
	}
	j.NextAt = s.Now()
	return handled{Job: j}
}

// maxUnspoken bounds the memory for lanes whose form is not spoken here. Beyond it all are
// forgotten, and learned again.
const maxUnspoken = 1000

// leaveToOthers has this server claim no more of a lane.
func (s *Sender) leaveToOthers(id ids.Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unspoken) >= maxUnspoken {
		clear(s.unspoken)
	}
	s.unspoken[id] = true
}

func (s *Sender) tried(j Job) handled {
	form, ok := s.Forms[j.Form]
	if !ok { // another server may speak it, at once
		s.leaveToOthers(j.Endpoint)
		j.NextAt, j.LastAnswer = s.Now(), "its form is not spoken here"
		return handled{Job: j}
	}
	met := s.post(form, j)
	j.Delivery = j.after(met, s.Now(), form.Schedule(), rand.Float64())
	return handled{j, &met}
}
