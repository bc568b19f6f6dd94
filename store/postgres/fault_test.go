package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/store/postgres/pgtest"
	"github.com/paycode/paycode/store/storetest"
)

const insertGate = `INSERT INTO gates (bucket, id, name, line, station, created_at) VALUES ($1, $2, '', '', '', 0)
	ON CONFLICT (bucket, id) DO NOTHING`

// addGate writes one row, and says how often it was tried.
func addGate(t *testing.T, e store.Engine, id string) (runs int, err error) {
	err = e.Write(t.Context(), 0, func(tx store.Tx) error {
		runs++
		tx.Queue(insertGate, 0, []byte(id))
		return nil
	})
	return runs, err
}

func gates(t *testing.T, e store.Engine) (n int) {
	t.Helper()
	err := e.Read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM gates WHERE bucket = $1`, []any{0}, &n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWhatCommitSays: what an error of COMMIT means is told rightly, whatever
// had happened, and the same again is right after it.
func TestWhatCommitSays(t *testing.T) {
	for _, test := range []struct {
		name  string
		made  trouble
		want  error // of the first Write
		runs  int
		after int // rows there are then
	}{
		{"a serialization failure", trouble{state: "40001"}, nil, 2, 1},
		{"a deadlock", trouble{state: "40P01"}, nil, 2, 1},
		{"a shard that failed", trouble{state: "XX000"}, payment.ErrUnknownOutcome, 1, 0},
		{"a shard that failed too late", trouble{state: "XX000", applied: true}, payment.ErrUnknownOutcome, 1, 1},
		{"a connection failure", trouble{state: "08006"}, payment.ErrUnknownOutcome, 1, 0},
		{"a connection failure too late", trouble{state: "08006", applied: true}, payment.ErrUnknownOutcome, 1, 1},
		{"a shutdown", trouble{state: "57P01", applied: true}, payment.ErrUnknownOutcome, 1, 1},
		{"a cut before COMMIT arrives", trouble{}, payment.ErrUnknownOutcome, 1, 0},
		{"a cut after COMMIT was done", trouble{applied: true}, payment.ErrUnknownOutcome, 1, 1},
		{"a cut before that", trouble{begun: true}, nil, 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var on atomic.Bool
			_, url := newProxy(t, kinds()[0].database(t, kinds()[0], 1), func() *trouble {
				if on.Load() {
					return &test.made
				}
				return nil
			})
			e := open(t, url, postgres.Options{})
			on.Store(true)
			runs, err := addGateOnce(t, e, &on)
			if runs != test.runs || !errors.Is(err, test.want) {
				t.Errorf("%d runs, %v; want %d, %v", runs, err, test.runs, test.want)
			}
			if n := gates(t, e); n != test.after {
				t.Errorf("%d rows, want %d", n, test.after)
			}
			if _, err := addGate(t, e, "g"); err != nil || gates(t, e) != 1 {
				t.Errorf("the same again: %v, %d rows", err, gates(t, e))
			}
		})
	}
}

// addGateOnce is addGate with a trouble for its first run alone.
func addGateOnce(t *testing.T, e store.Engine, on *atomic.Bool) (runs int, err error) {
	err = e.Write(t.Context(), 0, func(tx store.Tx) error {
		if runs++; runs > 1 {
			on.Store(false)
		}
		tx.Queue(insertGate, 0, []byte("g"))
		return nil
	})
	on.Store(false)
	return runs, err
}

// TestPaymentsThroughTrouble: every way in which a transaction may end, again
// and again, while tills charge and refund.
func TestPaymentsThroughTrouble(t *testing.T) {
	for _, buckets := range []int{1, 16} {
		t.Run(fmt.Sprint(buckets, " buckets"), func(t *testing.T) {
			var on atomic.Bool
			var p *proxy
			var db *store.DB
			opened := func(t testing.TB, n int) *store.DB {
				var url string
				p, url = newProxy(t, kinds()[0].database(t, kinds()[0], n), inTurn(&on, 3,
					trouble{state: "40001"}, trouble{state: "XX000"}, trouble{applied: true}, trouble{state: "08006", applied: true},
					trouble{begun: true}, trouble{middle: true}, trouble{state: "40P01"}, trouble{}, trouble{state: "57P01", applied: true}, trouble{state: "XX000", applied: true}))
				db = store.New(open(t, url, postgres.Options{Buckets: n}))
				return db
			}
			storetest.Unreliable(t, opened, buckets, on.Store)
			audited(t, db)
			if p.made.Load() == 0 {
				t.Error("nothing went wrong")
			}
		})
	}
}

// TestServerKilled: what was acknowledged is there after the server was killed
// and has recovered, and the engine goes on by itself.
func TestServerKilled(t *testing.T) {
	s := pgtest.Start(t)
	e := open(t, s.NewDatabase(t), postgres.Options{Buckets: 1})
	for i := range 3 {
		if _, err := addGate(t, e, fmt.Sprint("before", i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if _, err := addGate(t, e, fmt.Sprint("away", i)); !errors.Is(err, payment.ErrUnavailable) {
			t.Errorf("with the server away: %v", err)
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		if n := gates(t, e); n != i+1 {
			t.Errorf("%d rows after the recovery, want %d", n, i+1)
		}
	}
}

// TestRestartedServerIsNoError: a server that was away between two
// transactions has closed every connection, and nobody is told.
func TestRestartedServerIsNoError(t *testing.T) {
	s := pgtest.Start(t, pgtest.NotDurable()...)
	e := open(t, s.NewDatabase(t), postgres.Options{Buckets: 1})
	if _, err := addGate(t, e, "a"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Stop(), s.Restart()); err != nil {
		t.Fatal(err)
	}
	if _, err := addGate(t, e, "b"); err != nil || gates(t, e) != 2 {
		t.Errorf("after the restart: %v", err)
	}
}

// TestServerBecomesStandby, as after a failover: transactions are refused as
// ones of which nothing was written, and go on as soon as there is a primary.
func TestServerBecomesStandby(t *testing.T) {
	url := kinds()[0].database(t, kinds()[0], 1)
	e := open(t, url, postgres.Options{})
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	for i, standby := range []string{"off", "on", "off"} {
		script(t, server.URL("postgres"), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+standby)
		script(t, server.URL("postgres"), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
		_, err := addGate(t, e, fmt.Sprint(i))
		if standby == "on" && !errors.Is(err, payment.ErrUnavailable) || standby == "off" && err != nil {
			t.Errorf("with read_only %s: %v", standby, err)
		}
	}
	if n := gates(t, e); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}
