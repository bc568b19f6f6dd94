package statement

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/paycode/paycode/payment"
)

// The lines of Alipay's bill of a day: the details, and the sums of each shop.
// Programs look for these very lines.
const (
	alipayDetails = "#支付宝业务明细查询"
	alipayBegin   = "#-----------------------------------------业务明细列表----------------------------------------"
	alipayColumns = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户," +
		"订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）," +
		"退款批次号/请求号,服务费（元）,分润（元）,备注"
	alipayEnd = "#-----------------------------------------业务明细列表结束------------------------------------"

	alipaySummary    = "#支付宝业务汇总查询"
	alipaySumBegin   = "#-----------------------------------------业务汇总列表----------------------------------------"
	alipaySumColumns = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
	alipaySumEnd     = "#----------------------------------------业务汇总列表结束-------------------------------------"
)

// Alipay writes the bill of a day whose address alipay.data.dataservice.bill.downloadurl.query
// answers for bill_type trade: a ZIP file with the details and their sums, both
// CSV in GBK, as the file's names are. Amounts are in yuan, or the unit of the
// account's currency, with a sign, fees less than 0 when they were kept; times are in the zone of day, which is the
// midnight that it begins with; made is when the bill was. Cancels and refunds
// are of type 退款; where the merchant gave no refund number, it is his order's. A
// payout is no trade, and not there.
// money.ErrMismatch for a movement in another currency.
func Alipay(w io.Writer, of Account, day, made time.Time, movements Movements) error {
	bill := alipayBill{of: of, day: day, made: made, zip: zip.NewWriter(w), sums: newTrades(of.Currency)}
	if err := bill.file("业务明细", func(out *bufio.Writer) error { return bill.details(out, movements) }); err != nil {
		return err
	}
	if err := bill.file("业务明细(汇总)", bill.summary); err != nil {
		return err
	}
	return bill.zip.Close()
}

// AlipayFile is what such a bill is called.
func AlipayFile(of Account, day time.Time) string {
	return of.Merchant.String() + "_" + day.Format("20060102") + ".csv.zip"
}

type alipayBill struct {
	of        Account
	day, made time.Time
	zip       *zip.Writer
	sums      trades
}

// file writes one file of the bill.
func (b *alipayBill) file(what string, lines func(*bufio.Writer) error) error {
	name := gbk(b.of.Merchant.String() + "_" + b.day.Format("20060102") + "_" + what + ".csv")
	part, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate, Modified: b.made})
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	out := bufio.NewWriter(part)
	if err := lines(out); err != nil {
		return err
	}
	return out.Flush()
}

func (b *alipayBill) details(out *bufio.Writer, movements Movements) error {
	b.head(out, alipayDetails, alipayBegin, alipayColumns)
	for m, err := range tradesOf(movements) {
		if err != nil {
			return fmt.Errorf("statement: %w", err)
		}
		if err := b.sums.add(m); err != nil {
			return err
		}
		alipayLine(out, b.trade(m))
	}
	none := b.none()
	line(out, alipayEnd)
	line(out, fmt.Sprintf("#交易合计：%d笔，商家实收共%s元，商家优惠共%s元", b.sums.payments, b.sums.paid.Decimal(), none))
	line(out, fmt.Sprintf("#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共%s元", b.sums.returnings, b.sums.back.Negate().Decimal(), none))
	line(out, "#导出时间：["+b.moment(b.made)+"]")
	return nil
}

// trade are the values of one line. A tab behind a number keeps a spreadsheet
// from rounding it; readers take it off.
func (b *alipayBill) trade(m payment.Movement) []string {
	kind, number, none := "交易", "", b.none()
	switch m.Kind {
	case payment.MovedByCancel:
		kind, number = "退款", m.OrderNo
	case payment.MovedByRefund:
		kind, number = "退款", m.RefundNo
	}
	amount := m.Amount.Decimal()
	return []string{
		m.Payment.String() + "\t", inert(m.OrderNo) + "\t", kind, inert(m.Subject), clock(m.BegunAt, b.day), clock(m.At, b.day),
		"", "", "", inert(m.TerminalID) + "\t", "", amount, amount, none, none, none, none, none, "", none, none,
		inert(number) + "\t", feeOf(m).Decimal(), none, "",
	}
}

func (b *alipayBill) summary(out *bufio.Writer) error {
	net, err := b.sums.paid.Add(b.sums.back.Negate())
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	all, err := net.Add(b.sums.fees)
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	amount, none := net.Decimal(), b.none()
	values := []string{strconv.Itoa(b.sums.payments), strconv.Itoa(b.sums.returnings), amount, amount, none, none, none, b.sums.fees.Decimal(), none, all.Decimal()}
	b.head(out, alipaySummary, alipaySumBegin, alipaySumColumns)
	alipayLine(out, append([]string{"", ""}, values...))
	alipayLine(out, append([]string{"合计", ""}, values...))
	line(out, alipaySumEnd)
	line(out, "#导出时间：["+b.moment(b.made)+"]")
	return nil
}

// head is what both files begin with.
func (b *alipayBill) head(out *bufio.Writer, title, begin, columns string) {
	line(out, title)
	line(out, "#账号：["+b.of.Merchant.String()+"]")
	line(out, "#起始日期：["+b.moment(b.day)+"]   终止日期：["+b.moment(b.day.AddDate(0, 0, 1))+"]")
	line(out, begin)
	line(out, columns)
}

func (b *alipayBill) moment(t time.Time) string {
	return t.In(b.day.Location()).Format("2006年01月02日 15:04:05")
}

func (b *alipayBill) none() string { return newTrades(b.of.Currency).paid.Decimal() }

// alipayLine writes values as CSV. It quotes only what has to be: most readers
// split at every comma, and those that know quotes know them where they are.
func alipayLine(out *bufio.Writer, values []string) {
	for i, v := range values {
		if strings.ContainsAny(v, ",\"\r\n") {
			values[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
	}
	line(out, strings.Join(values, ","))
}

func line(out *bufio.Writer, text string) { out.WriteString(gbk(text) + "\r\n") }

// gbk writes a text in GBK, with a question mark for what it does not have.
func gbk(text string) string {
	encoder := simplifiedchinese.GBK.NewEncoder()
	if all, err := encoder.String(text); err == nil {
		return all
	}
	var known strings.Builder
	for _, r := range text {
		one, err := encoder.String(string(r))
		if err != nil {
			one = "?"
		}
		known.WriteString(one)
	}
	return known.String()
}
