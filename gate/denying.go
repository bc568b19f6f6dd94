package gate

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/gate/denylist"
)

// denyAnswer is a part of the deny list (GET /v1/gate/denylist).
type denyAnswer struct {
	Since uint64 `json:"since"`
	Until uint64 `json:"until"`
	Delta []byte `json:"delta"` // signed by the issuer; absent when there is nothing new
}

// updateDenyList fetches what is new, and the whole list when there was none or
// the server has begun it anew.
func (g *Gate) updateDenyList(ctx context.Context, c *client.Client) error {
	g.mu.Lock()
	prepared := g.prepared
	g.mu.Unlock()
	if !prepared {
		return g.refetchDenyList(ctx, c)
	}
	for {
		number, _ := g.deny.Number()
		d, until, err := g.fetchDelta(ctx, c, number)
		switch {
		case err != nil:
			return err
		case until < number: // the server was put back to a backup
			return g.refetchDenyList(ctx, c)
		case until == number:
			return nil
		}
		if err := g.deny.Apply(d); err != nil {
			return err
		}
	}
}

// refetchDenyList fetches the list from the beginning. The old one counts until it
// is complete.
func (g *Gate) refetchDenyList(ctx context.Context, c *client.Client) error {
	var deltas []denylist.Delta
	for number := uint64(0); ; {
		d, until, err := g.fetchDelta(ctx, c, number)
		if err != nil {
			return err
		}
		if until == number {
			break
		}
		deltas, number = append(deltas, d), until
	}
	if err := g.deny.Reset(deltas); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.prepared = true
	return nil
}

// fetchDelta answers the next part of the list and the number that it leads to;
// since itself when there is none, less when the server's list is shorter.
func (g *Gate) fetchDelta(ctx context.Context, c *client.Client, since uint64) (d denylist.Delta, until uint64, err error) {
	var a denyAnswer
	if err := c.Call(ctx, "GET", fmt.Sprintf("/v1/gate/denylist?since=%d", since), nil, &a); err != nil {
		return d, 0, err
	}
	if a.Until <= since || len(a.Delta) == 0 {
		return d, min(a.Until, since), nil
	}
	g.mu.Lock()
	verifier := g.verifier
	g.mu.Unlock()
	signed, err := verifier.VerifyDenyDelta(a.Delta)
	if err != nil {
		return d, 0, fmt.Errorf("%w: deny list: %w", ErrAnswer, err)
	}
	if signed.Since != since || signed.Until <= since {
		return d, 0, fmt.Errorf("%w: deny list from %d to %d, asked from %d", ErrAnswer, signed.Since, signed.Until, since)
	}
	return denylist.Delta{Since: signed.Since, Until: signed.Until, Add: signed.Add, Remove: signed.Remove}, signed.Until, nil
}
