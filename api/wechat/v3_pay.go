package wechat

import (
	"context"
	"strconv"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

// amountV3 is an amount in minor units.
type amountV3 struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency,omitempty"`
}

// orderV3 is what codepay and native are asked with. What is not named here has no effect.
type orderV3 struct {
	AppID       string   `json:"appid"`
	MchID       string   `json:"mchid"`
	Description string   `json:"description"`
	OutTradeNo  string   `json:"out_trade_no"`
	Attach      string   `json:"attach"`
	NotifyURL   string   `json:"notify_url"` // of native: a till that charged a code has its answer
	Amount      amountV3 `json:"amount"`
	Payer       struct {
		AuthCode string `json:"auth_code"`
	} `json:"payer"`
	Scene struct {
		DeviceID string `json:"device_id"`
	} `json:"scene_info"`
}

// fields are the order in the words of version 2.
func (o orderV3) fields() fields {
	return fields{
		"out_trade_no": o.OutTradeNo, "auth_code": o.Payer.AuthCode, "body": o.Description, "device_info": o.Scene.DeviceID, "attach": o.Attach,
		"total_fee": strconv.FormatInt(o.Amount.Total, 10), "fee_type": o.Amount.Currency,
	}
}

// transactionV3 is a payment.
type transactionV3 struct {
	AppID          string    `json:"appid"`
	MchID          string    `json:"mchid"`
	OutTradeNo     string    `json:"out_trade_no"`
	TransactionID  string    `json:"transaction_id"`
	TradeType      string    `json:"trade_type"`
	TradeState     string    `json:"trade_state"`
	TradeStateDesc string    `json:"trade_state_desc"`
	BankType       string    `json:"bank_type,omitempty"`
	Attach         string    `json:"attach,omitempty"`
	SuccessTime    string    `json:"success_time,omitempty"`
	Payer          *payerV3  `json:"payer,omitempty"`
	Amount         *paidV3   `json:"amount"`
	Scene          *deviceV3 `json:"scene_info,omitempty"`
}

type payerV3 struct {
	OpenID string `json:"openid"`
}

type deviceV3 struct {
	DeviceID string `json:"device_id"`
}

type paidV3 struct {
	Total         int64  `json:"total"`
	PayerTotal    int64  `json:"payer_total"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

// transactionOf says what became of a payment.
func transactionOf(p payment.Payment) transactionV3 {
	currency := string(p.Amount.Currency)
	t := transactionV3{
		AppID: access.WeChatAppID(p.Merchant), MchID: p.Merchant.String(), OutTradeNo: p.OrderNo, TransactionID: p.ID.String(), TradeType: tradeType(p),
		TradeState: stateOf(p), Amount: &paidV3{p.Amount.Minor, 0, currency, currency},
	}
	t.TradeStateDesc = t.TradeState
	if t.TradeState != "SUCCESS" && t.TradeState != "REFUND" {
		t.TradeStateDesc = whyUnpaid(p)
		return t
	}
	t.BankType, t.SuccessTime, t.Payer = "OTHERS", rfc3339(p.SettledAt), &payerV3{statement.OpenID(p.Merchant, p.Payer)}
	t.Amount.PayerTotal = p.Amount.Minor
	if p.TerminalID != "" {
		t.Scene = &deviceV3{p.TerminalID}
	}
	return t
}

func rfc3339(t time.Time) string { return t.In(beijing).Format(time.RFC3339) }

// codepay charges by the code that was read.
func (c *Calls) codepay(ctx context.Context, s signed) (any, error) {
	var o orderV3
	if err := s.read(&o); err != nil {
		return nil, err
	}
	if err := s.app(o.AppID, o.MchID); err != nil {
		return nil, err
	}
	p, err := c.charge(ctx, s.merchant, o.fields())
	if err != nil {
		return nil, err
	}
	if err := unpaid(p); err != nil && p.Status != payment.Pending {
		return nil, err
	}
	t := transactionOf(p)
	t.Attach = o.Attach
	return t, nil
}

// native answers a shop's code for one order, for payers to read. The order is
// there once somebody pays it.
func (c *Calls) native(ctx context.Context, s signed) (any, error) {
	var o orderV3
	if err := s.read(&o); err != nil {
		return nil, err
	}
	if err := s.app(o.AppID, o.MchID); err != nil {
		return nil, err
	}
	in := o.fields()
	in["auth_code"] = "none" // it is the payer who will read
	r, err := request(s.merchant, in)
	if err != nil {
		return nil, err
	}
	if len(r.OrderNo) > 25 { // EMVCo's reference label
		return nil, field.Wrong("out_trade_no", "has at most 25 characters in a code")
	}
	m, err := c.Merchants.Merchant(ctx, s.merchant)
	if err != nil {
		return nil, err
	}
	if m.Currency != r.Amount.Currency {
		return nil, field.Wrong("fee_type", "must be the merchant's, %s", m.Currency)
	}
	text, err := emvqr.Shop{Merchant: m.ID, Name: m.Name, Currency: m.Currency, Minor: r.Amount.Minor, Reference: r.OrderNo}.Text()
	if err != nil {
		return nil, err
	}
	if err := c.ask(ctx, s.merchant, FormV3, noticeOfOrder(r.OrderNo), o.NotifyURL); err != nil {
		return nil, err
	}
	return struct {
		CodeURL string `json:"code_url"`
	}{text}, nil
}

// transaction says what became of an order, by either number.
func (c *Calls) transaction(ctx context.Context, s signed) (any, error) {
	if err := s.ours(s.URL.Query().Get("mchid")); err != nil {
		return nil, err
	}
	p, err := c.order(ctx, s.merchant, fields{"transaction_id": s.PathValue("transaction_id"), "out_trade_no": s.PathValue("out_trade_no")})
	if err != nil {
		return nil, err
	}
	return transactionOf(p), nil
}

// numbersV3 is what reverse and close are asked with, and reverse answers.
type numbersV3 struct {
	AppID      string `json:"appid,omitempty"`
	MchID      string `json:"mchid"`
	OutTradeNo string `json:"out_trade_no,omitempty"`
}

// reverseOrder undoes an order: paid, waiting, or never seen, which closes it.
func (c *Calls) reverseOrder(ctx context.Context, s signed) (any, error) {
	var n numbersV3
	if err := s.read(&n); err != nil {
		return nil, err
	}
	if err := s.app(n.AppID, n.MchID); err != nil {
		return nil, err
	}
	n.OutTradeNo = s.PathValue("out_trade_no")
	_, err := c.reverse(ctx, s.merchant, fields{"out_trade_no": n.OutTradeNo})
	return n, err
}

// closeOrder gives an order up that was not paid. Should it be paid between the two
// steps, the payer has his money back.
func (c *Calls) closeOrder(ctx context.Context, s signed) (any, error) {
	var n numbersV3
	if err := s.read(&n); err != nil {
		return nil, err
	}
	if err := s.ours(n.MchID); err != nil {
		return nil, err
	}
	in := fields{"out_trade_no": s.PathValue("out_trade_no")}
	if p, err := c.order(ctx, s.merchant, in); err == nil && (stateOf(p) == "SUCCESS" || stateOf(p) == "REFUND") {
		return nil, &refusal{"ORDERPAID", "订单已支付 (the order is paid)"}
	}
	_, err := c.reverse(ctx, s.merchant, in)
	return nil, err
}
