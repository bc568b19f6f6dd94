package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Bounds of stopping.
const (
	finishWithin = 30 * time.Second // for requests that were accepted
	drainWithin  = 10 * time.Second // for events that were committed; what is left is relayed at the next start
)

// Run serves until ctx ends, then stops: it accepts nothing more, finishes what
// it accepted, relays what was committed, and closes the store. The error is
// nil after a clean stop.
func (s *Server) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.Background())
	defer stop()
	var loops, relaying sync.WaitGroup
	loops.Go(func() { s.presence.Run(background) })
	loops.Go(func() { s.Payments.ExpireLoop(background) })
	loops.Go(func() { s.sender.Run(background) })
	loops.Go(func() { s.Clearing.Run(background) })
	loops.Go(func() { s.denier.Run(background) })
	relaying.Go(func() { s.relay.Run(background) })

	served := make(chan error, 1)
	go func() { served <- s.serve() }()
	s.log.Info("serving", "url", s.URL())

	var failed error
	select {
	case failed = <-served:
	case <-ctx.Done():
	}
	s.log.Info("stopping")
	s.stopping.Store(true)
	s.hub.Close() // streams never end by themselves
	finish, cancel := context.WithTimeout(context.Background(), finishWithin)
	defer cancel()
	if err := s.http.Shutdown(finish); err != nil {
		failed = errors.Join(failed, fmt.Errorf("server: requests were cut off: %w", err), s.http.Close())
	}
	s.Payments.Close() // decides what still waits
	stop()
	relaying.Wait()
	drain, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	if err := s.relay.Drain(drain); err != nil {
		s.log.Warn("events are left for the next start", "err", err)
	}
	loops.Wait()
	return errors.Join(failed, s.Close())
}

func (s *Server) serve() error {
	l := s.listener
	if s.tls != nil {
		c := s.tls.Clone()
		c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
		s.http.TLSConfig = c
		return expected(s.http.ServeTLS(l, "", ""))
	}
	return expected(s.http.Serve(l))
}

// expected is nil for the error that only says that the server was told to stop.
func expected(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("server: %w", err)
}

// Close lets go of everything. Run closes by itself; twice does no harm.
func (s *Server) Close() error {
	s.closed.Do(func() {
		s.stopping.Store(true)
		s.hub.Close()
		if s.listener != nil {
			s.listener.Close() // closed already after a Run
		}
		if s.Payments != nil {
			s.Payments.Close()
		}
		if s.presence != nil {
			s.presence.Leave()
		}
		s.closeErr = s.DB.Close()
	})
	return s.closeErr
}
