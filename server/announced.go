package server

import (
	"context"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/store"
)

// announced is an issuing.Store whose events are relayed at once.
type announced struct {
	*store.DB
	nudge func(bucket int)
}

// ChangeDevice implements issuing.Store.
func (a announced) ChangeDevice(ctx context.Context, id ids.Device, decide func(issuing.Device, []issuing.IssuedAlias) (issuing.Change, error)) (issuing.Device, error) {
	happened := false
	d, err := a.DB.ChangeDevice(ctx, id, func(d issuing.Device, aliases []issuing.IssuedAlias) (issuing.Change, error) {
		c, err := decide(d, aliases)
		happened = !c.Status.IsZero()
		return c, err
	})
	if err == nil && happened {
		a.nudge(id.Bucket(a.Buckets()))
	}
	return d, err
}
