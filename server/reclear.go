package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Reclearing clears taps once more.
type Reclearing struct {
	Database Database
	Transit  Transit        // as the servers have it
	Zone     *time.Location // likewise
	From     time.Time      // taps made at or after it
	Log      *slog.Logger
	Progress func(done, of int64)
}

// Reclear clears taps of a database once more, on which servers may run: see
// clearing.Service. What it charges, running servers announce as what another
// one left behind. clearing.ErrLeft.
func Reclear(ctx context.Context, r Reclearing) error {
	db, err := r.Database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now := func() time.Time { return time.Now().Truncate(time.Microsecond) }
	transit := r.Transit.withDefaults()
	gates := access.New(access.Config{Store: db, Now: now, Random: rand.Reader, Buckets: db.Buckets(), Fares: transit.Currency})
	payments := payment.New(payment.Config{
		Store: db, Presence: nobody{}, Profile: paycode.DefaultProfile(), Zone: r.Zone, Clock: payment.RealClock(now), Random: rand.Reader,
		Buckets: db.Buckets(), Parallel: parallel(r.Database.Conns), Log: r.Log, Committed: func(int, []payment.Event) {},
	})
	defer payments.Close()
	s := clearing.New(clearing.Config{
		Store: db, Gates: gates, Cashier: payments, Keys: func() ([]pass.PublicKey, error) { return nil, nil }, Terms: transit.terms(r.Zone),
		Clock: payment.RealClock(now), Random: rand.Reader, Buckets: db.Buckets(), Log: r.Log,
	})
	return s.Reclear(ctx, r.From, r.Progress)
}

// nobody can be asked: fares need no word of the payer.
type nobody struct{}

func (nobody) Reachable(ids.Payer, []ids.Server) bool { return false }
