package wechat

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/webhook"
)

// FormV3 names Notify.
const FormV3 = "wechat-v3"

// Secrets answers the key under which a merchant is told secrets. access.Service implements it.
type Secrets interface {
	WeChatV3Secret(ctx context.Context, merchant ids.Merchant) (string, error)
}

// Notify is how a merchant is told at a notify_url of version 3 that an order was paid or
// a refund was made: JSON that the platform's key signs, with what it is about encrypted
// under his API key. It implements webhook.Form and webhook.Notice. All fields are needed.
type Notify struct {
	Secrets  Secrets
	Platform *platform.Identity
}

// kept is what is kept with a delivery: all but what is new at each attempt. It is not
// encrypted yet: by the next attempt the merchant may have another key.
type kept struct {
	ID       ids.Event    `json:"id"`
	Merchant ids.Merchant `json:"merchant"`
	Of       string       `json:"of"` // "transaction" or "refund"
	What     any          `json:"what"`
}

// noticeV3 is what is sent.
type noticeV3 struct {
	ID           string   `json:"id"`
	CreateTime   string   `json:"create_time"`
	EventType    string   `json:"event_type"`
	ResourceType string   `json:"resource_type"`
	Summary      string   `json:"summary"`
	Resource     secretV3 `json:"resource"`
}

// toldRefund is a refund as a notice has it.
type toldRefund struct {
	MchID         string     `json:"mchid"`
	OutTradeNo    string     `json:"out_trade_no"`
	TransactionID string     `json:"transaction_id"`
	OutRefundNo   string     `json:"out_refund_no"`
	RefundID      string     `json:"refund_id"`
	Status        string     `json:"refund_status"`
	SuccessTime   string     `json:"success_time"`
	Account       string     `json:"user_received_account"`
	Amount        toldAmount `json:"amount"`
}

type toldAmount struct {
	Total       int64 `json:"total"`
	Refund      int64 `json:"refund"`
	PayerTotal  int64 `json:"payer_total"`
	PayerRefund int64 `json:"payer_refund"`
}

// The numbers by which callbacks are asked for.
func noticeOfOrder(orderNo string) string   { return "order " + orderNo }
func noticeOfRefund(refundNo string) string { return "refund " + refundNo }

// Number implements webhook.Notice.
func (Notify) Number(e payment.Event, s webhook.Subject) string {
	switch {
	case e.Kind == payment.EventSucceeded:
		return noticeOfOrder(s.Payment.OrderNo)
	case e.Kind == payment.EventRefunded && s.Refund != nil:
		return noticeOfRefund(s.Refund.RefundNo)
	}
	return ""
}

// Body implements webhook.Notice.
func (Notify) Body(_ context.Context, e payment.Event, s webhook.Subject) ([]byte, error) {
	p := s.Payment
	k := kept{ID: e.ID, Merchant: p.Merchant, Of: "transaction", What: transactionOf(paidAt(p, e.ID.Time()))}
	if r := s.Refund; r != nil {
		total, part := p.Amount.Minor, r.Amount.Minor
		k.Of, k.What = "refund", toldRefund{
			MchID: p.Merchant.String(), OutTradeNo: p.OrderNo, TransactionID: p.ID.String(), OutRefundNo: r.RefundNo, RefundID: r.ID.String(),
			Status: "SUCCESS", SuccessTime: rfc3339(r.CreatedAt), Account: receiver, Amount: toldAmount{total, part, total, part},
		}
	}
	return json.Marshal(k)
}

// paidAt is a payment as it was when it was paid: since then it may have been given back.
func paidAt(p payment.Payment, at time.Time) payment.Payment {
	if p.Status == payment.Canceled { // whose time is that of the cancel
		p.SettledAt = at
	}
	p.Status = payment.Succeeded
	return p
}

// Request implements webhook.Form.
func (n Notify) Request(ctx context.Context, j webhook.Job, now time.Time) (http.Header, []byte, error) {
	var k struct {
		kept
		What jsontext.Value `json:"what"`
	}
	if err := json.Unmarshal(j.Body, &k); err != nil {
		return nil, nil, err
	}
	key, err := n.Secrets.WeChatV3Secret(ctx, k.Merchant)
	if err != nil {
		return nil, nil, err
	}
	secret, err := encrypt(key, k.Of, k.What)
	if err != nil {
		return nil, nil, err
	}
	secret.OriginalType = k.Of
	told := noticeV3{ID: k.ID.String(), CreateTime: rfc3339(k.ID.Time()), EventType: "TRANSACTION.SUCCESS", ResourceType: "encrypt-resource", Summary: "支付成功", Resource: secret}
	if k.Of == "refund" {
		told.EventType, told.Summary = "REFUND.SUCCESS", "退款成功"
	}
	body, err := json.Marshal(told)
	if err != nil {
		return nil, nil, err
	}
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	sign(h, n.Platform, now, body)
	return h, body, nil
}

// Outcome implements webhook.Form.
func (Notify) Outcome(status int, _ []byte) webhook.Outcome {
	if status == http.StatusOK || status == http.StatusNoContent {
		return webhook.Received
	}
	return webhook.Again
}

// Schedule implements webhook.Form: WeChat Pay's, sixteen attempts within 25 hours.
func (Notify) Schedule() []time.Duration {
	return []time.Duration{
		15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
		30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour, 6 * time.Hour, 6 * time.Hour,
	}
}

// ask keeps a notify_url, before anything is done of which it is to be told.
func (c *Calls) ask(ctx context.Context, m ids.Merchant, form, number, url string) error {
	if url == "" {
		return nil
	}
	return c.Callbacks.Ask(ctx, webhook.Callback{Merchant: m, Form: form, Number: number, URL: url})
}
