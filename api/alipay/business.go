package alipay

import (
	"crypto"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// business is what biz_content may say. What is not named here is ignored.
type business struct {
	OutTradeNo   string  `json:"out_trade_no"`
	TradeNo      string  `json:"trade_no"`
	Scene        string  `json:"scene"`
	AuthCode     string  `json:"auth_code"`
	Subject      string  `json:"subject"`
	TotalAmount  decimal `json:"total_amount"`
	TerminalID   string  `json:"terminal_id"`
	RefundAmount decimal `json:"refund_amount"`
	OutRequestNo string  `json:"out_request_no"`
	RefundReason string  `json:"refund_reason"`
	NotifyURL    string  `json:"notify_url"` // at the gateway a parameter of its own
	AlipayCertSN string  `json:"alipay_cert_sn"`
	BillType     string  `json:"bill_type"`
	BillDate     string  `json:"bill_date"`

	hash   crypto.Hash // with which the call was signed
	origin string      // scheme and host as the caller knows them
}

// decimal is an amount such as 88.88, which some clients send as a number. It is
// taken as it is written: no binary fraction is near it.
type decimal string

// UnmarshalJSON implements json.Unmarshaler.
func (d *decimal) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(s) > 1 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return errors.New("not a decimal number")
	}
	*d = decimal(s)
	return nil
}

// amount reads an amount of the merchant's currency.
func (d decimal) amount(name string, m access.Merchant) (money.Amount, error) {
	a, err := money.ParseDecimal(string(d), m.Currency)
	if err != nil || a.Minor < 1 || a.Minor > money.MaxMinor {
		return a, wrong(name + " must be a decimal number from 0.01 on")
	}
	return a, nil
}

// isNumber reports whether a merchant may number an order or a refund so: letters, digits and
// underscores, as the company has it, and hyphens.
func isNumber(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// plain reports whether a text can be shown to the payer: at most so many characters, none of control.
func plain(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// answer is what is answered, in the order in which it is written. No value has a
// brace or a quotation mark: see envelope.
type answer struct {
	result
	OutTradeNo        string `json:"out_trade_no,omitempty"`
	TradeNo           string `json:"trade_no,omitempty"`
	TradeStatus       string `json:"trade_status,omitempty"`
	TotalAmount       string `json:"total_amount,omitempty"`
	ReceiptAmount     string `json:"receipt_amount,omitempty"`
	BuyerPayAmount    string `json:"buyer_pay_amount,omitempty"`
	GmtPayment        string `json:"gmt_payment,omitempty"`
	SendPayDate       string `json:"send_pay_date,omitempty"`
	RetryFlag         string `json:"retry_flag,omitempty"`
	Action            string `json:"action,omitempty"`
	FundChange        string `json:"fund_change,omitempty"`
	RefundFee         string `json:"refund_fee,omitempty"`
	OutRequestNo      string `json:"out_request_no,omitempty"`
	RefundAmount      string `json:"refund_amount,omitempty"`
	RefundStatus      string `json:"refund_status,omitempty"`
	QRCode            string `json:"qr_code,omitempty"`
	BillDownloadURL   string `json:"bill_download_url,omitempty"`
	AlipayCertContent string `json:"alipay_cert_content,omitempty"`
}

// tradeOf begins an answer about a payment.
func tradeOf(r result, p payment.Payment) answer {
	return answer{result: r, OutTradeNo: p.OrderNo, TradeNo: p.ID.String(), TotalAmount: p.Amount.Decimal()}
}

// paid adds what was paid, and when.
func (a answer) paid(p payment.Payment) answer {
	a.ReceiptAmount, a.BuyerPayAmount = a.TotalAmount, a.TotalAmount
	a.GmtPayment = stamp(p.SettledAt)
	return a
}

func stamp(t time.Time) string { return t.In(beijing).Format(stampLayout) }

// statusOf is a payment's status in the company's words. A declined one waits: it
// may be tried again with another code, and a till that hears it were closed
// could sell anew while such a try is on its way. So told, it cancels first.
func statusOf(p payment.Payment) string {
	switch p.Status {
	case payment.Succeeded, payment.PartiallyRefunded:
		return "TRADE_SUCCESS"
	case payment.Refunded, payment.Canceled:
		return "TRADE_CLOSED"
	}
	return "WAIT_BUYER_PAY"
}
