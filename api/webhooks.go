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
	ID           ids.Webhook         `json:"id" doc:"TypeID" example:"wh_01jfja0yrcfgzrmq9f3r69q2kp"`
	URL          string              `json:"url" format:"uri" doc:"where events are posted to"`
	Events       []payment.EventKind `json:"events" doc:"those that it listens to"`
	Enabled      bool                `json:"enabled" doc:"whether it is sent anything; what it should hear is kept as failed meanwhile"`
	DisabledAt   *time.Time          `json:"disabled_at,omitempty" doc:"since when it is not enabled"`
	FailingSince *time.Time          `json:"failing_since,omitempty" doc:"since when every attempt has failed; absent when the last one did not"`
	Secret       string              `json:"secret,omitempty" doc:"signs the deliveries (Standard Webhooks); shown this once" example:"whsec_…"`
	CreatedAt    time.Time           `json:"created_at" doc:"RFC 3339, UTC"`
}

func webhookOf(e webhook.Endpoint) Webhook {
	return Webhook{
		ID: e.ID, URL: e.URL, Events: e.Events, CreatedAt: e.CreatedAt.UTC(),
		Enabled: e.DisabledAt.IsZero(), DisabledAt: moment(e.DisabledAt), FailingSince: moment(e.FailingSince),
	}
}

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
	changeWebhookInput struct {
		WebhookPath
		Body struct {
			URL     *string  `json:"url,omitempty" minLength:"1" maxLength:"2048" doc:"https, on a public address; what waits goes there too" example:"https://shop.example/paycode"`
			Events  []string `json:"events,omitempty" maxItems:"16" doc:"as when it was made; an empty list for all of them" example:"[\"payment.succeeded\"]"`
			Enabled *bool    `json:"enabled,omitempty" doc:"false to be sent nothing until it is true again"`
		}
	}
	secretOutput struct {
		Body struct {
			Secret   string    `json:"secret" doc:"signs the deliveries from now on; shown this once" example:"whsec_…"`
			OldUntil time.Time `json:"old_until" doc:"until when deliveries are signed with the secret before it as well; RFC 3339, UTC"`
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
	register(a, route{method: "PATCH", path: "/v1/webhooks/{id}", id: "change-webhook", tag: tag, role: role, status: http.StatusOK,
		summary: "Change a webhook", about: "What is left out stays as it is. One at which every attempt has failed for five days, or that answered 410, was disabled: enable it here, " +
			"then have what it missed sent again.", codes: []Code{NotFound}}, a.changeWebhook)
	register(a, route{method: "POST", path: "/v1/webhooks/{id}/secret", id: "rotate-webhook-secret", tag: tag, role: role, status: http.StatusOK,
		summary: "Replace a webhook's secret", about: "For 24 hours deliveries are signed with both, so that the receiver may learn the new one meanwhile. If the answer is lost, call again: " +
			"all secrets of the last 24 hours sign.", codes: []Code{NotFound, TooManySecrets}}, a.rotateSecret)
	register(a, route{method: "DELETE", path: "/v1/webhooks/{id}", id: "remove-webhook", tag: tag, role: role, status: http.StatusNoContent,
		summary: "Remove a webhook", about: "What is on its way may still arrive.", codes: []Code{NotFound}}, a.removeWebhook)
	a.deliveryCalls()
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

func (a *API) changeWebhook(ctx context.Context, in *changeWebhookInput) (*webhookOutput, error) {
	e, err := a.Webhooks.Change(ctx, callerOf(ctx).Merchant, in.ID, webhook.Change{URL: in.Body.URL, Events: in.Body.Events, Enabled: in.Body.Enabled})
	if err != nil {
		return nil, err
	}
	return &webhookOutput{webhookOf(e)}, nil
}

func (a *API) rotateSecret(ctx context.Context, in *WebhookPath) (*secretOutput, error) {
	e, err := a.Webhooks.Rotate(ctx, callerOf(ctx).Merchant, in.ID)
	if err != nil {
		return nil, err
	}
	out := &secretOutput{}
	out.Body.Secret, out.Body.OldUntil = e.Secret.Reveal(), e.Retired[len(e.Retired)-1].Until.UTC()
	return out, nil
}

func (a *API) removeWebhook(ctx context.Context, in *WebhookPath) (*struct{}, error) {
	return nil, a.Webhooks.Remove(ctx, callerOf(ctx).Merchant, in.ID)
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
