package access

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
)

// Gate is one entrance of a metro, a bus or a stadium.
type Gate struct {
	ID        ids.Gate
	Name      string
	Line      string
	Station   string // empty where the line alone makes the fare
	CreatedAt time.Time
}

// CreateGate makes a gate. Asked again, it makes another one.
func (s *Service) CreateGate(ctx context.Context, name, line, station string) (Gate, error) {
	for _, f := range []struct {
		name, value string
		least       int
	}{{"name", name, 1}, {"line", line, 1}, {"station", station, 0}} {
		if err := field.Text(f.name, f.value, f.least, 80); err != nil {
			return Gate{}, err
		}
	}
	now := s.Now()
	g := Gate{ids.New[ids.Gate](s.ids, now, s.ids.AnyBucket()), name, line, station, now}
	if err := s.Store.AddGate(ctx, g); err != nil {
		return Gate{}, fmt.Errorf("add gate: %w", err)
	}
	return g, nil
}

// Gate answers a gate, or ErrNotFound.
func (s *Service) Gate(ctx context.Context, id ids.Gate) (Gate, error) {
	return s.Store.Gate(ctx, id)
}
