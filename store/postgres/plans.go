package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// discardPlans has the next use of each prepared statement plan it anew, by
	// how large its tables are then.
	discardPlans = "DISCARD PLANS"
	// planTime is how long a connection keeps plans.
	planTime = 3 * time.Second
)

// plansAreOld reports whether a connection should plan its statements anew. A
// plan that was made while a table was nearly empty may go by an index that
// finds all of a bucket, and would go on to do so when the bucket is full. The
// database's own statistics come minutes later, which a new server that meets
// its first thousand customers does not have.
func plansAreOld(c *pgx.Conn, now time.Time) bool {
	const key = "paycode plans since"
	of := c.PgConn().CustomData()
	since, known := of[key].(time.Time)
	if known && now.Sub(since) < planTime {
		return false
	}
	of[key] = now
	return known
}
