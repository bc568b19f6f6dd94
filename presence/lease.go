package presence

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// lease is how long a server counts as running that has not been heard of.
	lease = 12 * time.Second
	// renewEvery is how often it is heard of, with a jitter so that servers that
	// were started together do not stay together.
	renewEvery = 3 * time.Second
	// forgetAfter is how long a dead server's rows are left alone: it may only
	// have been stopped for a while.
	forgetAfter = time.Minute
	// glance is how old the news may be that there is no other server.
	glance = 250 * time.Millisecond
	// within is how long the store may take for one of these small things.
	within = 5 * time.Second
)

// alone reports whether no other server runs. That some do is known from the
// last reading; that none does is looked up again, so that a server that joins
// is soon seen by all the others.
func (s *Service) alone(ctx context.Context) bool {
	if s.roster.worthReading(time.Now()) {
		s.read(ctx, postWithin)
	}
	return s.Others() == 0
}

// Join enters the server in the list, before it takes any request. Where others
// run it waits until they all know.
func (s *Service) Join(ctx context.Context) error {
	if _, err := s.Store.Renew(ctx, s.id, s.Now().Add(lease)); err != nil {
		return err
	}
	s.read(ctx, within)
	if s.Others() == 0 {
		return nil
	}
	select {
	case <-time.After(2 * glance):
	case <-ctx.Done():
	}
	return ctx.Err()
}

// Others is how many other servers run.
func (s *Service) Others() int {
	s.roster.mu.Lock()
	defer s.roster.mu.Unlock()
	return s.roster.others
}

// read reads the list.
func (s *Service) read(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	peers, err := s.Store.Servers(ctx)
	if err != nil {
		s.complain(ctx, "the other servers could not be listed", err)
		s.roster.later(time.Now())
		return // what was known stays
	}
	if s.roster.note(s.id, peers, s.Now()) {
		s.Lost()
	}
}

func (s *Service) keepLease(ctx context.Context) {
	for pause(ctx, renewEvery) {
		s.renew(ctx)
		s.read(ctx, within)
		s.clearUp(ctx)
	}
}

// clearUp deletes what dead servers have left. All the others do it: whoever
// comes second finds nothing.
func (s *Service) clearUp(ctx context.Context) {
	for _, id := range s.roster.overdue(time.Now()) {
		if err := s.Store.Forget(ctx, id); err != nil {
			s.complain(ctx, "what a dead server left could not be deleted", err, "server", id)
			return
		}
	}
}

func (s *Service) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	fresh, err := s.Store.Renew(ctx, s.id, s.Now().Add(lease))
	if err != nil {
		s.complain(ctx, "this server could not say that it runs", err)
		return
	}
	if fresh { // given up by the others, and its pages with it
		select {
		case s.again <- struct{}{}:
		default:
		}
	}
}

// Leave takes everything out that the others would have to clear up, after Run.
func (s *Service) Leave() {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := s.Store.Forget(ctx, s.id); err != nil {
		s.complain(ctx, "the list of servers still has this one", err)
	}
}

// pause waits for d, a tenth more or less, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d - d/10 + rand.N(d/5))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

func (s *Service) complain(ctx context.Context, what string, err error, args ...any) {
	if ctx.Err() != context.Canceled {
		s.Log.Error(what, append(args, "err", err)...)
	}
}
