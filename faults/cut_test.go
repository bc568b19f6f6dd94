package faults_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paycode/paycode/store/postgres/pgtest"
)

const (
	slowFor = 500 * time.Millisecond
	// swallowedFor is longer than a server may wait for an answer of PostgreSQL.
	swallowedFor = 3 * time.Second
)

// TestConnectionsCut has two servers reach PostgreSQL through networks that
// cut, delay and half-close connections, and above all lose a COMMIT or the
// answer to it: then the server cannot know what has become of its transaction.
func TestConnectionsCut(t *testing.T) {
	t.Parallel()
	c, ways := proxied(t)
	c.begin()
	for range *rounds {
		c.some(15 + rand.IntN(15))
		c.record.fault()
		switch way := ways[rand.IntN(len(ways))]; rand.IntN(6) {
		case 0:
			way.cut()
		case 1:
			way.halfClose()
		case 2:
			way.slow.Store(true)
			time.Sleep(slowFor)
			way.slow.Store(false)
		case 3, 4:
			way.commits.Store(loseAnswer)
		case 5:
			way.commits.Store(loseCommit)
		}
	}
	c.some(20)
	c.check()
	c.checkLogs()
	c.Logf("%d COMMITs were cut off", ways[0].seen.Load()+ways[1].seen.Load())
}

// TestConnectionsSwallowed has the network between one server and PostgreSQL
// swallow everything, the answer to a COMMIT first. Nobody is told: it is
// noticed by time limits alone. The tills go on at the other server, and the
// first one serves again by itself.
func TestConnectionsSwallowed(t *testing.T) {
	t.Parallel()
	c, ways := proxied(t)
	c.begin()
	for range of(20) {
		c.some(30)
		c.record.fault()
		ways[0].commits.Store(hideAnswer)
		ways[0].swallow.Store(true)
		time.Sleep(swallowedFor)
		ways[0].swallow.Store(false)
		took := c.alone(0)
		c.Logf("the server whose answers were swallowed serves again %.1f s after", took.Seconds())
	}
	c.some(20)
	c.check()
	c.checkLogs()
}

// proxied is a crowd at two servers, each with a network of its own.
func proxied(t *testing.T) (*crowd, []*proxy) {
	t.Helper()
	pg := pgtest.Start(t)
	database := pg.NewDatabase(t)
	ways := []*proxy{newProxy(t, pg.Address()), newProxy(t, pg.Address())}
	s := prepare(t, database)
	for _, way := range ways {
		s.add(way.through(t, database))
	}
	return s.crowd(), ways
}

// alone waits until one server has carried out a charge, and answers how long that took.
func (c *crowd) alone(server int) time.Duration {
	c.Helper()
	began := time.Now()
	for _, p := range c.payers {
		if made := p.newOrders(c.now(), c.shops[0], 1); made != nil {
			c.insist(&deed{who: 2 * tills, kind: charge, payer: p, order: made[0], minor: made[0].minor}, server)
			return time.Since(began)
		}
	}
	c.Fatal("nobody has a code left")
	return 0
}
