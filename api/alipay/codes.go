package alipay

import (
	"errors"
	"net/http"

	"github.com/paycode/paycode/payment"
)

// result is how an answer begins.
type result struct {
	Code    string `json:"code,omitempty"` // of every answer at the gateway
	Msg     string `json:"msg,omitempty"`
	SubCode string `json:"sub_code,omitempty"`
	SubMsg  string `json:"sub_msg,omitempty"`
}

var (
	success   = result{Code: "10000", Msg: "Success"}
	inProcess = result{Code: "10003", Msg: "order success pay inprocess"} // the payer is asked
	unknown   = result{"20000", "Service Currently Unavailable", "isp.unknow-error", "ask what became of it, then cancel"}
)

// noAgents refuses a call for another merchant, whose money it would be.
var noAgents = &result{"20001", "Insufficient Token Permissions", "aop.invalid-app-auth-token", "nobody calls for another merchant here"}

func missing(sub, name string) *result {
	return &result{"40001", "Missing Required Arguments", "isv.missing-" + sub, name + " is missing"}
}

func invalid(sub, what string) *result {
	return &result{"40002", "Invalid Arguments", "isv.invalid-" + sub, what}
}

func failed(sub, what string) *result {
	return &result{"40004", "Business Failed", sub, what}
}

func wrong(what string) *result { return failed("ACQ.INVALID_PARAMETER", what) }

var (
	tradeClosed  = failed("ACQ.TRADE_HAS_CLOSE", "the order is closed")
	wrongStatus  = failed("ACQ.TRADE_STATUS_ERROR", "the order is not in a state for this")
	notTheAmount = failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "a part needs an out_request_no, and all parts are no more than was paid")
)

// declines says each of our decline codes in the company's words.
var declines = map[payment.DeclineCode]*result{
	payment.CodeMalformed:        failed("ACQ.PAYMENT_AUTH_CODE_INVALID", "not a payment code"),
	payment.CodeInvalid:          failed("ACQ.PAYMENT_AUTH_CODE_INVALID", "a wrong code; have another one shown"),
	payment.CodeExpired:          failed("ACQ.PAYMENT_AUTH_CODE_INVALID", "the code has expired; have another one shown"),
	payment.CodeUsed:             failed("ACQ.PAYMENT_AUTH_CODE_INVALID", "the code was used; have another one shown"),
	payment.DeviceFrozen:         failed("ACQ.BUYER_ENABLE_STATUS_FORBID", "the payer's device is locked"),
	payment.DeviceExpired:        failed("ACQ.PAYMENT_AUTH_CODE_INVALID", "the payer's device was offline for too long"),
	payment.TooManyAttempts:      failed("ACQ.PAYMENT_REQUEST_HAS_RISK", "too many wrong codes; scan the QR, or wait ten minutes"),
	payment.InsufficientFunds:    failed("ACQ.BUYER_BALANCE_NOT_ENOUGH", "the payer has too little money"),
	payment.LimitPerPayment:      failed("ACQ.TOTAL_FEE_EXCEED", "above the payer's limit for one payment"),
	payment.LimitPerDay:          failed("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "above the payer's limit for a day"),
	payment.LimitCount:           failed("ACQ.BEYOND_PAY_RESTRICTION", "the payer has paid as often as is allowed in a day"),
	payment.ConfirmationRejected: failed("ACQ.PAYMENT_FAIL", "the payer said no"),
	payment.ConfirmationTimeout:  failed("ACQ.PAYMENT_FAIL", "the payer did not answer"),
	payment.NeedsNetwork:         failed("ACQ.PULL_MOBILE_CASHIER_FAIL", "the payer has to confirm, and cannot be reached"),
	payment.MerchantSuspended:    failed("ACQ.SELLER_BEEN_BLOCKED", "the merchant may not sell at present"),
	payment.CurrencyMismatch:     failed("ACQ.PAYER_UNMATCHED", "the payer has another currency"),
	payment.OrderSuperseded:      failed("ACQ.SYSTEM_ERROR", "ask what became of the order"),
}

// refusals says each error of package payment likewise.
var refusals = []struct {
	err    error
	result *result
}{
	{payment.ErrNotFound, failed("ACQ.TRADE_NOT_EXIST", "there is no such trade")},
	{payment.ErrOrderConflict, failed("ACQ.CONTEXT_INCONSISTENT", "the order number was used with another amount")},
	{payment.ErrRefundConflict, failed("ACQ.DISCORDANT_REPEAT_REQUEST", "the out_request_no was used with another amount")},
	{payment.ErrRefundExceeds, notTheAmount},
	{payment.ErrNotRefundable, wrongStatus},
	{payment.ErrNotCancelable, failed("ACQ.CANCEL_NOT_ALLOWED", "refunded already; refund the rest instead")},
}

// unauthorized are the refusals of who calls, or of how it is proved.
var unauthorized = map[string]bool{
	"isv.invalid-app-id": true, "isv.invalid-signature": true, "isv.invalid-app-cert-sn": true, "isv.missing-app-cert-sn": true,
	"isv.invalid-alipay-root-cert-sn": true, "isv.invalid-timestamp": true, "isv.invalid-nonce": true, "isv.invalid-authorization": true,
	"isv.missing-authorization": true, noAgents.SubCode: true,
}

// status is a refusal's in OpenAPI v3.
func (r *result) status() int {
	switch {
	case r.Code == unknown.Code:
		return http.StatusInternalServerError
	case unauthorized[r.SubCode]:
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

// name is what a refusal is called in OpenAPI v3. A payer who is being asked is one there:
// a till must not take a status of 200 for money.
func (r *result) name() string {
	if r.Code == inProcess.Code {
		return "ORDER_SUCCESS_PAY_INPROCESS"
	}
	return r.SubCode
}

// Error lets a result be returned where an error is asked for.
func (r *result) Error() string { return r.SubCode }

// resultOf finds the result that an error is, and whether it is one that the caller can do
// something about.
func resultOf(err error) (result, bool) {
	var r *result
	if errors.As(err, &r) {
		return *r, true
	}
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return *known.result, true
		}
	}
	return unknown, errors.Is(err, payment.ErrOverloaded) || errors.Is(err, payment.ErrUnavailable)
}
