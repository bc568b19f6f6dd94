package statement_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

var (
	shanghai = time.FixedZone("CST", 8*3600)
	day      = time.Date(2026, 11, 21, 0, 0, 0, 0, shanghai)
	account  = statement.Account{Merchant: ids.Merchant{15: 3}, Currency: "CNY", AppID: "wx1"}
)

const (
	merID, payID, refID = "mer_00000000000000000000000003", "pay_00000000000000000000000001", "ref_00000000000000000000000002"
)

// aDay has a payment of each kind of trouble: what formulas, commas, quotes,
// backquotes and characters that GBK does not have do to a bill.
func aDay() []payment.Movement {
	begun, pay := day.Add(9*time.Hour).UTC(), ids.Payment{15: 1}
	of := func(kind payment.MovementKind, after time.Duration, minor int64, orderNo, subject string) payment.Movement {
		return payment.Movement{Kind: kind, At: begun.Add(after), BegunAt: begun, Amount: cny(minor), Payment: pay, Payer: ids.Payer{15: 4},
			OrderNo: orderNo, Method: payment.OfflineDigits, Subject: subject, TerminalID: "T1"}
	}
	refund := of(payment.MovedByRefund, time.Hour, -250, "a,1", "茶, \"大\"")
	refund.Refund, refund.RefundNo, refund.FeeBP, refund.Fee = ids.Refund{15: 2}, "r-1", 60, 2
	paid := of(payment.MovedByPayment, time.Second, 1250, "a,1", "茶, \"大\"")
	paid.FeeBP, paid.Fee = 60, -8
	return []payment.Movement{
		paid,
		of(payment.MovedByPayment, time.Second, 50, "=2+3", "`🍵"),
		refund,
		{Kind: payment.MovedByPayout, At: begun, BegunAt: begun, Amount: cny(-900), Payout: ids.Payout{15: 6}, PayoutNo: "p1"}, // no trade
		of(payment.MovedByCancel, 2*time.Hour, -50, "=2+3", "`🍵"),
	}
}

func TestWeChat(t *testing.T) {
	var bill bytes.Buffer
	if err := statement.WeChat(&bill, account, day, listed(aDay(), nil)); err != nil {
		t.Fatal(err)
	}
	openID := statement.OpenID(account.Merchant, ids.Payer{15: 4})
	of := func(at, order, state, paid, refundID, refundNo, back, how, done, subject, fee, rate string) string {
		return strings.Join([]string{"`2026-11-21 " + at, "wx1", merID, "0", "T1", payID, order, openID, "MICROPAY", state, "OTHERS", "CNY", paid, "0.00",
			refundID, refundNo, back, "0.00", how, done, subject, "", fee, rate, paid, back, ""}, ",`")
	}
	want := "\ufeff" + strings.Join([]string{
		"交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
		of("09:00:01", "a,1", "SUCCESS", "12.50", "0", "0", "0.00", "", "", "茶, \"大\"", "0.08", "0.60%"),
		of("09:00:01", "=2+3", "SUCCESS", "0.50", "0", "0", "0.00", "", "", "'🍵", "0.00", "0.00%"),
		of("10:00:00", "a,1", "REFUND", "0.00", refID, "r-1", "2.50", "ORIGINAL", "SUCCESS", "茶, \"大\"", "-0.02", "0.60%"),
		of("11:00:00", "=2+3", "REVOKED", "0.00", "0", "0", "0.50", "", "", "'🍵", "0.00", "0.00%"),
		"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
		"`4,`13.00,`3.00,`0.00,`0.06,`13.00,`3.00",
		"",
	}, "\r\n")
	if diff := cmp.Diff(want, bill.String()); diff != "" {
		t.Error(diff)
	}
}

// unpacked are the files of a bill, by their names, as who reads GBK sees them.
func unpacked(t *testing.T, bill []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(bill), int64(len(bill)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		name, err := simplifiedchinese.GBK.NewDecoder().String(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(simplifiedchinese.GBK.NewDecoder().Reader(in))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

func TestAlipay(t *testing.T) {
	var bill bytes.Buffer
	if err := statement.Alipay(&bill, account, day, day.Add(30*time.Hour), listed(aDay(), nil)); err != nil {
		t.Fatal(err)
	}
	of := func(at, order, kind, amount, number, subject, fee string) string {
		return payID + "\t," + order + "," + kind + "," + subject + ",2026-11-21 09:00:00,2026-11-21 " + at + ",,,,T1\t,," +
			amount + "," + amount + ",0.00,0.00,0.00,0.00,0.00,,0.00,0.00," + number + "\t," + fee + ",0.00,"
	}
	lines := func(all ...string) string { return strings.Join(append(all, ""), "\r\n") }
	want := map[string]string{
		merID + "_20261121_业务明细.csv": lines(
			"#支付宝业务明细查询",
			"#账号：["+merID+"]",
			"#起始日期：[2026年11月21日 00:00:00]   终止日期：[2026年11月22日 00:00:00]",
			"#-----------------------------------------业务明细列表----------------------------------------",
			"支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注",
			of("09:00:01", "\"a,1\t\"", "交易", "12.50", "", `"茶, ""大"""`, "-0.08"),
			of("09:00:01", "'=2+3\t", "交易", "0.50", "", "`?", "0.00"),
			of("10:00:00", "\"a,1\t\"", "退款", "-2.50", "r-1", `"茶, ""大"""`, "0.02"),
			of("11:00:00", "'=2+3\t", "退款", "-0.50", "'=2+3", "`?", "0.00"),
			"#-----------------------------------------业务明细列表结束------------------------------------",
			"#交易合计：2笔，商家实收共13.00元，商家优惠共0.00元",
			"#退款合计：2笔，商家实收退款共-3.00元，商家优惠退款共0.00元",
			"#导出时间：[2026年11月22日 06:00:00]"),
		merID + "_20261121_业务明细(汇总).csv": lines(
			"#支付宝业务汇总查询",
			"#账号：["+merID+"]",
			"#起始日期：[2026年11月21日 00:00:00]   终止日期：[2026年11月22日 00:00:00]",
			"#-----------------------------------------业务汇总列表----------------------------------------",
			"门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）",
			",,2,2,10.00,10.00,0.00,0.00,0.00,-0.06,0.00,9.94",
			"合计,,2,2,10.00,10.00,0.00,0.00,0.00,-0.06,0.00,9.94",
			"#----------------------------------------业务汇总列表结束-------------------------------------",
			"#导出时间：[2026年11月22日 06:00:00]"),
	}
	if diff := cmp.Diff(want, unpacked(t, bill.Bytes())); diff != "" {
		t.Error(diff)
	}
	if name := statement.AlipayFile(account, day); name != merID+"_20261121.csv.zip" {
		t.Error(name)
	}
}

func TestBillThatCannotBe(t *testing.T) {
	broken := errors.New("broken")
	foreign := payment.Movement{Kind: payment.MovedByPayment, Amount: money.Amount{Minor: 1, Currency: "EUR"}}
	for name, c := range map[string]struct {
		movements statement.Movements
		want      error
	}{
		"a source that ends":   {listed(aDay(), broken), broken},
		"a second currency":    {listed([]payment.Movement{foreign}, nil), money.ErrMismatch},
		"too much to be added": {listed([]payment.Movement{{Kind: payment.MovedByPayment, Amount: cny(1 << 62)}, {Kind: payment.MovedByPayment, Amount: cny(1 << 62)}}, nil), money.ErrOverflow},
	} {
		if err := statement.WeChat(io.Discard, account, day, c.movements); !errors.Is(err, c.want) {
			t.Errorf("%s: WeChat: %v, want %v", name, err, c.want)
		}
		if err := statement.Alipay(io.Discard, account, day, day, c.movements); !errors.Is(err, c.want) {
			t.Errorf("%s: Alipay: %v, want %v", name, err, c.want)
		}
	}
}

func TestBillsOfACurrencyWithoutDecimals(t *testing.T) {
	yen := statement.Account{Merchant: account.Merchant, Currency: "JPY"}
	var bill bytes.Buffer
	paid := payment.Movement{Kind: payment.MovedByPayment, At: day, BegunAt: day, Amount: money.Amount{Minor: 700, Currency: "JPY"}}
	if err := statement.WeChat(&bill, yen, day, listed([]payment.Movement{paid}, nil)); err != nil || !strings.HasSuffix(bill.String(), "`1,`700,`0,`0,`0,`700,`0\r\n") {
		t.Errorf("%v\n%s", err, bill.String())
	}
}
