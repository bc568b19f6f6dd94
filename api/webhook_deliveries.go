package api

import (
	"context"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/webhook"
)

// Delivery is one event on its way to a webhook.
type Delivery struct {
	EventID    ids.Event  `json:"event_id" doc:"TypeID; the webhook-id header of the delivery" example:"evt_01jfja0yrcfgzrmq9f3r69q2kp"`
	State      string     `json:"state" enum:"waiting,delivered,failed" doc:"failed: given up"`
	Attempts   int        `json:"attempts" doc:"how often it was tried"`
	NextAt     *time.Time `json:"next_at,omitempty" doc:"when it is tried next; absent when it is done"`
	DoneAt     *time.Time `json:"done_at,omitempty" doc:"when it was delivered, or given up"`
	LastAnswer string     `json:"last_answer,omitempty" doc:"the status that was answered last, or why there was none" example:"204 No Content"`
	Tries      []Try      `json:"tries" doc:"the latest attempts, oldest first, at most 12"`
}

// Try is one attempt to deliver.
type Try struct {
	At     time.Time `json:"at" doc:"when it began; RFC 3339, UTC"`
	TookMS int64     `json:"took_ms" doc:"until it was answered, or failed, in milliseconds" example:"85"`
	Answer string    `json:"answer" doc:"the status that was answered, or why there was none" example:"500 Internal Server Error"`
}

func deliveryOf(d webhook.Delivery) Delivery {
	out := Delivery{EventID: d.Event, State: d.State(), Attempts: d.Attempts, DoneAt: moment(d.DoneAt), LastAnswer: d.LastAnswer, Tries: []Try{}}
	if out.DoneAt == nil {
		out.NextAt = moment(d.NextAt)
	}
	for _, t := range d.Tries {
		out.Tries = append(out.Tries, Try{t.At.UTC(), t.Took.Milliseconds(), t.Answer})
	}
	return out
}

type (
	deliveriesInput struct {
		WebhookPath
		Cursor ids.Event `query:"cursor" doc:"next_cursor of the page before; left out for the first page"`
		Limit  int       `query:"limit" minimum:"1" maximum:"100" default:"100" doc:"deliveries on a page"`
	}
	deliveriesOutput struct {
		Body struct {
			Deliveries []Delivery `json:"deliveries" doc:"newest event first"`
			NextCursor *ids.Event `json:"next_cursor,omitempty" doc:"absent on the last page"`
		}
	}
	redeliverInput struct {
		WebhookPath
		Event ids.Event `path:"event_id" doc:"TypeID of the event" example:"evt_01jfja0yrcfgzrmq9f3r69q2kp"`
	}
	deliveryOutput       struct{ Body Delivery }
	redeliverFailedInput struct {
		WebhookPath
		Body struct {
			Since time.Time `json:"since" doc:"when the first of the events happened; RFC 3339"`
		}
	}
	redeliveredOutput struct {
		Body struct {
			Redelivered int  `json:"redelivered" doc:"how many are sent again"`
			More        bool `json:"more" doc:"whether there are more: call again"`
		}
	}
)

func (a *API) deliveryCalls() {
	const tag = "Merchant"
	role := access.RoleMerchant
	register(a, route{method: "GET", path: "/v1/webhooks/{id}/deliveries", id: "list-deliveries", tag: tag, role: role, status: http.StatusOK,
		summary: "What became of deliveries", about: "For 30 days.", codes: []Code{NotFound}}, a.deliveries)
	register(a, route{method: "POST", path: "/v1/webhooks/{id}/deliveries/{event_id}/redeliver", id: "redeliver", tag: tag, role: role, status: http.StatusAccepted,
		summary: "Send one event again", about: "At once, with the body of the first time, also when it was delivered; retried as at first.", codes: []Code{NotFound, WebhookDisabled}}, a.redeliver)
	register(a, route{method: "POST", path: "/v1/webhooks/{id}/redeliver", id: "redeliver-failed", tag: tag, role: role, status: http.StatusAccepted,
		summary: "Send all that failed since again", about: "What was given up of events since then, oldest first, a thousand with each call.", codes: []Code{NotFound, WebhookDisabled}}, a.redeliverFailed)
}

func (a *API) deliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	found, err := a.Webhooks.Log(ctx, callerOf(ctx).Merchant, in.ID, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = &found[in.Limit-1].Event
	}
	for _, d := range found {
		out.Body.Deliveries = append(out.Body.Deliveries, deliveryOf(d))
	}
	return out, nil
}

func (a *API) redeliver(ctx context.Context, in *redeliverInput) (*deliveryOutput, error) {
	d, err := a.Webhooks.Redeliver(ctx, callerOf(ctx).Merchant, in.ID, in.Event)
	if err != nil {
		return nil, err
	}
	return &deliveryOutput{deliveryOf(d)}, nil
}

func (a *API) redeliverFailed(ctx context.Context, in *redeliverFailedInput) (out *redeliveredOutput, err error) {
	out = &redeliveredOutput{}
	out.Body.Redelivered, out.Body.More, err = a.Webhooks.RedeliverFailed(ctx, callerOf(ctx).Merchant, in.ID, in.Body.Since)
	return out, err
}
