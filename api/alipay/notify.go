package alipay

import (
	"context"
	"crypto"
	"net/http"
	"net/url"
	"time"

	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/webhook"
)

// Notify is how a merchant is told at a notify_url what became of a trade: a form (RFC
// 1866) that the platform's key signs, until "success" is answered. It implements
// webhook.Form and webhook.Notice.
type Notify struct {
	Platform *platform.Identity // not needed for a Notice
	Hash     crypto.Hash        // that of the call which asked for it
}

// formOf names a Notify.
func formOf(h crypto.Hash) string { return "alipay-" + signTypes[h] }

// Forms are the conventions in which callbacks are told, by the names that callbacks have.
func Forms(i *platform.Identity) map[string]Notify {
	all := map[string]Notify{}
	for h := range signTypes {
		all[formOf(h)] = Notify{i, h}
	}
	return all
}

// Number implements webhook.Notice: the order's, once it is paid, given back or given up.
func (Notify) Number(e payment.Event, s webhook.Subject) string {
	switch e.Kind {
	case payment.EventSucceeded, payment.EventRefunded, payment.EventCanceled:
		return s.Payment.OrderNo
	}
	return ""
}

// Body implements webhook.Notice: the parameters that are the same each time. None is
// empty, because clients differ in whether an empty one is signed.
func (n Notify) Body(_ context.Context, e payment.Event, s webhook.Subject) ([]byte, error) {
	p := s.Payment
	told := params{
		"notify_type": "trade_status_sync", "notify_id": e.ID.String(), "version": "1.0", "charset": "utf-8", "sign_type": signTypes[n.Hash],
		"app_id": p.Merchant.String(), "auth_app_id": p.Merchant.String(), "seller_id": p.Merchant.String(),
		"trade_no": p.ID.String(), "out_trade_no": p.OrderNo, "trade_status": toldStatus(e, p), "total_amount": p.Amount.Decimal(),
		"gmt_create": stamp(p.CreatedAt),
	}
	if p.Subject != "" {
		told["subject"] = p.Subject
	}
	if p.Status != payment.Canceled { // whose time is that of the cancel
		told["gmt_payment"], told["receipt_amount"], told["buyer_pay_amount"] = stamp(p.SettledAt), p.Amount.Decimal(), p.Amount.Decimal()
	}
	if p.Refunded > 0 {
		told["refund_fee"] = money.Amount{Minor: p.Refunded, Currency: p.Amount.Currency}.Decimal()
	}
	closed := p.SettledAt
	if r := s.Refund; r != nil {
		told["out_biz_no"], told["gmt_refund"], closed = r.RefundNo, r.CreatedAt.In(beijing).Format(stampLayout+".000"), r.CreatedAt
	}
	if told["trade_status"] == "TRADE_CLOSED" {
		told["gmt_close"] = stamp(closed)
	}
	return []byte(told.encoded()), nil
}

// toldStatus is what an event says of a trade; it may be taken later than the trade went on.
func toldStatus(e payment.Event, p payment.Payment) string {
	if e.Kind == payment.EventSucceeded {
		return "TRADE_SUCCESS"
	}
	return statusOf(p)
}

// Request implements webhook.Form. What is signed leaves out sign_type, unlike a call.
func (n Notify) Request(_ context.Context, j webhook.Job, now time.Time) (http.Header, []byte, error) {
	told := params{}
	if err := told.add(string(j.Body)); err != nil {
		return nil, nil, err
	}
	told["notify_time"] = stamp(now)
	kind := told["sign_type"]
	delete(told, "sign_type")
	signature, err := sign(n.Platform, n.Hash, told.signed(true))
	if err != nil {
		return nil, nil, err
	}
	told["sign"], told["sign_type"] = signature, kind
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, []byte(told.encoded()), nil
}

// Outcome implements webhook.Form.
func (Notify) Outcome(status int, body []byte) webhook.Outcome {
	if status == http.StatusOK && string(body) == "success" {
		return webhook.Received
	}
	return webhook.Again
}

// Schedule implements webhook.Form: eight attempts within 25 hours.
func (Notify) Schedule() []time.Duration {
	return []time.Duration{
		4 * time.Minute, 10 * time.Minute, 10 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour,
	}
}

// encoded is a form of the parameters.
func (p params) encoded() string {
	v := url.Values{}
	for name, value := range p {
		v.Set(name, value)
	}
	return v.Encode()
}
