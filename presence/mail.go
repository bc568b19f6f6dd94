package presence

import (
	"context"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

const (
	// fetchEvery is how often a server with pages looks for events from others.
	fetchEvery = 250 * time.Millisecond
	// atOnce is the largest number of events that are fetched at a time.
	atOnce = 512
	// postWithin is how long the rows of another server may hold up events, and
	// muteFor how long it then goes without.
	postWithin = time.Second
	muteFor    = 10 * time.Second
)

// mute are servers that no events are passed on to for the time being.
type mute struct {
	mu    sync.Mutex
	until map[ids.Server]time.Time // by the monotonic clock
}

func (m *mute) is(id ids.Server) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Now().After(m.until[id]) {
		delete(m.until, id)
		return false
	}
	return true
}

func (m *mute) set(id ids.Server) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.until[id] = time.Now().Add(muteFor)
}

// Pass leaves events of a bucket for the other servers that pages of their
// payers listen to. Where that fails the pages go without: they read their
// history when they connect again, and nothing that is owed waits for them.
func (s *Service) Pass(ctx context.Context, bucket int, events []payment.Event) {
	payers := payersOf(events)
	if len(payers) == 0 || s.alone(ctx) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, postWithin)
	defer cancel()
	servers, err := s.Store.PagesOf(ctx, bucket, payers)
	if err != nil {
		s.complain(ctx, "pages at other servers could not be listed", err, "bucket", bucket)
		return
	}
	for server, theirs := range servers {
		if server == s.id || s.roster.isDead(server) || s.mute.is(server) {
			continue
		}
		if err := s.Store.Post(ctx, server, about(theirs, events)); err != nil {
			s.mute.set(server)
			s.complain(ctx, "events were not passed on to another server", err, "server", server)
		}
	}
}

func payersOf(events []payment.Event) (payers []ids.Payer) {
	seen := map[ids.Payer]bool{{}: true} // events of codes that named nobody
	for _, e := range events {
		if !seen[e.Payer] {
			seen[e.Payer] = true
			payers = append(payers, e.Payer)
		}
	}
	return payers
}

// about are the events that concern some payers.
func about(payers []ids.Payer, events []payment.Event) (theirs []payment.Event) {
	wanted := map[ids.Payer]bool{}
	for _, p := range payers {
		wanted[p] = true
	}
	for _, e := range events {
		if wanted[e.Payer] {
			theirs = append(theirs, e)
		}
	}
	return theirs
}

// readMail publishes what other servers have passed on, while there is a page
// that listens.
func (s *Service) readMail(ctx context.Context) {
	for pause(ctx, fetchEvery) {
		if s.Hub.Streams() == 0 {
			continue
		}
		if err := s.fetch(ctx); err != nil {
			s.complain(ctx, "events from other servers could not be fetched", err)
		}
	}
}

// fetch publishes before it deletes: a crash between repeats, and never omits.
func (s *Service) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		events, err := s.Store.Inbox(ctx, s.id, atOnce)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			s.Hub.Publish(e)
		}
		if err := s.Store.Taken(ctx, s.id, events); err != nil {
			return err
		}
	}
}
