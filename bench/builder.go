package bench

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
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

func newBuilder(server, operatorKey string) *builder {
	return &builder{run: rand.Text()[:8], operator: &client.Client{
		Server: server, Authorize: client.Bearer(operatorKey),
		HTTP: &http.Client{Timeout: answerWithin, Transport: &http.Transport{MaxIdleConnsPerHost: builders}},
	}}
}

// market is a world of merchants.
func (b *builder) market(ctx context.Context, merchants int) (*World, error) {
	base, err := url.Parse(b.operator.Server)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	w := &World{base: base, name: b.run, operator: b.operator, heads: make([][]byte, merchants), merchants: make([]string, merchants)}
	return w, b.forAll(ctx, merchants, new(atomic.Int64), func(ctx context.Context, i int) error {
		id, key, err := b.merchant(ctx, i)
		w.merchants[i], w.heads[i] = id, head(base, key)
		return err
	})
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

func (b *builder) merchant(ctx context.Context, i int) (id, key string, err error) {
	var made struct{ ID, Key string }
	if err := b.call(ctx, "/v1/merchants", map[string]any{"name": "Shop " + strconv.Itoa(i), "currency": Currency}, &made); err != nil {
		return "", "", err
	}
	id = made.ID
	err = b.call(ctx, "/v1/merchants/"+id+"/keys", nil, &made)
	return id, made.Key, err
}

func (b *builder) call(ctx context.Context, path string, in, out any) error {
	if err := b.operator.Call(ctx, "POST", path, in, out); err != nil {
		return fmt.Errorf("bench: %s: %w", path, err)
	}
	return nil
}

// forAll makes each of n, several at a time, and stops at the first error.
func (b *builder) forAll(ctx context.Context, n int, built *atomic.Int64, one func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range builders {
		wg.Go(func() {
			for i := range numbers {
				if err := one(ctx, i); err != nil {
					stop(err)
					continue // until nobody sends any more
				}
				built.Add(1)
			}
		})
	}
	for i := range n {
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
	if err := b.call(ctx, "/v1/payers", map[string]any{"external_id": name, "currency": Currency, "name": name}, &payer); err != nil {
		return nil, err
	}
	if err := b.topUp(ctx, payer.ID); err != nil {
		return nil, err
	}
	limits := payment.Limits{PerPayment: balance, PerDay: balance, CountPerDay: 100_000, ConfirmAbove: balance}
	if err := b.operator.Call(ctx, "PUT", "/v1/payers/"+payer.ID+"/limits", limits, nil); err != nil {
		return nil, fmt.Errorf("bench: limits: %w", err)
	}
	var ticket struct{ Ticket string }
	if err := b.call(ctx, "/v1/payers/"+payer.ID+"/tickets", nil, &ticket); err != nil {
		return nil, err
	}
	return b.enrol(ctx, ticket.Ticket)
}

func (b *builder) topUp(ctx context.Context, payer string) error {
	return b.call(ctx, "/v1/payers/"+payer+"/topups", map[string]any{"reference": "bench", "amount": balance}, nil)
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
