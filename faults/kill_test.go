package faults_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestServerKilledSQLite kills the only server there is, again and again. What
// comes back is the file.
func TestServerKilledSQLite(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:"+filepath.Join(t.TempDir(), "paycode.db"), 1)
	c := s.crowd()
	c.begin()
	for range *rounds {
		c.some(20 + rand.IntN(20))
		time.Sleep(rand.N(20 * time.Millisecond))
		c.record.fault()
		s.servers[0].again()
	}
	c.some(20)
	c.check()
}
