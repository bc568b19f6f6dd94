package statement

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Account is whose statement it is.
type Account struct {
	Merchant ids.Merchant
	Currency money.Currency // the only one that he charges in
	AppID    string         // that his till calls itself by, in WeChat Pay's words; may be empty
}

// The lines of a WeChat Pay trade bill of all trades: the names of its columns,
// and those of the sums at its end.
const (
	weChatColumns = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
		"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	weChatSums = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)

// WeChat writes the trade bill of a day that WeChat Pay answers to
// /pay/downloadbill and /v3/bill/tradebill, bill_type ALL: UTF-8 with a byte
// order mark, a line of names, a line for each movement with a backquote before
// every value, and two lines of sums. Amounts are in yuan, or the unit of the
// account's currency, times in the zone of day, which is the midnight that it
// begins with. Fees are positive when they were kept. A cancel is a REVOKED line, a refund a REFUND line; a
// payout is no trade, and not there.
// money.ErrMismatch for a movement in another currency.
func WeChat(w io.Writer, of Account, day time.Time, movements Movements) error {
	out := bufio.NewWriter(w)
	out.WriteString("\ufeff" + weChatColumns + "\r\n")
	sums, none := newTrades(of.Currency), money.Amount{Currency: of.Currency}.Decimal()
	for m, err := range tradesOf(movements) {
		if err != nil {
			return fmt.Errorf("statement: %w", err)
		}
		if err := sums.add(m); err != nil {
			return err
		}
		weChatLine(out, weChatTrade(of, day, none, m)...)
	}
	paid, back := sums.paid.Decimal(), sums.back.Decimal()
	out.WriteString(weChatSums + "\r\n")
	weChatLine(out, strconv.Itoa(sums.payments+sums.returnings), paid, back, none, sums.fees.Negate().Decimal(), paid, back)
	return out.Flush()
}

// weChatTrade are the values of one line.
func weChatTrade(of Account, day time.Time, none string, m payment.Movement) []string {
	state, paid := "SUCCESS", m.Amount.Decimal()
	refundID, refundNo, back, how, done := "0", "0", none, "", ""
	if m.Kind != payment.MovedByPayment {
		state, paid, back = "REVOKED", none, m.Amount.Negate().Decimal()
	}
	if m.Kind == payment.MovedByRefund {
		state, refundID, refundNo, how, done = "REFUND", m.Refund.String(), m.RefundNo, "ORIGINAL", "SUCCESS"
	}
	return []string{
		clock(m.At, day), of.AppID, of.Merchant.String(), "0", m.TerminalID, m.Payment.String(), m.OrderNo, OpenID(of.Merchant, m.Payer),
		"MICROPAY", state, "OTHERS", string(m.Amount.Currency), paid, none,
		refundID, refundNo, back, none, how, done, m.Subject, "", feeOf(m).Negate().Decimal(), fmt.Sprintf("%d.%02d%%", m.FeeBP/100, m.FeeBP%100), paid, back, "",
	}
}

// weChatLine writes values as they are: readers split at a comma with a
// backquote behind it and know no escape, so none may be inside of a value.
func weChatLine(out *bufio.Writer, values ...string) {
	for i, v := range values {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('`')
		out.WriteString(strings.ReplaceAll(v, "`", "'"))
	}
	out.WriteString("\r\n")
}

// OpenID names a payer to one merchant, in WeChat Pay's manner: at another he
// has another name.
func OpenID(m ids.Merchant, p ids.Payer) string {
	sum := sha256.Sum256(append(append([]byte("paycode/openid/v1\x00"), m[:]...), p[:]...))
	return "o" + hex.EncodeToString(sum[:13])
}
