package sqlite

import (
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/paycode/paycode/payment"
)

// later says of an error of a transaction what its caller may make of it:
// when the disk is full or fails, or another process has held the file for too
// long, the same transaction may do better later.
func later(err error) error {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultIOErr, sqlite.ResultBusy, sqlite.ResultCantOpen:
		if !errors.Is(err, payment.ErrUnknownOutcome) {
			return fmt.Errorf("%w: %w", payment.ErrUnavailable, err)
		}
	}
	return err
}

// atCommit is later for an error that answers COMMIT. A disk that fails then
// may have kept what was written to it, for the next process to find.
func atCommit(err error) error {
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultIOErr {
		return fmt.Errorf("%w: %w", payment.ErrUnknownOutcome, err)
	}
	return err
}
