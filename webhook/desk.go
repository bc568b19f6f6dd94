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
	// ChangeEndpoint runs change on an endpoint of a merchant, with its secrets,
	// while nobody else can change it, and keeps what it made of it; ErrNotFound,
	// or what change refuses with. It may run change again from its start.
	ChangeEndpoint(ctx context.Context, merchant ids.Merchant, id ids.Webhook, change func(*Endpoint) error) (Endpoint, error)
	// Deliveries lists deliveries of a merchant's endpoint, newest event first,
	// those of events older than before (the zero id: all), at most limit,
	// without their bodies; ErrNotFound.
	Deliveries(ctx context.Context, merchant ids.Merchant, id ids.Webhook, before ids.Event, limit int) ([]Delivery, error)
	// Redeliver has one delivery be due at once, whatever became of it, and its
	// schedule begin again. ErrNotFound, ErrDisabled.
	Redeliver(ctx context.Context, merchant ids.Merchant, id ids.Webhook, event ids.Event, now time.Time) (Delivery, error)
	// RedeliverFailed does the same for those that were given up, of events at or
	// after since, oldest first, at most limit; it answers how many. ErrNotFound, ErrDisabled.
	RedeliverFailed(ctx context.Context, merchant ids.Merchant, id ids.Webhook, since, now time.Time, limit int) (int, error)
}

// Desk is where merchants register endpoints. All fields are needed.
type Desk struct {
	Store     Endpoints
	Callbacks Callbacks
	Policy    Policy
	Now       func() time.Time
	Random    io.Reader        // a CSPRNG
	Buckets   int              // of the store
	Added     func(bucket int) // called when deliveries of a bucket have become due; must not block
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
	if e.Secret, err = d.newSecret(); err != nil {
		return Endpoint{}, err
	}
	if err := d.Store.AddEndpoint(ctx, e, MaxEndpoints); err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

func (d *Desk) newSecret() (s Secret, err error) {
	if _, err = io.ReadFull(d.Random, s[:]); err != nil {
		err = fmt.Errorf("webhook: %w", err)
	}
	return s, err
}

// Change is what is to become of an endpoint; what is nil stays as it is.
type Change struct {
	URL     *string
	Events  []string // none, but not nil: all
	Enabled *bool
}

// Change changes an endpoint. What waits for it goes to the new URL, under the
// same secret. A *field.Error for url or events; ErrNotFound.
func (d *Desk) Change(ctx context.Context, merchant ids.Merchant, id ids.Webhook, c Change) (Endpoint, error) {
	kinds, err := ParseKinds(c.Events)
	if err != nil {
		return Endpoint{}, err
	}
	if c.URL != nil {
		if err := d.Policy.CheckURL(*c.URL); err != nil {
			return Endpoint{}, err
		}
	}
	return d.Store.ChangeEndpoint(ctx, merchant, id, func(e *Endpoint) error {
		if c.URL != nil {
			e.URL = *c.URL
		}
		if c.Events != nil {
			e.Events = kinds
		}
		if c.Enabled != nil {
			e.enable(*c.Enabled, d.Now())
		}
		return nil
	})
}

// Rotate replaces an endpoint's secret. The one in the answer is shown to the
// merchant with Reveal, now and never again; for a day, what it replaces signs
// beside it. ErrNotFound, ErrTooManySecrets.
func (d *Desk) Rotate(ctx context.Context, merchant ids.Merchant, id ids.Webhook) (Endpoint, error) {
	next, err := d.newSecret()
	if err != nil {
		return Endpoint{}, err
	}
	return d.Store.ChangeEndpoint(ctx, merchant, id, func(e *Endpoint) error { return e.rotate(next, d.Now()) })
}

// List answers a merchant's endpoints, oldest first, without their secrets.
func (d *Desk) List(ctx context.Context, merchant ids.Merchant) ([]Endpoint, error) {
	return d.Store.Endpoints(ctx, merchant)
}

// Remove deletes an endpoint. What is on its way to it may still arrive. ErrNotFound.
func (d *Desk) Remove(ctx context.Context, merchant ids.Merchant, id ids.Webhook) error {
	return d.Store.RemoveEndpoint(ctx, merchant, id)
}

// Log answers deliveries to an endpoint, newest event first, those of events
// older than before (the zero id: all), without their bodies. ErrNotFound.
func (d *Desk) Log(ctx context.Context, merchant ids.Merchant, id ids.Webhook, before ids.Event, limit int) ([]Delivery, error) {
	return d.Store.Deliveries(ctx, merchant, id, before, limit)
}

// Redeliver sends an event to an endpoint once more, also when it was delivered.
// The body is the one of the first time. ErrNotFound, ErrDisabled.
func (d *Desk) Redeliver(ctx context.Context, merchant ids.Merchant, id ids.Webhook, event ids.Event) (Delivery, error) {
	again, err := d.Store.Redeliver(ctx, merchant, id, event, d.Now())
	if err == nil {
		d.Added(id.Bucket(d.Buckets))
	}
	return again, err
}

// redeliverAtOnce is how many failed deliveries are sent again by one call: what
// one transaction can change without holding up others.
const redeliverAtOnce = 1000

// RedeliverFailed sends what was given up of events since a time once more,
// oldest first, and answers how many and whether there are more: a call for each
// thousand. ErrNotFound, ErrDisabled.
func (d *Desk) RedeliverFailed(ctx context.Context, merchant ids.Merchant, id ids.Webhook, since time.Time) (n int, more bool, err error) {
	n, err = d.Store.RedeliverFailed(ctx, merchant, id, since, d.Now(), redeliverAtOnce)
	if err == nil && n > 0 {
		d.Added(id.Bucket(d.Buckets))
	}
	return n, n == redeliverAtOnce, err
}
