package issuing

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ids"
)

// TicketTTL is how long a ticket can be used.
const TicketTTL = 10 * time.Minute

const ticketPrefix = "tk_"

// Ticket lets one device enrol.
type Ticket struct {
	Hash      [32]byte // SHA-256 of the secret text
	Payer     ids.Payer
	ExpiresAt time.Time
	Device    ids.Device // that it enrolled; zero while it is unused
}

// Ticket issues a ticket for a device of the payer: its secret text, shown
// once, and when it expires. ErrNotFound for an unknown payer. Asked again, it
// issues another one; each enrols one device.
func (s *Service) Ticket(ctx context.Context, payer ids.Payer) (text string, expires time.Time, err error) {
	if _, err := s.Store.Payer(ctx, payer); err != nil {
		return "", time.Time{}, err
	}
	if text, err = bearer.NewIn(s.Random, ticketPrefix, payer.Bucket(s.Buckets)); err != nil {
		return "", time.Time{}, err
	}
	t := Ticket{Hash: bearer.Hash(text), Payer: payer, ExpiresAt: s.Now().Add(TicketTTL)}
	if err := s.Store.AddTicket(ctx, t); err != nil {
		return "", time.Time{}, fmt.Errorf("add ticket: %w", err)
	}
	return text, t.ExpiresAt, nil
}
