package statement_test

import (
	"errors"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

func listed(all []payment.Movement, end error) iter.Seq2[payment.Movement, error] {
	return func(yield func(payment.Movement, error) bool) {
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
		if end != nil {
			yield(payment.Movement{}, end)
		}
	}
}

func cny(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "CNY"} }

func TestCSV(t *testing.T) {
	at := time.Date(2026, 11, 21, 8, 0, 0, 999, time.FixedZone("CST", 8*3600))
	pay, ref := ids.Payment{15: 1}, ids.Refund{15: 2}
	var text strings.Builder
	err := statement.CSV(&text, listed([]payment.Movement{
		{Kind: payment.MovedByPayment, At: at, Amount: cny(1250), Fee: -8, FeeBP: 60, Payment: pay, OrderNo: "a,1", Method: payment.OfflineDigits, TerminalID: "t1"},
		{Kind: payment.MovedByPayment, At: at, Amount: money.Amount{Minor: 7, Currency: "JPY"}, Payment: pay, OrderNo: "j", Method: payment.NFC},
		{Kind: payment.MovedByPayment, At: at, Amount: cny(50), Payment: pay, OrderNo: "=2+3", Method: payment.Online},
		{Kind: payment.MovedByRefund, At: at, Amount: cny(-250), Fee: 2, FeeBP: 60, Payment: pay, OrderNo: "a,1", Method: payment.OfflineDigits, TerminalID: "t1", Refund: ref, RefundNo: "r-1"},
		{Kind: payment.MovedByCancel, At: at, Amount: cny(-50), Payment: pay, OrderNo: "=2+3", Method: payment.Online},
		{Kind: payment.MovedByPayout, At: at, Amount: cny(-900), Payout: ids.Payout{15: 6}, PayoutNo: "=p"},
		{Kind: payment.MovedByReturn, At: at, Amount: cny(900), Payout: ids.Payout{15: 6}, PayoutNo: "=p"},
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	const id, refund = "pay_00000000000000000000000001", "ref_00000000000000000000000002"
	want := strings.ReplaceAll(`type,time,order_no,payment_id,refund_no,refund_id,method,terminal_id,amount,currency,count,fee,payout_no,payout_id
payment,2026-11-21T00:00:00Z,"a,1",`+id+`,,,offline_digits,t1,1250,CNY,1,-8,,
payment,2026-11-21T00:00:00Z,j,`+id+`,,,nfc,,7,JPY,1,0,,
payment,2026-11-21T00:00:00Z,'=2+3,`+id+`,,,online,,50,CNY,1,0,,
refund,2026-11-21T00:00:00Z,"a,1",`+id+`,r-1,`+refund+`,offline_digits,t1,-250,CNY,1,2,,
cancel,2026-11-21T00:00:00Z,'=2+3,`+id+`,,,online,,-50,CNY,1,0,,
payout,2026-11-21T00:00:00Z,,,,,,,-900,CNY,1,0,'=p,po_00000000000000000000000006
payout_return,2026-11-21T00:00:00Z,,,,,,,900,CNY,1,0,'=p,po_00000000000000000000000006
total_payment,,,,,,,,1300,CNY,2,-8,,
total_cancel,,,,,,,,-50,CNY,1,0,,
total_refund,,,,,,,,-250,CNY,1,2,,
total_payout,,,,,,,,-900,CNY,1,0,,
total_payout_return,,,,,,,,900,CNY,1,0,,
total_fee,,,,,,,,-6,CNY,2,-6,,
total,,,,,,,,994,CNY,6,-6,,
total_payment,,,,,,,,7,JPY,1,0,,
total,,,,,,,,7,JPY,1,0,,
`, "\n", "\r\n")
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}

func TestStatementThatCannotBe(t *testing.T) {
	broken := errors.New("broken")
	if err := statement.CSV(&strings.Builder{}, listed(nil, broken)); !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
	much := payment.Movement{Kind: payment.MovedByPayment, Amount: cny(math.MaxInt64)}
	if err := statement.CSV(&strings.Builder{}, listed([]payment.Movement{much, much}, nil)); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("err = %v", err)
	}
}
