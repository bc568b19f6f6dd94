package wechat

import (
	"context"
	"slices"
	"strconv"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// refund answers what giveBack did.
func (c *Calls) refund(ctx context.Context, m ids.Merchant, in fields) (fields, error) {
	p, r, err := c.giveBack(ctx, m, in, FormV2)
	if err != nil {
		return nil, err
	}
	out := refundOf(p)
	out["out_refund_no"], out["refund_id"], out["refund_fee"] = r.RefundNo, r.ID.String(), strconv.FormatInt(r.Amount.Minor, 10)
	out["cash_refund_fee"] = out["refund_fee"]
	return out, nil
}

// giveBack gives back a part of an order, once for each out_refund_no, in either version;
// form is that of its notice.
func (c *Calls) giveBack(ctx context.Context, m ids.Merchant, in fields, form string) (p payment.Payment, r payment.Refund, err error) {
	number, reason := in["out_refund_no"], in["refund_desc"]
	if !refundNo.MatchString(number) {
		return p, r, field.Wrong("out_refund_no", "must be 1 to 64 of letters, digits and _-|*@")
	}
	if err := field.Text("refund_desc", reason, 0, 80); err != nil {
		return p, r, err
	}
	minor, err := fen("refund_fee", in)
	if err != nil {
		return p, r, err
	}
	total, err := fen("total_fee", in)
	if err != nil {
		return p, r, err
	}
	p, err = c.order(ctx, m, in)
	if err != nil {
		return p, r, err
	}
	if total != p.Amount.Minor || in["refund_fee_type"] != "" && in["refund_fee_type"] != string(p.Amount.Currency) {
		return p, r, &refusal{"REFUND_FEE_MISMATCH", "订单金额不符 (total_fee is not the order's)"}
	}
	if p.Status == payment.Declined || p.Status == payment.Pending { // the order may go on to another payment: the number is not for this one
		return p, r, payment.ErrNotRefundable
	}
	// The number first: when the money has gone back, it can be asked for.
	bound, err := c.Numbers.BindRefund(ctx, m, number, p.ID)
	if err != nil {
		return p, r, err
	}
	if bound != p.ID {
		return p, r, &refusal{"REFUND_FEE_MISMATCH", "退款单号已用于其他订单 (the refund number was used for another order)"}
	}
	if err := c.ask(ctx, m, form, noticeOfRefund(number), in["notify_url"]); err != nil {
		return p, r, err
	}
	r, _, err = c.Payments.Refund(ctx, p.ID, m, number, minor, reason)
	return p, r, err
}

// receiver is where the money went, for the cashier.
const receiver = "支付用户零钱"

// noRefund is for a number without a refund.
var noRefund = &refusal{"REFUNDNOTEXIST", "退款不存在 (no such refund)"}

// refundOf is what every answer about refunds says of the payment.
func refundOf(p payment.Payment) fields {
	total := strconv.FormatInt(p.Amount.Minor, 10)
	return fields{
		"transaction_id": p.ID.String(), "out_trade_no": p.OrderNo, "total_fee": total, "cash_fee": total, "fee_type": string(p.Amount.Currency),
	}
}

// refundquery lists what was given back: one refund by its number, or all of an order.
func (c *Calls) refundquery(ctx context.Context, m ids.Merchant, in fields) (fields, error) {
	p, err := c.refunded(ctx, m, in)
	if err != nil {
		return nil, err
	}
	all, err := c.Refunds.Refunds(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r payment.Refund) bool {
		return in["out_refund_no"] != "" && in["out_refund_no"] != r.RefundNo || in["refund_id"] != "" && in["refund_id"] != r.ID.String()
	})
	total := len(all)
	if all, err = page(all, in["offset"]); err != nil {
		return nil, err
	}
	out, n, sum := refundOf(p), 0, int64(0)
	for _, r := range all {
		said := fields{
			"out_refund_no": r.RefundNo, "refund_id": r.ID.String(), "refund_channel": "ORIGINAL", "refund_status": "SUCCESS",
			"refund_fee": strconv.FormatInt(r.Amount.Minor, 10), "refund_recv_accout": receiver, // spelled so by WeChat Pay
			"refund_success_time": r.CreatedAt.In(beijing).Format("2006-01-02 15:04:05"),
		}
		for name, value := range said {
			out[name+"_"+strconv.Itoa(n)] = value
		}
		n, sum = n+1, sum+r.Amount.Minor
	}
	if n == 0 {
		return nil, noRefund
	}
	out["refund_count"], out["refund_fee"], out["total_refund_count"] = strconv.Itoa(n), strconv.FormatInt(sum, 10), strconv.Itoa(total)
	return out, nil
}

// pageOf is how many refunds one answer lists.
const pageOf = 10

// page is the part of a list that begins at an offset.
func page(all []payment.Refund, offset string) ([]payment.Refund, error) {
	from := 0
	if offset != "" {
		var err error
		if from, err = strconv.Atoi(offset); err != nil || from < 0 || strconv.Itoa(from) != offset {
			return nil, field.Wrong("offset", "must be a whole number from 0 on")
		}
	}
	all = all[min(from, len(all)):]
	return all[:min(pageOf, len(all))], nil
}

// refunded finds the payment whose refunds are asked for: refund_id comes first, then out_refund_no.
func (c *Calls) refunded(ctx context.Context, m ids.Merchant, in fields) (payment.Payment, error) {
	var id ids.Payment
	var err error
	switch {
	case in["refund_id"] != "":
		r, wrong := ids.Parse[ids.Refund](in["refund_id"])
		if wrong != nil {
			return payment.Payment{}, access.ErrNotFound
		}
		id, err = c.Numbers.RefundedPayment(ctx, m, r)
	case in["out_refund_no"] != "":
		id, err = c.Numbers.BoundRefund(ctx, m, in["out_refund_no"])
	default:
		return c.order(ctx, m, in)
	}
	if err != nil {
		return payment.Payment{}, err
	}
	return c.Payments.Payment(ctx, id, m)
}
