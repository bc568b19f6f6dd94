// Package server puts the parts together: store, services, API, pages, the
// relay of events and the sender of webhooks, behind one HTTP server that
// starts with Open and Run and stops cleanly when Run's context ends. The
// command and the end-to-end tests start the same thing.
package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/api"
	"github.com/paycode/paycode/api/events"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/outbox"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/presence"
	"github.com/paycode/paycode/settlement"
	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/web"
	"github.com/paycode/paycode/webhook"
)

// Config is what a Server is made of. Database, Listen, Keys and Log are
// needed; the zero value of every other field is a choice that works.
type Config struct {
	Database  string          // "sqlite:FILE" or "postgres://…"; it and the next three as in type Database
	Replica   string          // a standby that gives reports
	Buckets   int             // of a database that is made now
	Conns     int             // connections to PostgreSQL for transactions
	Listen    string          // address, such as "localhost:8080" or ":443"
	Keys      issuing.Keys    // the master keys
	Issuers   issuing.Issuers // and the keys that sign passes; needed where there are Passes
	Passes    issuing.PassTerms
	Log       *slog.Logger    // where to report
	Profile   paycode.Profile // paycode.DefaultProfile when zero
	Limits    payment.Limits  // of a new payer; payment.DefaultLimits when zero
	Transit   Transit
	Zone      *time.Location     // in which a day begins at midnight; UTC when nil
	PublicURL string             // how devices reach the server; of each request when empty
	TLS       *tls.Config        // with a certificate; nil for plain HTTP
	Webhooks  webhook.Policy     // which addresses webhooks may go to
	Platform  *platform.Identity // signs answers to tills of other systems; nil where none is answered
	Now       func() time.Time
	Random    io.Reader // a CSPRNG
}

func (c Config) withDefaults() Config {
	if c.Profile == (paycode.Profile{}) {
		c.Profile = paycode.DefaultProfile()
	}
	if c.Limits == (payment.Limits{}) {
		c.Limits = payment.DefaultLimits()
	}
	c.Transit = c.Transit.withDefaults()
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Now == nil {
		// The store keeps microseconds: what is answered at first and later must not differ.
		c.Now = func() time.Time { return time.Now().Truncate(time.Microsecond) }
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

// Transit is how rides are priced and gates behave. The zero value of each field
// is a choice that works.
type Transit struct {
	Fares    clearing.Fares // FlatFare when nil
	Currency money.Currency // of Fares; CNY when empty
	// Check says why Fares know no fare at a gate, which is then not made; nil where they know each.
	Check    func(line, station string) error
	DayCap   int64         // the most that a pass's rides cost in a day, in minor units; 0 for no cap
	Passback time.Duration // for which a gate lets a pass through no more; a minute when 0
}

// FlatFare is what a ride costs where nobody says otherwise, in minor units.
const FlatFare = 200

func (t Transit) withDefaults() Transit {
	t.Currency, t.Passback = cmp.Or(t.Currency, "CNY"), cmp.Or(t.Passback, time.Minute)
	if t.Fares == nil {
		t.Fares = clearing.Flat{Minor: FlatFare, Currency: t.Currency}
	}
	return t
}

// terms are those of clearing.
func (t Transit) terms(zone *time.Location) clearing.Terms {
	terms := clearing.DefaultTerms(t.Fares, t.Currency, zone)
	terms.DayCap = t.DayCap
	return terms
}

// Server is one running server. Its services may be used directly by the
// process that it runs in.
type Server struct {
	Access   *access.Service
	Issuing  *issuing.Service
	Payments *payment.Processor
	Clearing *clearing.Service
	DB       *store.DB

	log      *slog.Logger
	tls      *tls.Config
	hub      *events.Hub
	presence *presence.Service
	relay    *outbox.Relay
	denier   *clearing.Denier
	sender   *webhook.Sender
	http     *http.Server
	listener net.Listener
	stopping atomic.Bool
	closed   sync.Once
	closeErr error
}

// Open opens the database, makes the services, joins the other servers on it
// and begins to listen; requests wait until Run. Close when Run is never called.
func Open(ctx context.Context, c Config) (*Server, error) {
	c = c.withDefaults()
	db, err := Database{c.Database, c.Replica, c.Buckets, c.Conns}.Open(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{DB: db, log: c.Log, tls: c.TLS, hub: events.NewHub()}
	if err := s.assemble(c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.presence.Join(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("server: join the others: %w", err), s.Close())
	}
	if s.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, errors.Join(fmt.Errorf("server: %w", err), s.Close())
	}
	return s, nil
}

// parallel is how many batches of payments are written at once: as many as there
// are processors, because more would only make each of them smaller, but two at
// least, because a batch also waits for the disk; and no more than a quarter of
// the connections, which batches that are slow and other requests need as well.
func parallel(conns int) int {
	return max(min(runtime.NumCPU(), cmp.Or(conns, postgres.DefaultConns)/4), 2)
}

// assemble makes the services, each with what it needs of the others.
func (s *Server) assemble(c Config) (err error) {
	buckets, metrics := s.DB.Buckets(), newRegistry()
	s.Access = access.New(access.Config{Store: s.DB, Seals: c.Keys, Now: c.Now, Random: c.Random, Buckets: buckets, Fares: c.Transit.Currency, Priced: c.Transit.Check})
	s.presence = presence.New(presence.Config{
		Store: s.DB, Hub: s.hub, Now: c.Now, Random: c.Random, Buckets: buckets, Log: c.Log, Lost: func() { s.relay.Lost(); s.sender.Lost() },
	})
	s.Issuing, err = issuing.New(issuing.Config{
		Store: announced{s.DB, func(bucket int) { s.relay.Nudge(bucket) }}, Keys: c.Keys, Issuers: c.Issuers, Passes: c.Passes,
		Profile: c.Profile, Limits: c.Limits, Now: c.Now, Random: c.Random, Buckets: buckets, Log: c.Log, ProofLeeway: issuing.DefaultProofLeeway,
	})
	if err != nil {
		return err
	}
	var calls *api.API
	desk := &webhook.Desk{
		Store: s.DB, Callbacks: s.DB, Policy: c.Webhooks, Now: c.Now, Random: c.Random, Buckets: buckets,
		Added: func(bucket int) { s.sender.Nudge(bucket) },
	}
	s.Payments = payment.New(payment.Config{
		Store: measure(s.DB, metrics), Seeds: c.Keys, Presence: s.presence, Profile: c.Profile, Zone: c.Zone,
		Clock: payment.RealClock(c.Now), Random: c.Random, Buckets: buckets, Parallel: parallel(c.Conns), Log: c.Log,
		Named:     func(payer ids.Payer, name string) { calls.Named(payer, name) },
		Committed: func(bucket int, events []payment.Event) { s.relay.Hand(bucket, events) },
	})
	s.Clearing = clearing.New(clearing.Config{
		Store: s.DB, Gates: s.Access, Cashier: s.Payments, Keys: s.Issuing.IssuerKeys, Terms: c.Transit.terms(c.Zone),
		Clock: payment.RealClock(c.Now), Random: c.Random, Buckets: buckets, Log: c.Log,
	})
	pages, err := web.Handler(api.NothingHere)
	if err != nil {
		return err
	}
	calls, err = api.New(api.Config{
		Access: s.Access, Issuing: s.Issuing, Payments: s.Payments, Events: s.hub, History: s.DB, Books: s.DB,
		Settlement: settlement.New(settlement.Config{Store: s.DB, Now: c.Now, Random: c.Random, Buckets: buckets}),
		Clearing:   s.Clearing, Rides: s.DB, Passback: c.Transit.Passback,
		Webhooks: desk,
		Profile:  c.Profile, Zone: c.Zone, Now: c.Now, Log: c.Log, Metrics: metrics, Ready: s.ready,
		PublicURL: c.PublicURL, Platform: certificate(c.Platform), Pages: pages,
		Tills: s.tills(c, desk, func(r *http.Request) string { return calls.Origin(r) }, func(p payment.Payment) { calls.Made(p) }),
	})
	if err != nil {
		return err
	}
	forms, notices := s.forms(c)
	s.sender = webhook.NewSender(webhook.SenderConfig{
		Store: countAttempts(s.DB, metrics), Policy: c.Webhooks, Forms: forms, Now: c.Now, Buckets: buckets, Log: c.Log,
	})
	s.denier = &clearing.Denier{Store: s.DB, Now: c.Now, Buckets: buckets, Log: c.Log}
	s.relay = outbox.New(outbox.Config{
		Store: s.DB, Publish: s.publisher(metrics), Pass: s.presence.Pass, Buckets: buckets, Now: c.Now, Log: c.Log,
		Receiver: outbox.Receivers{
			&webhook.Clerk{Store: s.DB, Describe: calls.Describe, Notices: notices, Added: s.sender.Nudge, Now: c.Now, Buckets: buckets},
			s.denier,
		},
	})
	s.watch(metrics, c.Now)
	d := &door{Handler: calls, busy: s.Payments.Busy}
	metrics.MustRegister(newLoad(s.Payments.Load, d))
	s.http = newHTTP(d, c.Log)
	return nil
}

// newHTTP bounds what a connection may cost.
func newHTTP(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      45 * time.Second, // longer than a store may take for a batch
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients that hang up or speak no TLS
	}
}

// URL is where the server is reached on this machine.
func (s *Server) URL() string {
	scheme := "http"
	if s.tls != nil {
		scheme = "https"
	}
	addr := s.listener.Addr().(*net.TCPAddr)
	if addr.IP.IsUnspecified() || addr.IP.IsLoopback() {
		return fmt.Sprintf("%s://localhost:%d", scheme, addr.Port)
	}
	return fmt.Sprintf("%s://%s", scheme, addr)
}

var errStopping = errors.New("server: stopping")

// ready says whether requests should be sent here.
func (s *Server) ready(ctx context.Context) error {
	if s.stopping.Load() {
		return errStopping
	}
	_, err := s.DB.WaitingEvents(ctx, 0, ids.Event{}, 1)
	return err
}

// Handler is what answers requests, for who would rather call it directly.
func (s *Server) Handler() http.Handler { return s.http.Handler }
