package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Subject is what an event is about, as it is when the event is taken.
type Subject struct {
	Payment payment.Payment
	Refund  *payment.Refund // for payment.refunded
}

// Events is what a Clerk needs kept.
type Events interface {
	// ListeningEndpoints lists the endpoints of merchants of one bucket, without
	// secrets, and those that their callbacks belong to.
	ListeningEndpoints(ctx context.Context, bucket int, merchants []ids.Merchant) ([]Endpoint, error)
	// Subjects loads what events of one bucket are about.
	Subjects(ctx context.Context, bucket int, events []payment.Event) (map[ids.Event]Subject, error)
	// CallbackURLs answers where callbacks of merchants of one bucket go that have
	// the merchant, form and number of these, in their order; empty for one that nobody asked for.
	CallbackURLs(ctx context.Context, bucket int, of []Callback) ([]string, error)
	// AddDeliveries keeps deliveries to endpoints of one bucket, durable on return.
	// One that is kept already is left as it is, and one to an endpoint that
	// has been removed is left out.
	AddDeliveries(ctx context.Context, bucket int, deliveries []Delivery) error
}

// Clerk makes deliveries of events. It implements outbox.Receiver. All fields
// but Notices are needed.
type Clerk struct {
	Store    Events
	Describe func(context.Context, Subject) (any, error) // the "data" of a body
	Notices  map[string]Notice                           // what is said in other forms
	Added    func(bucket int)                            // called after deliveries of a bucket were added; must not block
	Now      func() time.Time
	Buckets  int // of the store
}

// Take makes a delivery for each endpoint that listens to each event. Events of
// merchants whose rows cannot be reached just now are not taken.
func (c *Clerk) Take(ctx context.Context, bucket int, events []payment.Event) (taken []ids.Event, err error) {
	byMerchants := map[int][]payment.Event{}
	for _, e := range events {
		if e.Merchant.IsZero() {
			taken = append(taken, e.ID)
			continue
		}
		b := e.Merchant.Bucket(c.Buckets)
		byMerchants[b] = append(byMerchants[b], e)
	}
	for b, theirs := range byMerchants {
		if failed := c.takeFor(ctx, bucket, b, theirs); failed != nil {
			err = fmt.Errorf("webhook: bucket %d: %w", b, failed)
			continue
		}
		for _, e := range theirs {
			taken = append(taken, e.ID)
		}
	}
	return taken, err
}

// takeFor takes events of merchants of one bucket; from is the bucket of the events.
func (c *Clerk) takeFor(ctx context.Context, from, bucket int, events []payment.Event) error {
	endpoints, err := c.Store.ListeningEndpoints(ctx, bucket, merchantsOf(events))
	if err != nil || len(endpoints) == 0 {
		return err
	}
	heard := listenedTo(endpoints, events)
	if len(heard) == 0 {
		return nil
	}
	subjects, err := c.Store.Subjects(ctx, from, heard)
	if err != nil {
		return err
	}
	deliveries, err := c.noticed(ctx, bucket, endpoints, heard, subjects)
	if err != nil {
		return err
	}
	for _, e := range heard {
		body, err := c.body(ctx, e, subjects[e.ID])
		if err != nil {
			return err
		}
		for _, to := range endpoints {
			if to.Form == "" && to.Listens(e) {
				deliveries = append(deliveries, Delivery{Endpoint: to.ID, Event: e.ID, Body: body, NextAt: c.Now()})
			}
		}
	}
	if err := c.Store.AddDeliveries(ctx, bucket, deliveries); err != nil {
		return err
	}
	c.Added(bucket)
	return nil
}

func merchantsOf(events []payment.Event) (merchants []ids.Merchant) {
	seen := map[ids.Merchant]bool{}
	for _, e := range events {
		if !seen[e.Merchant] {
			seen[e.Merchant] = true
			merchants = append(merchants, e.Merchant)
		}
	}
	return merchants
}

// listenedTo are the events that some endpoint wants to hear of.
func listenedTo(endpoints []Endpoint, events []payment.Event) (heard []payment.Event) {
	for _, event := range events {
		for _, e := range endpoints {
			if e.Listens(event) {
				heard = append(heard, event)
				break
			}
		}
	}
	return heard
}

// body is what is sent: the same bytes at every attempt.
func (c *Clerk) body(ctx context.Context, e payment.Event, s Subject) ([]byte, error) {
	data, err := c.Describe(ctx, s)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Type      payment.EventKind `json:"type"`
		Timestamp time.Time         `json:"timestamp"`
		Data      any               `json:"data"`
	}{e.Kind, e.ID.Time(), data})
}
