package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// States of PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	uniqueViolation      = "23505" // a row that was to be new is there: somebody was quicker
	readOnly             = "25006"
	queryCanceled        = "57014"
)

// errBroken is for an error after which the connection is of no use. Nothing
// of the transaction was committed.
var errBroken = errors.New("postgres: the connection broke")

func brokenOr(c *pgx.Conn, err error) error {
	if c.IsClosed() {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return err
}

// standbyOr has a connection count as broken whose server became a standby: it
// takes no transactions any more, and another one does.
func standbyOr(err error) error {
	if sqlState(err) == readOnly {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return err
}

// sqlState is the SQLSTATE of an error, empty for one that has none.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// lostRace reports whether the same transaction may do better when it is run
// again, because another one was in its way.
func lostRace(err error) bool {
	if errors.Is(err, payment.ErrUnknownOutcome) {
		return false
	}
	s := sqlState(err)
	return s == serializationFailure || s == deadlockDetected || s == uniqueViolation || errors.Is(err, store.ErrRace)
}

// undoneAtCommit reports whether an error that answers COMMIT says that nothing
// was committed: the transaction had to give way, or broke a constraint. All
// others, XX000 of a distributed PostgreSQL above all, leave it open.
func undoneAtCommit(err error) bool {
	s := sqlState(err)
	return len(s) == 5 && (s[:2] == "40" && s != "40003" || s[:2] == "23") // 40003 is "statement completion unknown"
}

// unavailable reports whether an error before COMMIT is of a database that
// cannot do its work at present: by class, no connection, out of resources,
// stopped by an operator or a time limit, failed itself.
func unavailable(err error) bool {
	s := sqlState(err)
	if len(s) != 5 {
		return errors.Is(err, errBroken)
	}
	switch s[:2] {
	case "08", "53", "57", "58", "XX":
		return true
	}
	return errors.Is(err, errBroken)
}

// meaning says of an error of a transaction what its caller may make of it.
func meaning(err error) error {
	switch {
	case errors.Is(err, payment.ErrUnknownOutcome) || errors.Is(err, payment.ErrUnavailable) || errors.Is(err, store.ErrRace):
		return err
	case lostRace(err):
		return fmt.Errorf("%w: %w", store.ErrRace, err)
	case unavailable(err):
		return fmt.Errorf("%w: %w", payment.ErrUnavailable, err)
	}
	return err
}

// isTimeout reports whether a time limit was over, the server's or ours.
func isTimeout(err error) bool {
	return sqlState(err) == queryCanceled || pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded)
}
