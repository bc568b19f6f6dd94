package api

import (
	"context"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// Webhook is where a merchant wants to be told.
type Webhook struct {
	ID        ids.Webhook         `json:"id" doc:"TypeID" example:"wh_01jfja0yrcfgzrmq9f3r69q2kp"`
	URL       string              `json:"url" format:"uri" doc:"where events are posted to"`
	Events    []payment.EventKind `json:"events" doc:"those that it listens to"`
	Secret    string              `json:"secret,omitempty" doc:"signs the deliveries (Standard Webhooks); shown this once" example:"whsec_…"`
	CreatedAt time.Time           `json:"created_at" doc:"RFC 3339, UTC"`
}

func webhookOf(e webhook.Endpoint) Webhook {
	return Webhook{ID: e.ID, URL: e.URL, Events: e.Events, CreatedAt: e.CreatedAt.UTC()}
}

// Delivery is one event on its way to a webhook.
type Delivery struct {
	EventID    ids.Event  `json:"event_id" doc:"TypeID; the webhook-id header of the delivery" example:"evt_01jfja0yrcfgzrmq9f3r69q2kp"`
	Attempts   int        `json:"attempts" doc:"how often it was tried"`
	NextAt     *time.Time `json:"next_at,omitempty" doc:"when it is tried next; absent when it is done"`
	DoneAt     *time.Time `json:"done_at,omitempty" doc:"when it was delivered, or given up"`
	LastAnswer string     `json:"last_answer,omitempty" doc:"the status that was answered last, or why there was none" example:"204 No Content"`
}

func deliveryOf(d webhook.Delivery) Delivery {
	out := Delivery{EventID: d.Event, Attempts: d.Attempts, DoneAt: moment(d.DoneAt), LastAnswer: d.LastAnswer}
	if out.DoneAt == nil {
		out.NextAt = moment(d.NextAt)
	}
	return out
}

// maxDeliveries is how many deliveries are shown.
const maxDeliveries = 100

type (
	newWebhookInput struct {
		Body struct {
			URL    string   `json:"url" minLength:"1" maxLength:"2048" doc:"https, on a public address" example:"https://shop.example/paycode"`
			Events []string `json:"events,omitempty" maxItems:"16" doc:"payment.succeeded, payment.declined, payment.canceled, payment.refunded, payment.confirm_requested; all of them when left out" example:"[\"payment.succeeded\"]"`
		}
	}
	webhookOutput  struct{ Body Webhook }
	webhooksOutput struct {
		Body struct {
			Webhooks []Webhook `json:"webhooks" doc:"oldest first"`
		}
	}
	// WebhookPath names a webhook.
	WebhookPath struct {
		ID ids.Webhook `path:"id" doc:"TypeID of the webhook" example:"wh_01jfja0yrcfgzrmq9f3r69q2kp"`
	}
	deliveriesOutput struct {
		Body struct {
			Deliveries []Delivery `json:"deliveries" doc:"newest first, at most 100"`
		}
	}
)

func (a *API) webhookCalls() {
	const tag = "Merchant"
	role := access.RoleMerchant
	register(a, route{method: "POST", path: "/v1/webhooks", id: "create-webhook", tag: tag, role: role, status: http.StatusCreated,
		summary: "Be told what happens", about: "Events are posted to the URL, signed by the Standard Webhooks convention, and retried with back-off until they are answered with 2xx. " +
			"A body is {type, timestamp, data: {payment, refund?}}.", codes: []Code{TooManyWebhooks}}, a.createWebhook)
	register(a, route{method: "GET", path: "/v1/webhooks", id: "list-webhooks", tag: tag, role: role, status: http.StatusOK,
		summary: "List webhooks", about: "Without their secrets."}, a.listWebhooks)
	register(a, route{method: "DELETE", path: "/v1/webhooks/{id}", id: "remove-webhook", tag: tag, role: role, status: http.StatusNoContent,
		summary: "Remove a webhook", about: "What is on its way may still arrive.", codes: []Code{NotFound}}, a.removeWebhook)
	register(a, route{method: "GET", path: "/v1/webhooks/{id}/deliveries", id: "list-deliveries", tag: tag, role: role, status: http.StatusOK,
		summary: "What became of the latest deliveries", codes: []Code{NotFound}}, a.deliveries)
}

func (a *API) createWebhook(ctx context.Context, in *newWebhookInput) (*webhookOutput, error) {
	e, err := a.Webhooks.Register(ctx, callerOf(ctx).Merchant, in.Body.URL, in.Body.Events)
	if err != nil {
		return nil, err
	}
	out := webhookOf(e)
	out.Secret = e.Secret.Reveal()
	return &webhookOutput{out}, nil
}

func (a *API) listWebhooks(ctx context.Context, _ *struct{}) (*webhooksOutput, error) {
	all, err := a.Webhooks.List(ctx, callerOf(ctx).Merchant)
	if err != nil {
		return nil, err
	}
	out := &webhooksOutput{}
	for _, e := range all {
		out.Body.Webhooks = append(out.Body.Webhooks, webhookOf(e))
	}
	return out, nil
}

func (a *API) removeWebhook(ctx context.Context, in *WebhookPath) (*struct{}, error) {
	return nil, a.Webhooks.Remove(ctx, callerOf(ctx).Merchant, in.ID)
}

func (a *API) deliveries(ctx context.Context, in *WebhookPath) (*deliveriesOutput, error) {
	all, err := a.Webhooks.Log(ctx, callerOf(ctx).Merchant, in.ID, maxDeliveries)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	for _, d := range all {
		out.Body.Deliveries = append(out.Body.Deliveries, deliveryOf(d))
	}
	return out, nil
}

// Subject is the "data" of a webhook's body.
type Subject struct {
	Payment Payment `json:"payment" doc:"as it was when the event was taken"`
	Refund  *Refund `json:"refund,omitempty" doc:"with payment.refunded"`
}

// Describe is what a webhook tells a merchant of a subject.
func (a *API) Describe(ctx context.Context, s webhook.Subject) (any, error) {
	p, err := a.forMerchant(ctx, s.Payment)
	out := Subject{Payment: p}
	if s.Refund != nil {
		r := refundOf(*s.Refund)
		out.Refund = &r
	}
	return out, err
}
