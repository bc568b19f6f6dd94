package webhook

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Callback is what a till of another system asked for: that the merchant be
// told, in that system's form, what becomes of one order or one refund. Its
// deliveries are kept and carried out like those of an endpoint.
type Callback struct {
	Merchant  ids.Merchant
	Form      string // a name in Clerk.Notices and SenderConfig.Forms
	Number    string // of the order or the refund, as the form's Notice numbers them
	URL       string
	CreatedAt time.Time
}

// Callbacks keeps what was asked for.
type Callbacks interface {
	// AddCallback keeps a callback, durable on return, and the endpoint that its
	// deliveries belong to. What is there already stays as it is.
	AddCallback(ctx context.Context, c Callback, to Endpoint) error
}

// Ask has a merchant be told of events about an order or a refund. It is done
// before the money moves: what is not kept by then would be lost with a server
// that dies. Of two URLs for one number the first stays. A *field.Error for url.
func (d *Desk) Ask(ctx context.Context, c Callback) error {
	if err := d.Policy.CheckURL(c.URL); err != nil {
		return err
	}
	c.CreatedAt = d.Now()
	return d.Callbacks.AddCallback(ctx, c, Endpoint{ID: laneOf(c.Merchant, c.Form), Merchant: c.Merchant, Form: c.Form, CreatedAt: c.CreatedAt})
}

// laneOf names what all callbacks of a merchant in one form go by: however many URLs he
// names, so many attempts run side by side as to one endpoint.
func laneOf(m ids.Merchant, form string) ids.Webhook {
	id, sum := ids.Webhook(m), sha256.Sum256([]byte(m.String()+" "+form))
	copy(id[9:14], sum[:]) // all but the time, the version and the bucket
	return id
}

// Notice is what a form says.
type Notice interface {
	// Number is that under which a callback about an event would have been asked
	// for; empty when the form has nothing to say of it.
	Number(e payment.Event, s Subject) string
	// Body is what is kept with the delivery, and given to the form at every attempt.
	Body(ctx context.Context, e payment.Event, s Subject) ([]byte, error)
}

// noticed lists the deliveries of events to merchants who asked for callbacks.
func (c *Clerk) noticed(ctx context.Context, bucket int, endpoints []Endpoint, events []payment.Event, subjects map[ids.Event]Subject) (all []Delivery, err error) {
	var asked []Callback
	var about []payment.Event // what each was asked about
	for _, to := range endpoints {
		notice := c.Notices[to.Form]
		for _, e := range events {
			if notice == nil || !to.Listens(e) {
				continue
			}
			if number := notice.Number(e, subjects[e.ID]); number != "" {
				asked, about = append(asked, Callback{Merchant: to.Merchant, Form: to.Form, Number: number}), append(about, e)
			}
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	urls, err := c.Store.CallbackURLs(ctx, bucket, asked)
	if err != nil {
		return nil, err
	}
	for i, a := range asked {
		if urls[i] == "" {
			continue
		}
		body, err := c.Notices[a.Form].Body(ctx, about[i], subjects[about[i].ID])
		if err != nil {
			return nil, err
		}
		all = append(all, Delivery{Endpoint: laneOf(a.Merchant, a.Form), Event: about[i].ID, URL: urls[i], Body: body, NextAt: c.Now()})
	}
	return all, nil
}
