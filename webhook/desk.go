package webhook

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/paycode/paycode/ids"
)

// Endpoints keeps endpoints and shows what became of their deliveries. What is
// written is durable on return.
type Endpoints interface {
	// AddEndpoint keeps a new endpoint; ErrTooMany when the merchant has max already.
	AddEndpoint(ctx context.Context, e Endpoint, max int) error
	// Endpoints lists a merchant's endpoints, oldest first, without their secrets.
	Endpoints(ctx context.Context, merchant ids.Merchant) ([]Endpoint, error)
	// RemoveEndpoint deletes an endpoint of a merchant with its deliveries; ErrNotFound.
	RemoveEndpoint(ctx context.Context, merchant ids.Merchant, id ids.Webhook) error
	// Deliveries lists the latest deliveries of a merchant's endpoint, newest
	// first, at most limit, without their bodies; ErrNotFound.
	Deliveries(ctx context.Context, merchant ids.Merchant, id ids.Webhook, limit int) ([]Delivery, error)
}

// Desk is where merchants register endpoints. All fields are needed.
type Desk struct {
	Store     Endpoints
	Callbacks Callbacks
	Policy    Policy
	Now       func() time.Time
	Random    io.Reader // a CSPRNG
	Buckets   int       // of the store
}

// Register keeps a new endpoint for the named events, all when there are none.
// The secret in the answer is shown to the merchant with Reveal, now and never
// again. A *field.Error for url or events; ErrTooMany.
func (d *Desk) Register(ctx context.Context, merchant ids.Merchant, url string, events []string) (Endpoint, error) {
	if err := d.Policy.CheckURL(url); err != nil {
		return Endpoint{}, err
	}
	kinds, err := ParseKinds(events)
	if err != nil {
		return Endpoint{}, err
	}
	now, maker := d.Now(), ids.Maker{Random: d.Random, Buckets: d.Buckets}
	e := Endpoint{
		ID: ids.New[ids.Webhook](maker, now, merchant.Bucket(d.Buckets)), Merchant: merchant,
		URL: url, Events: kinds, CreatedAt: now,
	}
	if _, err := io.ReadFull(d.Random, e.Secret[:]); err != nil {
		return Endpoint{}, fmt.Errorf("webhook: %w", err)
	}
	if err := d.Store.AddEndpoint(ctx, e, MaxEndpoints); err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

// List answers a merchant's endpoints, oldest first, without their secrets.
func (d *Desk) List(ctx context.Context, merchant ids.Merchant) ([]Endpoint, error) {
	return d.Store.Endpoints(ctx, merchant)
}

// Remove deletes an endpoint. What is on its way to it may still arrive. ErrNotFound.
func (d *Desk) Remove(ctx context.Context, merchant ids.Merchant, id ids.Webhook) error {
	return d.Store.RemoveEndpoint(ctx, merchant, id)
}

// Log answers the latest deliveries to an endpoint, newest first, without their
// bodies. ErrNotFound.
func (d *Desk) Log(ctx context.Context, merchant ids.Merchant, id ids.Webhook, limit int) ([]Delivery, error) {
	return d.Store.Deliveries(ctx, merchant, id, limit)
}
