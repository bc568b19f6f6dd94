package faults_test

import (
	"testing"
	"time"
)

// TestLeaderLost kills the leader under load, PostgreSQL and Patroni and all.
// The other node takes over, with everything that was acknowledged, and the old
// leader comes back and follows.
func TestLeaderLost(t *testing.T) {
	t.Parallel()
	cluster := startCluster(t)
	c := newSite(t, cluster.url(), 2).crowd()
	c.begin()
	for range of(20) {
		c.some(100)
		leader := cluster.awaitFollower()
		c.record.fault()
		leader.running.kill()
		c.some(20)
		leader.start()
		began := time.Now()
		if now := cluster.awaitFollower(); now == leader {
			c.Error("the old leader leads again")
		}
		c.Logf("the old leader follows again after %.1f s", time.Since(began).Seconds())
	}
	c.some(20)
	c.check()
	c.checkLogs()
}
