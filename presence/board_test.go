package presence

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

var (
	alice, bob = ids.Payer{1}, ids.Payer{15: 1}
	phone      = ids.Device{1}
	errAway    = errors.New("out of reach")
)

// board is a store in memory whose parts can be out of reach.
type board struct {
	mu      sync.Mutex
	servers map[ids.Server]time.Time
	pages   map[ids.Server]map[ids.Payer]Page
	letters map[ids.Server][]payment.Event
	calls   map[string]int
	away    map[any]bool // buckets, servers and names of methods
}

func newBoard() *board {
	return &board{
		servers: map[ids.Server]time.Time{}, pages: map[ids.Server]map[ids.Payer]Page{}, letters: map[ids.Server][]payment.Event{},
		calls: map[string]int{}, away: map[any]bool{},
	}
}

// asked counts a call and fails it when it, or what it needs, is out of reach.
func (b *board) asked(name string, needs ...any) error {
	b.calls[name]++
	for _, n := range append(needs, name) {
		if b.away[n] {
			return errAway
		}
	}
	return nil
}

func (b *board) is(away bool, what any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away[what] = away
}

func (b *board) called(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[name]
}

// listening counts the pages that are written of a server.
func (b *board) listening(s *site) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pages[s.id])
}

// kept counts the letters that wait for a server.
func (b *board) kept(s *site) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.letters[s.id])
}

func (b *board) Renew(_ context.Context, id ids.Server, until time.Time) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.asked("Renew"); err != nil {
		return false, err
	}
	_, known := b.servers[id]
	b.servers[id] = until
	return !known, nil
}

func (b *board) Servers(context.Context) (all []Peer, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, until := range b.servers {
		all = append(all, Peer{id, until})
	}
	return all, b.asked("Servers")
}

func (b *board) Forget(_ context.Context, id ids.Server) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.asked("Forget"); err != nil {
		return err
	}
	delete(b.servers, id)
	delete(b.pages, id)
	delete(b.letters, id)
	return nil
}

func (b *board) SetPages(_ context.Context, bucket int, server ids.Server, pages []Page) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.asked("SetPages", bucket); err != nil {
		return err
	}
	for _, p := range pages {
		if b.pages[server] == nil {
			b.pages[server] = map[ids.Payer]Page{}
		}
		if b.pages[server][p.Payer] = p; !p.Open {
			delete(b.pages[server], p.Payer)
		}
	}
	return nil
}

func (b *board) PagesOf(_ context.Context, bucket int, payers []ids.Payer) (map[ids.Server][]ids.Payer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := map[ids.Server][]ids.Payer{}
	for server, pages := range b.pages {
		for payer := range pages {
			if slices.Contains(payers, payer) {
				found[server] = append(found[server], payer)
			}
		}
	}
	return found, b.asked("PagesOf", bucket)
}

func (b *board) Post(_ context.Context, to ids.Server, events []payment.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.asked("Post", to); err != nil {
		return err
	}
	b.letters[to] = append(b.letters[to], events...)
	return nil
}

func (b *board) Inbox(_ context.Context, server ids.Server, limit int) ([]payment.Event, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting := b.letters[server]
	return slices.Clone(waiting[:min(limit, len(waiting))]), b.asked("Inbox")
}

func (b *board) Taken(_ context.Context, server ids.Server, events []payment.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.asked("Taken"); err != nil {
		return err
	}
	b.letters[server] = b.letters[server][len(events):]
	return nil
}

// pane is a hub.
type pane struct {
	mu          sync.Mutex
	open, moved map[ids.Payer]bool
	heard       []payment.Event
}

func (h *pane) set(open bool, payers ...ids.Payer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range payers {
		h.open[p], h.moved[p] = open, true
	}
}

func (h *pane) list(of map[ids.Payer]bool) (pages []Page) {
	for p := range of {
		pages = append(pages, Page{Payer: p, Device: phone, Open: h.open[p], Asks: h.open[p]})
	}
	return pages
}

func (h *pane) Reachable(p ids.Payer) bool { h.mu.Lock(); defer h.mu.Unlock(); return h.open[p] }
func (h *pane) Pages() []Page              { h.mu.Lock(); defer h.mu.Unlock(); return h.list(h.open) }
func (h *pane) Streams() int               { h.mu.Lock(); defer h.mu.Unlock(); return len(h.open) }

func (h *pane) Changed() []Page {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer clear(h.moved)
	return h.list(h.moved)
}

func (h *pane) Publish(e payment.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, e)
}

func (h *pane) hears() int { h.mu.Lock(); defer h.mu.Unlock(); return len(h.heard) }

// site is a server in a bubble.
type site struct {
	*Service
	*pane
	lost atomic.Int64
	stop func() // as a crash does
}

const buckets = 2

func (b *board) server(t *testing.T) *site {
	t.Helper()
	s := &site{pane: &pane{open: map[ids.Payer]bool{}, moved: map[ids.Payer]bool{}}}
	s.Service = New(Config{
		Store: b, Hub: s.pane, Now: time.Now, Random: rand.Reader, Buckets: buckets, Log: slog.New(slog.DiscardHandler),
		Lost: func() { s.lost.Add(1) },
	})
	if err := s.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	s.stop = func() { cancel(); <-ended }
	t.Cleanup(s.stop)
	return s
}

// elsewhere is where a store finds pages of a payer.
func (b *board) elsewhere(payer ids.Payer) (servers []ids.Server) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s, pages := range b.pages {
		if _, listens := pages[payer]; listens {
			servers = append(servers, s)
		}
	}
	return servers
}

func (s *site) reaches(b *board, payer ids.Payer) bool {
	return s.Service.Reachable(payer, b.elsewhere(payer))
}

func told(payer ids.Payer) []payment.Event {
	return []payment.Event{{ID: ids.Event{1}, Kind: payment.EventSucceeded, Payer: payer}}
}
