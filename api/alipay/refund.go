package alipay

import (
	"context"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/payment"
)

// refund gives a payment back, or a part of it, once per out_request_no:
// alipay.trade.refund. Without that number it can only be all of it, once.
func (g *Gateway) refund(ctx context.Context, m access.Merchant, b business) (answer, error) {
	amount, err := b.RefundAmount.amount("refund_amount", m)
	switch {
	case err != nil:
		return answer{}, err
	case b.OutRequestNo != "" && !isNumber(b.OutRequestNo):
		return answer{}, wrong("out_request_no must be 1 to 64 letters, digits, underscores or hyphens")
	case !plain(b.RefundReason, 128):
		return answer{}, wrong("refund_reason has at most 128 characters")
	}
	p, err := g.find(ctx, m, b)
	if err != nil {
		return answer{}, err
	}
	number := b.OutRequestNo
	if number == "" {
		if number = p.ID.String(); amount != p.Amount {
			return answer{}, notTheAmount
		}
	}
	_, changed, err := g.Payments.Refund(ctx, p.ID, m.ID, number, amount.Minor, b.RefundReason)
	if err != nil {
		return answer{}, err
	}
	if p, err = g.Payments.Payment(ctx, p.ID, m.ID); err != nil {
		return answer{}, err
	}
	a := answer{result: success, OutTradeNo: p.OrderNo, TradeNo: p.ID.String(), FundChange: "N"}
	if changed {
		a.FundChange = "Y"
	}
	p.Amount.Minor = p.Refunded
	a.RefundFee = p.Amount.Decimal()
	return a, nil
}

// refundQuery says what became of a refund: alipay.trade.fastpay.refund.query. One
// that is not there has no refund_status.
func (g *Gateway) refundQuery(ctx context.Context, m access.Merchant, b business) (answer, error) {
	if !isNumber(b.OutRequestNo) {
		return answer{}, wrong("out_request_no must name a refund")
	}
	p, err := g.find(ctx, m, b)
	if err != nil {
		return answer{}, err
	}
	all, err := g.Refunds.Refunds(ctx, p.ID)
	if err != nil {
		return answer{}, err
	}
	return refundAnswer(p, all, b.OutRequestNo), nil
}

func refundAnswer(p payment.Payment, all []payment.Refund, number string) answer {
	a := answer{result: success, OutTradeNo: p.OrderNo, TradeNo: p.ID.String(), OutRequestNo: number}
	for _, r := range all {
		if r.RefundNo == number {
			a.TotalAmount, a.RefundAmount, a.RefundStatus = p.Amount.Decimal(), r.Amount.Decimal(), "REFUND_SUCCESS"
		}
	}
	return a
}
