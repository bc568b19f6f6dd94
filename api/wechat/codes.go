package wechat

import (
	"errors"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// refusal is why a call was not carried out, in WeChat Pay's words: err_code for
// the till's program, err_code_des for the cashier.
type refusal struct{ code, text string }

// Error makes a refusal an error.
func (r *refusal) Error() string { return "wechat: " + r.code }

// paying is when the payer has yet to say yes: the till asks again.
var paying = &refusal{"USERPAYING", "需要用户确认支付 (the payer has to confirm)"}

// unsure is for whatever leaves open what has happened: the till asks, and reverses.
var unsure = &refusal{"SYSTEMERROR", "系统超时，请查询 (ask what became of the order)"}

// declines is the one table from why a payment was declined to what a till is told.
var declines = map[payment.DeclineCode]*refusal{
	payment.CodeMalformed:        {"AUTH_CODE_INVALID", "不是付款码 (not a payment code)"},
	payment.CodeInvalid:          {"AUTH_CODE_ERROR", "付款码无效，请刷新后重试 (not a valid code)"},
	payment.CodeExpired:          {"AUTHCODEEXPIRE", "付款码已过期，请刷新后重试 (the code has expired)"},
	payment.CodeUsed:             {"AUTH_CODE_INVALID", "付款码已被使用，请刷新后重试 (the code was used)"},
	payment.DeviceFrozen:         {"TRADE_ERROR", "付款设备已冻结 (the device is frozen)"},
	payment.DeviceExpired:        {"AUTHCODEEXPIRE", "付款设备需联网更新 (the device has to go online)"},
	payment.TooManyAttempts:      {"RULELIMIT", "尝试次数过多 (too many wrong codes)"},
	payment.InsufficientFunds:    {"NOTENOUGH", "余额不足 (not enough money)"},
	payment.LimitPerPayment:      {"RULELIMIT", "超过单笔限额 (more than a payment may be)"},
	payment.LimitPerDay:          {"RULELIMIT", "超过当日限额 (more than a day may be)"},
	payment.LimitCount:           {"RULELIMIT", "超过当日笔数 (more payments than a day may have)"},
	payment.ConfirmationRejected: {"TRADE_ERROR", "用户取消支付 (the payer said no)"},
	payment.ConfirmationTimeout:  {"TRADE_ERROR", "用户确认超时 (the payer did not answer)"},
	payment.NeedsNetwork:         {"TRADE_ERROR", "需用户联网确认 (the payer has to confirm, and is not online)"},
	payment.MerchantSuspended:    {"NOAUTH", "商户无权收款 (the merchant may not charge)"},
	payment.CurrencyMismatch:     {"PARAM_ERROR", "币种不符 (another currency)"},
	payment.OrderSuperseded:      unsure,
}

// refusals is the one table from what a service refuses with to what a till is told.
var refusals = []struct {
	err error
	is  *refusal
}{
	{payment.ErrNotFound, &refusal{"ORDERNOTEXIST", "订单不存在 (no such order)"}},
	{payment.ErrOrderConflict, &refusal{"OUT_TRADE_NO_USED", "商户订单号重复，金额不符 (the order number was used with another amount)"}},
	{payment.ErrRefundConflict, &refusal{"REFUND_FEE_MISMATCH", "退款单号重复，金额不符 (the refund number was used with another amount)"}},
	{payment.ErrRefundExceeds, &refusal{"INVALID_REQUEST", "退款超过可退金额 (more than was paid)"}},
	{payment.ErrNotRefundable, &refusal{"TRADE_ERROR", "订单未支付 (the order is not paid)"}},
	{payment.ErrNotCancelable, &refusal{"TRADE_ERROR", "订单已退款，不能撤销 (refunded already)"}},
	{access.ErrNotFound, noRefund},
	{money.ErrOverflow, &refusal{"PARAM_ERROR", "金额过大 (the amount is too large)"}},
}

// refusalOf finds what a till is told of an error; known is false for what only
// the log can explain, or for being busy.
func refusalOf(err error) (r *refusal, known bool) {
	var wrong *field.Error
	switch {
	case errors.As(err, &r):
		return r, true
	case errors.As(err, &wrong):
		return &refusal{"PARAM_ERROR", wrong.Field + " " + wrong.Problem}, true
	case errors.Is(err, payment.ErrOverloaded), errors.Is(err, payment.ErrUnavailable), errors.Is(err, payment.ErrUnknownOutcome):
		return unsure, true
	}
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return known.is, true
		}
	}
	return unsure, false
}

// stateOf is a payment's trade_state.
func stateOf(p payment.Payment) string {
	switch p.Status {
	case payment.Succeeded:
		return "SUCCESS"
	case payment.Pending:
		return "USERPAYING"
	case payment.Canceled:
		return "REVOKED"
	case payment.Refunded, payment.PartiallyRefunded:
		return "REFUND"
	}
	return "PAYERROR"
}

// unpaid is why a till that asked for money has none; nil when it has.
func unpaid(p payment.Payment) error {
	switch p.Status {
	case payment.Succeeded:
		return nil
	case payment.Pending:
		return paying
	case payment.Canceled:
		return &refusal{"ORDERREVERSED", "订单已撤销 (the order is reversed)"}
	case payment.Declined:
		if r, ok := declines[p.Decline]; ok {
			return r
		}
		return unsure
	}
	return &refusal{"ORDERPAID", "订单已支付并退款 (the order was paid and refunded)"}
}
