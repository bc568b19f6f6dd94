package access

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
)

// Nonce is what makes a signed call of a merchant's till one of its kind.
type Nonce struct {
	Merchant ids.Merchant
	Hash     [16]byte // of the interface and the text that the till chose
	Until    time.Time
}

// NonceStore remembers which nonces were used.
type NonceStore interface {
	// SpendNonce keeps a nonce until its time, and answers false when it was
	// kept before. It forgets some whose time is before now.
	SpendNonce(ctx context.Context, n Nonce, now time.Time) (fresh bool, err error)
}

// NonceMargin is how much longer a nonce is kept than a call with it is good:
// the clock of another server may be behind that of this one.
const NonceMargin = time.Minute

// SpendNonce notes that a merchant's till has used a nonce for a call that is good
// until a time; the same nonce of another interface is another one. It is to be asked last, when the
// signature was found good: nobody else fills a merchant's rows. ErrReplayed.
//
// They are kept in the database and not in memory, because the same call may be
// sent to another server, and to this one again after it was restarted.
func (s *Service) SpendNonce(ctx context.Context, merchant ids.Merchant, kind, nonce string, until time.Time) error {
	sum := sha256.Sum256([]byte(kind + "\x00" + nonce))
	fresh, err := s.Store.SpendNonce(ctx, Nonce{merchant, [16]byte(sum[:16]), until.Add(NonceMargin)}, s.Now())
	if err != nil {
		return fmt.Errorf("spend nonce: %w", err)
	}
	if !fresh {
		return ErrReplayed
	}
	return nil
}
