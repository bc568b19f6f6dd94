package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/paycode/paycode/api/events"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// pageLimit is how many payments a page has unless the caller asks for fewer or more.
const pageLimit = 50

type (
	// PaymentPath names a payment.
	PaymentPath struct {
		ID ids.Payment `path:"id" doc:"TypeID of the payment" example:"pay_01jfja0yrcfgzrmq9f3r69q2kp"`
	}
	// Page asks for a part of a list.
	Page struct {
		Cursor ids.Payment `query:"cursor" doc:"next_cursor of the page before; left out for the first page"`
		Limit  int         `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"payments a page"`
	}
	payerPaymentsOutput struct {
		Body struct {
			Payments   []PayerPayment `json:"payments" doc:"newest first"`
			NextCursor *ids.Payment   `json:"next_cursor,omitempty" doc:"absent on the last page"`
			Balance    Balance        `json:"balance" doc:"what the payer can spend now"`
		}
	}
	payerPaymentOutput struct{ Body PayerPayment }
)

func (a *API) devicePaymentCalls() {
	const tag = "Device"
	role := RoleDevice
	register(a, route{method: "GET", path: "/v1/device/payments", id: "list-device-payments", tag: tag, role: role, status: http.StatusOK,
		summary: "The payer's history", about: "Payments of all of the payer's devices, newest first."}, a.payerPayments)
	register(a, route{method: "GET", path: "/v1/device/payments/{id}", id: "get-device-payment", tag: tag, role: role, status: http.StatusOK,
		summary: "One of the payer's payments", codes: []Code{NotFound}}, a.payerPayment)
	for _, c := range []struct {
		verb, summary string
		accept        bool
	}{{"confirm", "Confirm a pending payment", true}, {"reject", "Reject a pending payment", false}} {
		register(a, route{method: "POST", path: "/v1/device/payments/{id}/" + c.verb, id: c.verb + "-payment", tag: tag, role: role, status: http.StatusOK,
			summary: c.summary, about: "The same answer again changes nothing. Limits and funds are looked at again, so a confirmed payment may still be declined.",
			codes: []Code{NotFound, NotPending, DeviceFrozen, Overloaded}}, a.answerConfirmation(c.accept))
	}
	a.handle(route{method: "GET", path: EventsPath, id: "device-events", tag: tag, role: role, status: http.StatusOK,
		summary: "What happens, as it happens",
		about: "Server-sent events: payment.succeeded, payment.confirm_requested, payment.declined, payment.canceled, payment.refunded, payer.topped_up " +
			"with the payment, where there is one, and the balance; device.frozen, device.unfrozen and device.revoked, which concern this device and end the stream. A comment every 15 seconds shows that the stream lives. " +
			"Nothing is repeated: read the history after connecting again.", codes: []Code{Overloaded}}, nil,
		&huma.Response{Description: "A stream that does not end", Content: map[string]*huma.MediaType{"text/event-stream": {
			Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[EventData](), true, "EventData"),
		}}}, a.events)
}

func (a *API) payerPayments(ctx context.Context, in *Page) (*payerPaymentsOutput, error) {
	payer := callerOf(ctx).Device.Payer
	found, err := a.History.PayerPayments(ctx, payer, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &payerPaymentsOutput{}
	found, out.Body.NextCursor = page(found, in.Limit)
	out.Body.Payments = make([]PayerPayment, len(found))
	for i, p := range found {
		if out.Body.Payments[i], err = a.forPayer(ctx, p); err != nil {
			return nil, err
		}
	}
	balance, err := a.Payments.Balance(ctx, payer)
	out.Body.Balance = balanceOf(balance)
	return out, err
}

// page cuts what was asked for, one more than limit, to limit, and says where the next page begins.
func page(found []payment.Payment, limit int) ([]payment.Payment, *ids.Payment) {
	if len(found) <= limit {
		return found, nil
	}
	return found[:limit], &found[limit-1].ID
}

func (a *API) payerPayment(ctx context.Context, in *PaymentPath) (*payerPaymentOutput, error) {
	p, err := a.Payments.Store.Payment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if p.Payer != callerOf(ctx).Device.Payer {
		return nil, payment.ErrNotFound
	}
	out, err := a.withReceipt(ctx, p)
	return &payerPaymentOutput{out}, err
}

func (a *API) answerConfirmation(accept bool) func(context.Context, *PaymentPath) (*payerPaymentOutput, error) {
	return func(ctx context.Context, in *PaymentPath) (*payerPaymentOutput, error) {
		p, err := a.Payments.Confirm(ctx, in.ID, callerOf(ctx).Device.ID, accept)
		if err != nil {
			return nil, err
		}
		out, err := a.forPayer(ctx, p)
		return &payerPaymentOutput{out}, err
	}
}

func (a *API) forPayer(ctx context.Context, p payment.Payment) (PayerPayment, error) {
	payer, err := a.payers.of(ctx, p.Payer)
	if err != nil {
		return PayerPayment{}, err
	}
	merchant, err := a.merchants.of(ctx, p.Merchant)
	return PayerPayment{Payment: paymentOf(p, payer), Merchant: MerchantName{p.Merchant, merchant}}, err
}

// EventData is what an event of a device's stream carries.
type EventData struct {
	Payment *PayerPayment `json:"payment,omitempty" doc:"as it is now; absent where no payment is concerned"`
	Balance Balance       `json:"balance" doc:"what the payer can spend now"`
}

// Events are the streams of devices. An events.Hub is one.
type Events interface {
	Subscribe(payer ids.Payer, device ids.Device, mayConfirm bool) (stream <-chan payment.Event, cancel func())
	Streams() int
}

// maxStreams is how many streams one server holds open at a time.
const maxStreams = 10_000

func (a *API) events(w http.ResponseWriter, r *http.Request) error {
	if a.Events.Streams() >= maxStreams {
		return newProblem(Overloaded)
	}
	d := callerOf(r.Context()).Device
	stream, cancel := a.Events.Subscribe(d.Payer, d.ID, d.Status == payment.DeviceActive)
	defer cancel()
	err := events.Serve(w, r, stream, func(e payment.Event) (any, error) { return a.eventData(r.Context(), e) })
	if err != nil && r.Context().Err() == nil {
		a.Log.Warn("stream ended", "request_id", exchangeOf(r.Context()).id, "err", err)
	}
	return nil // the status has been sent
}

func (a *API) eventData(ctx context.Context, e payment.Event) (EventData, error) {
	balance, err := a.Payments.Balance(ctx, e.Payer)
	if err != nil {
		return EventData{}, err
	}
	data := EventData{Balance: balanceOf(balance)}
	if e.Payment.IsZero() {
		return data, nil
	}
	p, err := a.Payments.Store.Payment(ctx, e.Payment)
	if err != nil {
		return EventData{}, err
	}
	shown, err := a.forPayer(ctx, p)
	data.Payment = &shown
	return data, err
}
