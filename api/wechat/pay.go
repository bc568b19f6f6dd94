package wechat

import (
	"context"
	"regexp"
	"strconv"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

// numbers are what out_trade_no and out_refund_no may be.
var (
	orderNo  = regexp.MustCompile(`^[0-9A-Za-z_|*@-]{1,32}$`)
	refundNo = regexp.MustCompile(`^[0-9A-Za-z_|*@-]{1,64}$`)
)

// micropay charges by the code that was read.
func (c *Calls) micropay(ctx context.Context, m ids.Merchant, in fields) (fields, error) {
	p, err := c.charge(ctx, m, in)
	if err == nil {
		err = unpaid(p)
	}
	if err != nil {
		return nil, err
	}
	out := paidAs(p)
	out["attach"] = in["attach"]
	return out, nil
}

// charge charges an order in either version.
func (c *Calls) charge(ctx context.Context, m ids.Merchant, in fields) (payment.Payment, error) {
	r, err := request(m, in)
	if err != nil {
		return payment.Payment{}, err
	}
	p, fresh, err := c.Payments.Charge(ctx, r)
	if fresh {
		c.Made(p)
	}
	return p, err
}

// request is micropay in the words of package payment.
func request(m ids.Merchant, in fields) (payment.Request, error) {
	r := payment.Request{Merchant: m, OrderNo: in["out_trade_no"], Code: in["auth_code"], Subject: in["body"], TerminalID: in["device_info"]}
	if !orderNo.MatchString(r.OrderNo) {
		return r, field.Wrong("out_trade_no", "must be 1 to 32 of letters, digits and _-|*@")
	}
	for _, f := range []struct {
		name, value string
		least, most int
	}{{"auth_code", r.Code, 1, 512}, {"body", r.Subject, 1, 128}, {"device_info", r.TerminalID, 0, 32}, {"attach", in["attach"], 0, 127}} {
		if err := field.Text(f.name, f.value, f.least, f.most); err != nil {
			return r, err
		}
	}
	minor, err := fen("total_fee", in)
	if err != nil {
		return r, err
	}
	currency := in["fee_type"]
	if currency == "" {
		currency = "CNY"
	}
	r.Amount.Minor = minor
	if r.Amount.Currency, err = money.ParseCurrency(currency); err != nil {
		return r, field.Wrong("fee_type", "must be an ISO 4217 code in use")
	}
	return r, nil
}

// maxFen is the most that a call moves at once, as in our own.
const maxFen = 1_000_000_000_000

// fen reads an amount in minor units.
func fen(name string, in fields) (int64, error) {
	minor, err := strconv.ParseInt(in[name], 10, 64)
	if err != nil || minor < 1 || minor > maxFen || strconv.FormatInt(minor, 10) != in[name] {
		return 0, field.Wrong(name, "must be a whole number from 1 to %d", int64(maxFen))
	}
	return minor, nil
}

// orderquery says what became of an order.
func (c *Calls) orderquery(ctx context.Context, m ids.Merchant, in fields) (fields, error) {
	p, err := c.order(ctx, m, in)
	if err != nil {
		return nil, err
	}
	state := stateOf(p)
	if state != "SUCCESS" && state != "REFUND" {
		return fields{"out_trade_no": p.OrderNo, "trade_state": state, "trade_state_desc": whyUnpaid(p)}, nil
	}
	out := paidAs(p)
	out["trade_state"], out["trade_state_desc"] = state, state
	return out, nil
}

func whyUnpaid(p payment.Payment) string {
	r, _ := refusalOf(unpaid(p))
	return r.text
}

// order finds the payment that a call is about: transaction_id comes first. Of an
// order that went on to another attempt it is that one.
func (c *Calls) order(ctx context.Context, m ids.Merchant, in fields) (payment.Payment, error) {
	switch {
	case in["transaction_id"] != "":
		id, err := ids.Parse[ids.Payment](in["transaction_id"])
		if err != nil {
			return payment.Payment{}, payment.ErrNotFound
		}
		p, err := c.Payments.Payment(ctx, id, m)
		if err == nil && p.Superseded {
			return c.Payments.Order(ctx, m, p.OrderNo)
		}
		return p, err
	case in["out_trade_no"] != "":
		return c.Payments.Order(ctx, m, in["out_trade_no"])
	}
	return payment.Payment{}, &refusal{"LACK_PARAMS", "transaction_id or out_trade_no is missing"}
}

// reverse undoes an order: paid, waiting, or never seen, which closes it.
func (c *Calls) reverse(ctx context.Context, m ids.Merchant, in fields) (out fields, err error) {
	switch {
	case in["transaction_id"] != "":
		var id ids.Payment
		if id, err = ids.Parse[ids.Payment](in["transaction_id"]); err != nil {
			return nil, payment.ErrNotFound
		}
		_, err = c.Payments.Cancel(ctx, id, m)
	case orderNo.MatchString(in["out_trade_no"]):
		_, err = c.Payments.CancelOrder(ctx, m, in["out_trade_no"])
	default:
		err = &refusal{"LACK_PARAMS", "transaction_id or out_trade_no is missing"}
	}
	return fields{"recall": "N"}, err
}

// tradeType is how an order was paid: by the payer's code, or by the shop's.
func tradeType(p payment.Payment) string {
	if p.Method == payment.MerchantQR {
		return "NATIVE"
	}
	return "MICROPAY"
}

// paidAs is a payment that was made.
func paidAs(p payment.Payment) fields {
	total := strconv.FormatInt(p.Amount.Minor, 10)
	return fields{
		"openid": statement.OpenID(p.Merchant, p.Payer), "is_subscribe": "N", "trade_type": tradeType(p), "bank_type": "OTHERS",
		"fee_type": string(p.Amount.Currency), "total_fee": total,
		"cash_fee": total, "cash_fee_type": string(p.Amount.Currency),
		"transaction_id": p.ID.String(), "out_trade_no": p.OrderNo, "device_info": p.TerminalID,
		"time_end": p.SettledAt.In(beijing).Format("20060102150405"),
	}
}
