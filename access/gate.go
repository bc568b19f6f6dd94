package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// TapKind is what it means that somebody went through a gate.
type TapKind string

// The kinds of a tap.
const (
	TapRide  TapKind = "ride"  // a whole ride: a bus that is paid on entering
	TapEntry TapKind = "entry" // its begin, priced with the exit
	TapExit  TapKind = "exit"
)

// Gate is one entrance of a metro, a bus or a stadium.
type Gate struct {
	ID        ids.Gate
	Name      string
	Line      string
	Station   string       // empty where the line alone makes the fare
	Kind      TapKind      // of its taps
	Merchant  ids.Merchant // who is paid for the rides
	CreatedAt time.Time
}

// NewGate asks for a gate. Without a Kind its taps are whole rides; without a
// Merchant the fares are the transit merchant's, who is made with the first such gate.
type NewGate struct {
	Name, Line, Station string
	Kind                TapKind
	Merchant            ids.Merchant
}

// CreateGate makes a gate. Asked again, it makes another one. *field.Error.
func (s *Service) CreateGate(ctx context.Context, n NewGate) (Gate, error) {
	for _, f := range []struct {
		name, value string
		least       int
	}{{"name", n.Name, 1}, {"line", n.Line, 1}, {"station", n.Station, 0}} {
		if err := field.Text(f.name, f.value, f.least, 80); err != nil {
			return Gate{}, err
		}
	}
	switch n.Kind {
	case "":
		n.Kind = TapRide
	case TapRide, TapEntry, TapExit:
	default:
		return Gate{}, field.Wrong("kind", "must be ride, entry or exit")
	}
	if s.Priced != nil {
		if err := s.Priced(n.Line, n.Station); err != nil {
			return Gate{}, err
		}
	}
	merchant, err := s.paidFor(ctx, n.Merchant)
	if err != nil {
		return Gate{}, err
	}
	now := s.Now()
	g := Gate{ids.New[ids.Gate](s.ids, now, s.ids.AnyBucket()), n.Name, n.Line, n.Station, n.Kind, merchant, now}
	if err := s.Store.AddGate(ctx, g); err != nil {
		return Gate{}, fmt.Errorf("add gate: %w", err)
	}
	return g, nil
}

// paidFor is who is paid at a gate: the merchant asked for, if he charges in the
// currency of the fares, or the transit merchant.
func (s *Service) paidFor(ctx context.Context, asked ids.Merchant) (ids.Merchant, error) {
	if asked.IsZero() {
		return s.transit(ctx)
	}
	m, err := s.Store.Merchant(ctx, asked)
	switch {
	case errors.Is(err, ErrNotFound):
		return asked, field.Wrong("merchant_id", "names no merchant")
	case err == nil && m.Currency != s.Fares:
		return asked, field.Wrong("merchant_id", "names a merchant who does not charge in %s, as the fares are", s.Fares)
	}
	return asked, err
}

// transit is the merchant who is paid at gates that name none: one for each
// currency, whose identifier follows from it, so that any server makes the same.
func (s *Service) transit(ctx context.Context) (ids.Merchant, error) {
	sum := sha256.Sum256([]byte("paycode/transit/v1\x00" + s.Fares))
	id := ids.Merchant(sum[:16])
	clear(id[:6])             // of no time
	id[6] = id[6]&0x0f | 0x70 // UUIDv7, RFC 9562
	id[8] = id[8]&0x3f | 0x80
	return id, s.Store.EnsureMerchant(ctx, Merchant{id, "Transit", money.Currency(s.Fares), MerchantActive, s.Now(), 0})
}

// Gate answers a gate, or ErrNotFound.
func (s *Service) Gate(ctx context.Context, id ids.Gate) (g Gate, err error) {
	if g, err = s.Store.Gate(ctx, id); err != nil {
		return g, err
	}
	if g.Kind == "" { // made before gates had a kind and a merchant
		g.Kind = TapRide
		g.Merchant, err = s.transit(ctx)
	}
	return g, err
}
