package faults_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
)

// wrongClock is a server's clock, which a test sets.
type wrongClock struct{ ahead atomic.Int64 } // nanoseconds

func (c *wrongClock) now() time.Time {
	return time.Now().Add(time.Duration(c.ahead.Load())).Truncate(time.Microsecond)
}

// steps are how far the clock is off, one after the other. Each crosses a
// midnight, and those back make codes that were used before good again, if
// nobody remembered.
var steps = []time.Duration{0, -25 * time.Hour, 26 * time.Hour, 0}

// TestClockStepped sets a server's clock back and forth under load. It covers
// what the server decides by its clock: codes, burn maps, the limits of a day,
// pending payments, the order of events. The server runs in the test's process,
// because only there can its clock be set: the timers of the process, and with
// them its time-outs, run on; and the machine's own services are not part of it.
func TestClockStepped(t *testing.T) {
	t.Parallel()
	clock := &wrongClock{}
	s := serveHere(t, clock)
	c := s.crowd()
	c.now = clock.now
	limited := c.limitedPayer(len(steps))
	pending := c.pendingPayments(2)

	groups := [][]*payer{c.payers[:20], c.payers[20:40], c.payers[40:], c.payers[:40]}
	c.serving.Store(&groups[0])
	c.begin()
	burned := map[string]paycode.BurnMap{}
	for i, step := range steps {
		c.record.fault()
		clock.ahead.Store(int64(step)) // first: phones of the next group have shown nothing yet
		c.serving.Store(&groups[i])
		c.hot.Store(0)
		c.some(60)
		c.replay()
		burned = s.checkBurned(burned)
		limited.spend(i, step)
		pending.look(step)
	}
	c.check()
	c.checkLogs()
	c.Logf("%d times a code was shown again that had paid", c.tried)
}

// serveHere is a site whose only server runs in this process, on an SQLite file.
func serveHere(t *testing.T, clock *wrongClock) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{T: t, dir: dir, database: "sqlite:" + filepath.Join(dir, "paycode.db")}
	keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
	s.must(err)
	log, err := os.Create(filepath.Join(dir, "server.log"))
	s.must(err)
	t.Cleanup(func() { log.Close() })
	srv, err := server.Open(t.Context(), server.Config{
		Database: s.database, Listen: "127.0.0.1:0", Keys: keys, Now: clock.now,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	t.Cleanup(cancel)
	s.operatorKey, _, err = srv.Access.CreateKey(t.Context(), access.ForOperator())
	s.must(err)
	p := &instance{site: s, address: strings.TrimPrefix(srv.URL(), "http://"), log: log.Name(), stop: func() error { cancel(); return <-ended }}
	s.servers = []*instance{p}
	t.Cleanup(p.showLog)
	return s
}

// thiefTries is how many wrong codes a shop sends: with more it is refused
// before its codes are looked at.
const thiefTries = 40

// replay has another shop try every code that ever paid, for an order of its own. What becomes of it goes into the record: the model knows which code
// is spent.
func (c *crowd) replay() {
	var tries []*deed
	thieves := c.newMaker()
	var thief *merchant
	seen := map[string]bool{}
	for _, d := range c.record.snapshot() {
		if d.kind != charge || fateOf(d.answer) != paid || seen[d.order.code] {
			continue
		}
		seen[d.order.code] = true
		if len(tries)%thiefTries == 0 {
			thief = thieves.merchants(1)[0]
		}
		c.tried++
		tries = append(tries, &deed{who: 2 * tills, kind: charge, payer: d.payer, order: d.payer.again(d.order, thief), minor: 1})
	}
	c.sideBySide(len(tries), func(i int) {
		c.insist(tries[i], i)
		if f := fateOf(tries[i].answer); f == paid {
			c.Errorf("the code of %s paid again", tries[i].order.no)
		}
	})
}

// checkBurned: no device's burn map has moved back, or forgotten a slot.
func (s *site) checkBurned(before map[string]paycode.BurnMap) map[string]paycode.BurnMap {
	s.Helper()
	db, err := sqlite.OpenConn(strings.TrimPrefix(s.database, "sqlite:"), sqlite.OpenReadOnly)
	s.must(err)
	defer db.Close()
	now := map[string]paycode.BurnMap{}
	s.must(sqlitex.ExecuteTransient(db, "SELECT hex(id), burn_base, burn_bits FROM devices", &sqlitex.ExecOptions{
		ResultFunc: func(row *sqlite.Stmt) error {
			now[row.ColumnText(0)] = paycode.BurnMap{Base: paycode.Counter(row.ColumnInt64(1)), Bits: uint64(row.ColumnInt64(2))}
			return nil
		},
	}))
	for device, was := range before {
		is := now[device]
		if is.Base < was.Base {
			s.Errorf("the burn map of %s moved back from %d to %d", device, was.Base, is.Base)
		}
		if is.Base == was.Base && is.Bits&was.Bits != was.Bits {
			s.Errorf("the burn map of %s forgot a slot", device)
		}
	}
	return now
}
