package wechat

import (
	"context"
	"strconv"

	"github.com/paycode/paycode/payment"
)

// refundV3 is a refund.
type refundV3 struct {
	RefundID      string     `json:"refund_id"`
	OutRefundNo   string     `json:"out_refund_no"`
	TransactionID string     `json:"transaction_id"`
	OutTradeNo    string     `json:"out_trade_no"`
	Channel       string     `json:"channel"`
	Account       string     `json:"user_received_account"`
	SuccessTime   string     `json:"success_time"`
	CreateTime    string     `json:"create_time"`
	Status        string     `json:"status"`
	Funds         string     `json:"funds_account"`
	Amount        refundedV3 `json:"amount"`
}

type refundedV3 struct {
	Total            int64  `json:"total"`
	Refund           int64  `json:"refund"`
	PayerTotal       int64  `json:"payer_total"`
	PayerRefund      int64  `json:"payer_refund"`
	SettlementTotal  int64  `json:"settlement_total"`
	SettlementRefund int64  `json:"settlement_refund"`
	DiscountRefund   int64  `json:"discount_refund"`
	Currency         string `json:"currency"`
}

func refundV3Of(p payment.Payment, r payment.Refund) refundV3 {
	total, part, at := p.Amount.Minor, r.Amount.Minor, rfc3339(r.CreatedAt)
	return refundV3{
		RefundID: r.ID.String(), OutRefundNo: r.RefundNo, TransactionID: p.ID.String(), OutTradeNo: p.OrderNo,
		Channel: "ORIGINAL", Account: receiver, SuccessTime: at, CreateTime: at, Status: "SUCCESS", Funds: "AVAILABLE",
		Amount: refundedV3{total, part, total, part, total, part, 0, string(p.Amount.Currency)},
	}
}

// refundOrder gives back a part of an order, once for each out_refund_no.
func (c *Calls) refundOrder(ctx context.Context, s signed) (any, error) {
	var in struct {
		TransactionID string `json:"transaction_id"`
		OutTradeNo    string `json:"out_trade_no"`
		OutRefundNo   string `json:"out_refund_no"`
		Reason        string `json:"reason"`
		NotifyURL     string `json:"notify_url"`
		Amount        struct {
			amountV3
			Refund int64 `json:"refund"`
		} `json:"amount"`
	}
	if err := s.read(&in); err != nil {
		return nil, err
	}
	p, r, err := c.giveBack(ctx, s.merchant, fields{
		"transaction_id": in.TransactionID, "out_trade_no": in.OutTradeNo, "out_refund_no": in.OutRefundNo, "refund_desc": in.Reason,
		"total_fee": strconv.FormatInt(in.Amount.Total, 10), "refund_fee": strconv.FormatInt(in.Amount.Refund, 10), "refund_fee_type": in.Amount.Currency, "notify_url": in.NotifyURL,
	}, FormV3)
	if err != nil {
		return nil, err
	}
	return refundV3Of(p, r), nil
}

// refundOfNumber answers the refund of a number.
func (c *Calls) refundOfNumber(ctx context.Context, s signed) (any, error) {
	number := s.PathValue("out_refund_no")
	p, err := c.refunded(ctx, s.merchant, fields{"out_refund_no": number})
	if err != nil {
		return nil, err
	}
	all, err := c.Refunds.Refunds(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.RefundNo == number {
			return refundV3Of(p, r), nil
		}
	}
	return nil, noRefund
}
