package presence

import (
	"context"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
)

// gather is how long pages that come and go are collected, so that a thousand
// phones that find their network again are a few transactions.
const gather = 50 * time.Millisecond

// key names a page at this server.
type key struct {
	payer  ids.Payer
	device ids.Device
}

// lane is what is to be written of one bucket.
type lane struct {
	waiting map[key]Page
	busy    bool // a transaction is under way
}

// written is a transaction that has come to its end.
type written struct {
	bucket int
	pages  []Page
	err    error
}

// keepPages has the store know which pages listen, until ctx ends. Buckets do
// not wait for each other: one that is out of reach holds up only its own pages.
func (s *Service) keepPages(ctx context.Context) {
	lanes, done := map[int]*lane{}, make(chan written, s.Buckets)
	tick := time.NewTicker(gather)
	defer tick.Stop()
	var under sync.WaitGroup
	defer under.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.again:
			s.add(lanes, s.Hub.Pages())
		case <-tick.C:
			s.add(lanes, s.Hub.Changed())
		case w := <-done:
			s.end(lanes, w)
		}
		for bucket, l := range lanes {
			if pages := l.begin(); pages != nil {
				under.Go(func() { done <- written{bucket, pages, s.setPages(ctx, bucket, pages)} })
			}
		}
	}
}

func (s *Service) setPages(ctx context.Context, bucket int, pages []Page) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := s.Store.SetPages(ctx, bucket, s.id, pages)
	if err != nil {
		s.complain(ctx, "pages that listen were not written, and will be again", err, "bucket", bucket)
		pause(ctx, time.Second)
	}
	return err
}

// add notes pages to be written.
func (s *Service) add(lanes map[int]*lane, pages []Page) {
	for _, p := range pages {
		bucket := p.Payer.Bucket(s.Buckets)
		if lanes[bucket] == nil {
			lanes[bucket] = &lane{waiting: map[key]Page{}}
		}
		lanes[bucket].waiting[key{p.Payer, p.Device}] = p
	}
}

// begin takes what waits, if no transaction is under way.
func (l *lane) begin() (pages []Page) {
	if l.busy || len(l.waiting) == 0 {
		return nil
	}
	for _, p := range l.waiting {
		pages = append(pages, p)
	}
	l.waiting, l.busy = map[key]Page{}, true
	return pages
}

// end keeps what was not written, where nothing newer is known.
func (s *Service) end(lanes map[int]*lane, w written) {
	l := lanes[w.bucket]
	l.busy = false
	if w.err == nil {
		if len(l.waiting) == 0 {
			delete(lanes, w.bucket)
		}
		return
	}
	for _, p := range w.pages {
		if k := (key{p.Payer, p.Device}); l.waiting[k] == (Page{}) {
			l.waiting[k] = p
		}
	}
}
