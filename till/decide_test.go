package till

import (
	"fmt"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
)

func TestDecide(t *testing.T) {
	began := time.Unix(1795284017, 0)
	pay := func(s client.Status) answer {
		return answer{payment: client.Payment{ID: "pay_1", Status: s, AmountMinor: yuan.Minor, Currency: yuan.Currency}}
	}
	lost := answer{err: fmt.Errorf("%w: silence", client.ErrLost)}
	unseen := answer{err: &client.Problem{Status: 404, Code: "not_found"}}
	tooLate := answer{err: &client.Problem{Status: 409, Code: "not_cancelable"}}
	refused := answer{err: &client.Problem{Status: 401, Code: "unauthorized"}}
	for _, c := range []struct {
		name      string
		done      act
		answer    answer
		lost      bool
		canceling bool
		after     time.Duration // since the scan
		want      act
	}{
		{"paid", send, pay(client.Succeeded), false, false, 0, stop},
		{"declined, every request answered", send, pay(client.Declined), false, false, 0, stop},
		{"declined, a request may still arrive", ask, pay(client.Declined), true, false, 0, cancelOrder},
		{"declined, a cancel may still arrive", ask, pay(client.Declined), false, true, 0, cancelOrder},
		{"declined is what the cancel says", cancelOrder, pay(client.Declined), true, true, 0, stop},
		{"pending", send, pay(client.Pending), false, false, 0, watch},
		{"pending, and to be canceled", ask, pay(client.Pending), false, true, 0, cancelPayment},
		{"paid, and a cancel may still arrive", ask, pay(client.Succeeded), true, true, 0, cancelPayment},
		{"refunded cannot be canceled", ask, pay(client.Refunded), false, true, 0, stop},
		{"a state of a later contract", ask, pay("in_dispute"), false, false, 0, ask},
		{"silence", send, lost, false, false, 0, ask},
		{"silence about silence", ask, lost, true, false, 0, ask},
		{"unseen, the code lives", ask, unseen, true, false, 59 * time.Second, repeat},
		{"unseen, the code has died", ask, unseen, true, false, 60 * time.Second, cancelOrder},
		{"unseen, and the clock was set back", ask, unseen, true, false, -time.Second, cancelOrder},
		{"unseen, and to be canceled", ask, unseen, true, true, 0, cancelOrder},
		{"the server knows no such payment", watch, unseen, false, false, 0, ask},
		{"the first request is refused", send, refused, false, false, 0, stop},
		{"a repetition is refused", repeat, refused, true, false, 0, ask},
		{"too late to cancel", cancelPayment, tooLate, false, true, 0, ask},
	} {
		o := &order{Entry: Entry{OrderNo: "1", Amount: yuan, Began: began, Canceling: c.canceling}, sale: &Sale{}, lost: c.lost}
		if got := decide(o, c.done, c.answer, began.Add(c.after)); got.do != c.want {
			t.Errorf("%s: do %d, want %d", c.name, got.do, c.want)
		}
	}
}
