package statement_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/statement"
)

// readers reads a bill as tills' own libraries do, and prints what they made of it.
const readers = `
import { buffer } from 'node:stream/consumers'
import axiosPlugin from 'wechatpay-axios-plugin'
import tenpay from 'tenpay'
const bill = await buffer(process.stdin)
const axios = axiosPlugin.Formatter.castCsvBill(bill)
const old = await tenpay.init({ appid: 'a', mchid: 'm', partnerKey: 'k' })._parseBill(bill.toString(), true)
process.stdout.write(JSON.stringify({
  axios: [...axios.rows.map(r => [r['商户订单号'], r['交易状态'], r['订单金额'], r['退款金额'], r['商品名称']]), Object.values(axios.summary)],
  tenpay: [...old.list_data.map(r => [r[6], r[9], r[24], r[16], r[20]]), old.total_data],
}))`

// What the libraries that WeChat Pay's merchants use make of the bill.
func TestWeChatAsItsLibrariesReadIt(t *testing.T) {
	var bill, complaints bytes.Buffer
	if err := statement.WeChat(&bill, account, day, listed(aDay(), nil)); err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", readers)
	node.Dir, node.Stdin, node.Stderr = "../api/wechat/clients", &bill, &complaints
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s\nHave .ci/install install the libraries.", err, &complaints)
	}
	var got map[string][][]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := [][]string{
		{"a,1", "SUCCESS", "12.50", "0.00", "茶, \"大\""},
		{"=2+3", "SUCCESS", "0.50", "0.00", "'🍵"},
		{"a,1", "REFUND", "0.00", "2.50", "茶, \"大\""},
		{"=2+3", "REVOKED", "0.00", "0.50", "'🍵"},
		{"4", "13.00", "3.00", "0.00", "0.06", "13.00", "3.00"},
	}
	if diff := cmp.Diff(map[string][][]string{"axios": want, "tenpay": want}, got); diff != "" {
		t.Error(diff)
	}
}
