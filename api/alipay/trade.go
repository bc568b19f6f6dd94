package alipay

import (
	"context"
	"errors"
	"strings"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// order checks what pay and precreate say of an order.
func (b business) order(m access.Merchant) (money.Amount, error) {
	switch {
	case !isNumber(b.OutTradeNo):
		return money.Amount{}, wrong("out_trade_no must be 1 to 64 letters, digits, underscores or hyphens")
	case !plain(b.Subject, 128) || !plain(b.TerminalID, 32):
		return money.Amount{}, wrong("subject has at most 128 characters, terminal_id 32")
	}
	return b.TotalAmount.amount("total_amount", m)
}

// pay charges a code: alipay.trade.pay.
func (g *Gateway) pay(ctx context.Context, m access.Merchant, b business) (answer, error) {
	amount, err := b.order(m)
	switch {
	case err != nil:
		return answer{}, err
	case b.Scene != "bar_code":
		return answer{}, wrong("scene must be bar_code")
	case b.AuthCode == "" || !plain(b.AuthCode, 512):
		return answer{}, wrong("auth_code must be the payer's code as it was read")
	}
	if err := g.ask(ctx, m, b); err != nil {
		return answer{}, err
	}
	p, fresh, err := g.Payments.Charge(ctx, payment.Request{
		Merchant: m.ID, OrderNo: b.OutTradeNo, Amount: amount, Code: b.AuthCode, Subject: b.Subject, TerminalID: b.TerminalID,
	})
	if err != nil {
		return answer{}, err
	}
	if fresh {
		g.Made(p)
	}
	return payAnswer(p), nil
}

// ask remembers where the merchant wants to be told of an order. It comes
// before the order: a server that dies between the two has promised nothing.
func (g *Gateway) ask(ctx context.Context, m access.Merchant, b business) error {
	if b.NotifyURL == "" {
		return nil
	}
	err := g.Callbacks.Ask(ctx, webhook.Callback{Merchant: m.ID, Form: formOf(b.hash), Number: b.OutTradeNo, URL: b.NotifyURL})
	if f := (*field.Error)(nil); errors.As(err, &f) {
		return invalid("notify-url", "notify_url "+f.Problem)
	}
	return err
}

// payAnswer says what became of a charge.
func payAnswer(p payment.Payment) answer {
	switch p.Status {
	case payment.Succeeded, payment.PartiallyRefunded:
		return tradeOf(success, p).paid(p)
	case payment.Pending:
		return tradeOf(inProcess, p)
	case payment.Declined:
		r, ok := declines[p.Decline]
		if !ok {
			r = &unknown
		}
		return tradeOf(*r, p)
	}
	return tradeOf(*tradeClosed, p)
}

// find answers the payment that a call names: trade_no goes before out_trade_no.
// Of an order that went on to another attempt it is that one.
func (g *Gateway) find(ctx context.Context, m access.Merchant, b business) (payment.Payment, error) {
	if b.TradeNo == "" {
		if !isNumber(b.OutTradeNo) {
			return payment.Payment{}, wrong("out_trade_no or trade_no must name an order")
		}
		return g.Payments.Order(ctx, m.ID, b.OutTradeNo)
	}
	id, err := ids.Parse[ids.Payment](b.TradeNo)
	if err != nil {
		return payment.Payment{}, payment.ErrNotFound
	}
	p, err := g.Payments.Payment(ctx, id, m.ID)
	if err == nil && p.Superseded {
		return g.Payments.Order(ctx, m.ID, p.OrderNo)
	}
	return p, err
}

// query says what became of an order: alipay.trade.query.
func (g *Gateway) query(ctx context.Context, m access.Merchant, b business) (answer, error) {
	p, err := g.find(ctx, m, b)
	if err != nil {
		return answer{}, err
	}
	a := tradeOf(success, p)
	a.TradeStatus = statusOf(p)
	if a.TradeStatus == "TRADE_SUCCESS" {
		a = a.paid(p)
		a.SendPayDate, a.GmtPayment = a.GmtPayment, ""
	}
	return a, nil
}

// cancel undoes an order, or has one that was never seen be impossible from now
// on: alipay.trade.cancel.
func (g *Gateway) cancel(ctx context.Context, m access.Merchant, b business) (answer, error) {
	before, err := g.find(ctx, m, b)
	if err != nil && !(errors.Is(err, payment.ErrNotFound) && b.TradeNo == "") {
		return answer{}, err
	}
	orderNo := b.OutTradeNo
	if before.OrderNo != "" {
		orderNo = before.OrderNo
	}
	p, err := g.Payments.CancelOrder(ctx, m.ID, orderNo)
	if err != nil {
		return answer{}, err
	}
	a := answer{result: success, OutTradeNo: p.OrderNo, TradeNo: p.ID.String(), RetryFlag: "N"}
	switch before.Status {
	case payment.Succeeded:
		a.Action = "refund"
	case payment.Canceled: // nothing was left to do
	default:
		a.Action = "close"
	}
	return a, nil
}

// close gives an order up that was not paid: alipay.trade.close. Should it be paid
// between the two steps, the payer has his money back.
func (g *Gateway) close(ctx context.Context, m access.Merchant, b business) (answer, error) {
	before, err := g.find(ctx, m, b)
	switch {
	case err != nil:
		return answer{}, err
	case statusOf(before) == "TRADE_SUCCESS" || before.Status == payment.Refunded:
		return answer{}, wrongStatus
	}
	p, err := g.Payments.CancelOrder(ctx, m.ID, before.OrderNo)
	if err != nil {
		return answer{}, err
	}
	return answer{result: success, OutTradeNo: p.OrderNo, TradeNo: p.ID.String()}, nil
}

// unbraced keeps a name from what clients count in an answer.
var unbraced = strings.NewReplacer("{", "(", "}", ")", `"`, "'")

// precreate answers a shop's code for one order, for payers to read:
// alipay.trade.precreate. The trade exists once somebody pays it.
func (g *Gateway) precreate(ctx context.Context, m access.Merchant, b business) (answer, error) {
	amount, err := b.order(m)
	if err != nil {
		return answer{}, err
	}
	if len(b.OutTradeNo) > 25 { // EMVCo's reference label
		return answer{}, wrong("out_trade_no of a code has at most 25 characters")
	}
	text, err := emvqr.Shop{Merchant: m.ID, Name: unbraced.Replace(m.Name), Currency: amount.Currency, Minor: amount.Minor, Reference: b.OutTradeNo}.Text()
	if err != nil {
		return answer{}, err
	}
	if err := g.ask(ctx, m, b); err != nil {
		return answer{}, err
	}
	return answer{result: success, OutTradeNo: b.OutTradeNo, QRCode: text}, nil
}
