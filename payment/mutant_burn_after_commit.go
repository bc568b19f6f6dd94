//go:build mutant_burn_after_commit

package payment

import (
	"context"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

func planted(s Store) Store { return burnsLate{s} }

// burnsLate burns slots after the commit of the payments that they have paid,
// in a transaction of their own: meanwhile they pay again.
type burnsLate struct{ Store }

func (s burnsLate) Update(ctx context.Context, bucket int, needs []Need, decide func(*Rows)) error {
	burned := map[ids.Device]paycode.BurnMap{}
	var devices []Need
	err := s.Store.Update(ctx, bucket, needs, func(r *Rows) {
		clear(burned)
		devices = nil
		decide(r)
		for _, id := range r.Changes.Devices.Keys {
			burned[id] = r.Devices[id].Burned
			devices = append(devices, Need{Device: id})
		}
		r.Changes.Devices = newTouched[ids.Device]()
	})
	if err != nil || len(devices) == 0 {
		return err
	}
	return s.Store.Update(ctx, bucket, devices, func(r *Rows) {
		for _, n := range devices {
			d := r.Devices[n.Device]
			d.Burned = burned[n.Device]
			r.Devices[n.Device] = d
			r.Changes.Devices.touch(n.Device, false)
		}
	})
}
