package storetest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/statement"
)

// wantBills holds the bills in both companies' forms against the sum of the postings.
func (o *office) wantBills(m ids.Merchant, from, to time.Time, payments, returnings int, posted int64) {
	o.Helper()
	of := statement.Account{Merchant: m, Currency: "CNY"}
	var wechat, alipay bytes.Buffer
	o.must(statement.WeChat(&wechat, of, from, o.db.Movements(o.Context(), m, from, to)))
	lines := strings.Split(strings.TrimSpace(wechat.String()), "\r\n")
	sums := strings.Split(lines[len(lines)-1][1:], ",`")
	if net := o.minor(sums[5]) - o.minor(sums[6]) - o.minor(sums[4]); sums[0] != fmt.Sprint(payments+returnings) || len(lines) != payments+returnings+3 || net != posted {
		o.Errorf("WeChat's form: sums %v of %d lines, the postings add up to %d", sums, len(lines), posted)
	}
	o.must(statement.Alipay(&alipay, of, from, to, o.db.Movements(o.Context(), m, from, to)))
	details, summary := o.alipayFiles(alipay.Bytes())
	all := strings.Split(summary[6], ",")
	if all[2] != fmt.Sprint(payments) || all[3] != fmt.Sprint(returnings) || o.minor(all[11]) != posted {
		o.Errorf("Alipay's form: sums %v, the postings add up to %d", all, posted)
	}
	if trades := len(details) - 9; trades != payments+returnings {
		o.Errorf("Alipay's form: %d lines, want %d", trades, payments+returnings)
	}
}

// alipayFiles are the lines of both files.
func (o *office) alipayFiles(bill []byte) (details, summary []string) {
	o.Helper()
	files, err := zip.NewReader(bytes.NewReader(bill), int64(len(bill)))
	o.must(err)
	for i, into := range []*[]string{&details, &summary} {
		in, err := files.File[i].Open()
		o.must(err)
		text, err := io.ReadAll(simplifiedchinese.GBK.NewDecoder().Reader(in))
		o.must(err)
		*into = strings.Split(strings.TrimSpace(string(text)), "\r\n")
	}
	return details, summary
}

// minor reads an amount of a bill.
func (o *office) minor(decimal string) int64 {
	o.Helper()
	a, err := money.ParseDecimal(strings.TrimPrefix(decimal, "-"), "CNY")
	o.must(err)
	if strings.HasPrefix(decimal, "-") {
		return -a.Minor
	}
	return a.Minor
}
