package postgres

import "github.com/jackc/pgx/v5"

// plansLast is how many transactions of a connection its plans last at most.
const plansLast = 1024

// plansAreOld reports whether a connection should plan its statements anew: at
// its 1st, 2nd, 4th, 8th … transaction, later at every plansLast-th. A plan that
// was made while a table was nearly empty reads all of it, and would go on to do
// so when it is full.
func plansAreOld(c *pgx.Conn) bool {
	const key = "paycode transactions"
	of := c.PgConn().CustomData()
	n, _ := of[key].(int)
	n++
	of[key] = n
	return n&(n-1) == 0 || n%plansLast == 0
}
