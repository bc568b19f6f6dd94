package bench

import (
	"context"
	"sync/atomic"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// Phone is a payer's enrolled device with its seed, however it came by it, whose
// codes are of the default profile.
type Phone struct {
	Payer ids.Payer
	Seed  paycode.Seed
	Alias paycode.Alias
}

// Adopt makes a world of payers who are there, and gives them money.
func Adopt(ctx context.Context, server, operatorKey string, phones []Phone, merchants int, built *atomic.Int64) (*World, error) {
	b := newBuilder(server, operatorKey)
	w, err := b.market(ctx, merchants)
	if err != nil {
		return nil, err
	}
	profile := paycode.DefaultProfile()
	for _, p := range phones {
		w.devices = append(w.devices, &device{seed: p.Seed, alias: p.Alias, profile: &profile})
	}
	return w, b.forAll(ctx, len(phones), built, func(ctx context.Context, i int) error {
		return b.topUp(ctx, phones[i].Payer.String())
	})
}
