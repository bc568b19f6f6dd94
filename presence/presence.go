// Package presence joins the servers on one database for those payers who look
// at their pages just now. A page listens to one server; the payment that
// concerns it may be decided on any other. So each server keeps a list of the
// pages that listen to it in the store, where a payment above the payer's
// threshold is decided by it (Reachable), and passes events on to the servers
// whose pages they concern (Pass), through a letter box that each of them reads.
//
// A server that dies leaves its list behind. It counts only while the server
// renews its line in the list of servers: a lease, a few bytes every three
// seconds, however many pages there are. A lease is judged by the clock of who
// reads it, so servers' clocks must agree within some seconds, as they must for
// codes of a minute's life anyway.
//
// Nothing here moves money or keeps it from moving. A mistake makes a payer hear
// late, be asked in vain (the payment then times out), or not be asked (the till
// says needs_network).
package presence

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Page is a device's page at one server.
type Page struct {
	Payer  ids.Payer
	Device ids.Device
	Open   bool // it listens; otherwise it has gone
	Asks   bool // it may answer a confirmation
}

// Hub has the pages that listen to this server.
type Hub interface {
	// Reachable reports whether a page of the payer listens here that may confirm.
	Reachable(ids.Payer) bool
	// Publish gives an event to the pages that it concerns. It does not block.
	Publish(payment.Event)
	// Changed lists the pages that came or went since it was last asked.
	Changed() []Page
	// Streams is how many pages listen.
	Streams() int
	// Pages lists them, each device once.
	Pages() []Page
}

// Peer is a server as the list of servers has it.
type Peer struct {
	ID    ids.Server
	Until time.Time // when its lease runs out
}

// Register keeps the list of servers.
type Register interface {
	// Renew keeps a server's lease. It is fresh when the server was not in the
	// list, be it new or given up by the others meanwhile.
	Renew(ctx context.Context, id ids.Server, until time.Time) (fresh bool, err error)
	// Servers lists all, those too whose lease has run out.
	Servers(ctx context.Context) ([]Peer, error)
	// Forget deletes all that a server has left: its pages, its letters, at last its line.
	Forget(ctx context.Context, id ids.Server) error
}

// Pages keeps which page listens to which server.
type Pages interface {
	// SetPages keeps what has changed of a server's pages, of payers of one bucket.
	SetPages(ctx context.Context, bucket int, server ids.Server, pages []Page) error
	// PagesOf lists the servers that pages of some payers of a bucket listen to.
	PagesOf(ctx context.Context, bucket int, payers []ids.Payer) (map[ids.Server][]ids.Payer, error)
}

// Mail keeps events until the server that they are for has taken them.
type Mail interface {
	// Post adds events for a server. Those that wait there already stay as they are.
	Post(ctx context.Context, to ids.Server, events []payment.Event) error
	// Inbox lists what waits for a server, at most limit.
	Inbox(ctx context.Context, server ids.Server, limit int) ([]payment.Event, error)
	// Taken deletes what a server has published.
	Taken(ctx context.Context, server ids.Server, events []payment.Event) error
}

// Store keeps all of it. What is written is durable on return.
type Store interface {
	Register
	Pages
	Mail
}

// Config is what a Service works with. All fields are needed.
type Config struct {
	Store   Store
	Hub     Hub
	Now     func() time.Time // the clock
	Random  io.Reader        // a CSPRNG
	Buckets int              // of the store
	Log     *slog.Logger
	// Lost is called when another server's lease has run out: what it had begun
	// is left to the others. It must not block.
	Lost func()
}

// Service is one server among those of a database. It implements payment.Presence.
type Service struct {
	Config
	id     ids.Server
	roster roster
	again  chan struct{} // all pages are to be written anew
	mute   mute
}

// New is a server that has not joined the others yet.
func New(c Config) *Service {
	maker := ids.Maker{Random: c.Random, Buckets: c.Buckets}
	return &Service{
		Config: c, id: ids.New[ids.Server](maker, c.Now(), maker.AnyBucket()), again: make(chan struct{}, 1),
		roster: roster{dead: map[ids.Server]time.Time{}}, mute: mute{until: map[ids.Server]time.Time{}},
	}
}

// Run keeps the server present until ctx ends.
func (s *Service) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { s.keepLease(ctx) })
	all.Go(func() { s.keepPages(ctx) })
	all.Go(func() { s.readMail(ctx) })
	all.Wait()
}

// Reachable implements payment.Presence. A server that is not in the list as it
// was last read has joined since: whoever is given up loses his pages before his
// line.
func (s *Service) Reachable(payer ids.Payer, elsewhere []ids.Server) bool {
	if s.Hub.Reachable(payer) {
		return true
	}
	for _, server := range elsewhere {
		if server != s.id && !s.roster.isDead(server) {
			return true
		}
	}
	return false
}
