package bench

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/wallet"
)

// builder makes the parts. All devices have the same two keys: the server does
// the same work for each as if they had not, and the machine does less of ours.
type builder struct {
	operator *client.Client
	run      string // tells this run's payers from another's
	sign     *jose.JSONWebKey
	seal     *jose.JSONWebKey
	open     *ecdh.PrivateKey
}

func (b *builder) makeKeys() error {
	sign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	seal, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	b.sign, b.seal = &jose.JSONWebKey{Key: sign.Public()}, &jose.JSONWebKey{Key: seal.Public()}
	b.open, err = seal.ECDH()
	return err
}

func (b *builder) merchant(ctx context.Context, i int) (key string, err error) {
	var made struct{ ID, Key string }
	if err := b.call(ctx, "/v1/merchants", map[string]any{"name": "Shop " + strconv.Itoa(i), "currency": currency}, &made); err != nil {
		return "", err
	}
	err = b.call(ctx, "/v1/merchants/"+made.ID+"/keys", nil, &made)
	return made.Key, err
}

func (b *builder) call(ctx context.Context, path string, in, out any) error {
	if err := b.operator.Call(ctx, "POST", path, in, out); err != nil {
		return fmt.Errorf("bench: %s: %w", path, err)
	}
	return nil
}

// payers makes all of them, several at a time, and stops at the first error.
func (b *builder) payers(ctx context.Context, w *World, built *atomic.Int64) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range builders {
		wg.Go(func() {
			for i := range numbers {
				d, err := b.payer(ctx, i)
				if err != nil {
					stop(err)
					continue // until nobody sends any more
				}
				w.devices[i] = d
				built.Add(1)
			}
		})
	}
	for i := range w.devices {
		if ctx.Err() != nil {
			break
		}
		numbers <- i
	}
	close(numbers)
	wg.Wait()
	return context.Cause(ctx)
}

// payer makes one, gives him money, and enrols a device of his.
func (b *builder) payer(ctx context.Context, i int) (*device, error) {
	var payer struct{ ID string }
	name := fmt.Sprintf("bench-%s-%d", b.run, i)
	if err := b.call(ctx, "/v1/payers", map[string]any{"external_id": name, "currency": currency, "name": name}, &payer); err != nil {
		return nil, err
	}
	if err := b.call(ctx, "/v1/payers/"+payer.ID+"/topups", map[string]any{"reference": "bench", "amount": balance}, nil); err != nil {
		return nil, err
	}
	var ticket struct{ Ticket string }
	if err := b.call(ctx, "/v1/payers/"+payer.ID+"/tickets", nil, &ticket); err != nil {
		return nil, err
	}
	return b.enrol(ctx, ticket.Ticket)
}

func (b *builder) enrol(ctx context.Context, ticket string) (*device, error) {
	var answer struct {
		DeviceID   string             `json:"device_id"`
		Alias      string             `json:"alias"`
		Generation paycode.Generation `json:"generation"`
		Profile    paycode.Profile    `json:"profile"`
		Sealed     wallet.Sealed      `json:"seed_sealed"`
	}
	in := map[string]any{"ticket": ticket, "kind": wallet.Phone, "name": "bench", "public_key": b.sign, "seal_key": b.seal}
	if err := b.call(ctx, "/v1/devices", in, &answer); err != nil {
		return nil, err
	}
	id, err := ids.Parse[ids.Device](answer.DeviceID)
	if err != nil {
		return nil, fmt.Errorf("bench: enrol: %w", err)
	}
	d := &device{profile: &answer.Profile}
	if d.seed, err = answer.Sealed.Open(b.open, id, answer.Generation); err != nil {
		return nil, fmt.Errorf("bench: enrol: %w", err)
	}
	alias, err := strconv.ParseUint(answer.Alias, 10, 64)
	d.alias = paycode.Alias(alias)
	if err != nil || !answer.Profile.Fits(d.alias) || answer.Profile.Validate() != nil {
		return nil, errors.New("bench: enrol: the answer makes no sense")
	}
	return d, nil
}
