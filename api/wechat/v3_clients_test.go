package wechat_test

import (
	"strings"
	"testing"
)

// codepay is what version 3 charges with.
func codepay(order, code string, fen int) params {
	return params{
		"out_trade_no": order, "description": "面 & <noodles>", "amount": params{"total": fen, "currency": "CNY"},
		"payer": params{"auth_code": code}, "scene_info": params{"device_id": "till 7", "store_info": params{"id": "0001"}},
	}
}

func giveBack(order, number string, total, part int) params {
	return params{"out_trade_no": order, "out_refund_no": number, "reason": "cold", "amount": params{"total": total, "refund": part, "currency": "CNY"}}
}

func TestV3ClientPaysQueriesReversesRefunds(t *testing.T) {
	w := newWorld(t)
	order := func(n string) params { return params{"out_trade_no": n} }
	got := w.run(w.server.URL(),
		step{"v3", "codepay", codepay("A", w.code(), 1000)},
		step{"v3", "query", order("A")},
		step{"v3", "refund", giveBack("A", "R", 1000, 300)},
		step{"v3", "refund", giveBack("A", "R", 1000, 300)}, // its answer was lost
		step{"v3", "refundQuery", params{"out_refund_no": "R"}},
		step{"v3", "query", order("A")},
		step{"v3", "codepay", codepay("B", w.code(), 2000)},
		step{"v3", "reverse", order("B")},
		step{"v3", "reverse", order("B")},
		step{"v3", "query", order("B")},
		step{"v3", "reverse", order("never")},
		step{"v3", "certificates", nil},
		step{"v3", "close", order("closed")},
		step{"v3", "codepay", codepay("closed", w.code(), 100)},
	)
	paid := map[string]string{"trade_state": "SUCCESS", "trade_type": "MICROPAY", "out_trade_no": "A", "mchid": w.mchID, "appid": w.appID}
	w.says("pays", got[0], paid)
	w.says("asks", got[1], paid)
	if a, _ := got[1].Data["amount"].(map[string]any); a["total"] != 1000.0 || a["payer_total"] != 1000.0 || a["currency"] != "CNY" {
		t.Errorf("paid %v", got[1].Data)
	}
	for _, again := range got[2:5] {
		w.says("refunds", again, map[string]string{"status": "SUCCESS", "out_refund_no": "R", "out_trade_no": "A", "refund_id": str(got[2].Data["refund_id"])})
		if a, _ := again.Data["amount"].(map[string]any); a["refund"] != 300.0 || a["total"] != 1000.0 {
			t.Errorf("refunded %v", again.Data)
		}
	}
	w.says("asks again", got[5], map[string]string{"trade_state": "REFUND"})
	for _, again := range got[7:9] {
		w.says("reverses", again, map[string]string{"out_trade_no": "B", "mchid": w.mchID})
	}
	w.says("asks what was reversed", got[9], map[string]string{"trade_state": "REVOKED"})
	w.says("reverses what was never seen", got[10], map[string]string{"out_trade_no": "never"})
	w.says("reads the certificate", got[11], map[string]string{"serial_no": us().Certificate.Serial(), "certificate": us().Certificate.PEM()})
	if got[12].Error != "" || got[13].Error != "ORDER_CLOSED" {
		t.Errorf("closed: %v, paid then: %v", got[12], got[13])
	}
	w.says("by the other number", w.run(w.server.URL(), step{"v3", "transaction", params{"transaction_id": got[0].Data["transaction_id"]}})[0],
		map[string]string{"out_trade_no": "A", "trade_state": "REFUND"})
	w.balance(10_000 - 700)
}

func TestV3ClientIsTold(t *testing.T) {
	w := newWorld(t)
	used := w.code()
	w.says("the code is used", w.run(w.server.URL(), step{"v3", "codepay", codepay("first", used, 100)})[0], map[string]string{"trade_state": "SUCCESS"})
	tells := []struct {
		step   step
		want   string
		status int
	}{
		{step{"v3", "codepay", codepay("used", used, 100)}, "AUTH_CODE_INVALID", 400},
		{step{"v3", "codepay", codepay("poor", w.code(), 20_000)}, "NOT_ENOUGH", 403},
		{step{"v3", "codepay", codepay("junk", "not a code", 100)}, "AUTH_CODE_INVALID", 400},
		{step{"v3", "codepay", codepay("first", w.code(), 101)}, "OUT_TRADE_NO_USED", 403},
		{step{"v3", "codepay", codepay("free", w.code(), 0)}, "PARAM_ERROR", 400},
		{step{"v3", "codepay", codepay("a.b", w.code(), 1)}, "PARAM_ERROR", 400},
		{step{"v3", "codepay", params{"mchid": "1230000109", "out_trade_no": "x"}}, "PARAM_ERROR", 400},
		{step{"v3", "codepay", params{"appid": "wx0000000000000000", "out_trade_no": "x"}}, "APPID_MCHID_NOT_MATCH", 400},
		{step{"v3", "codepay", params{"amount": params{"total": "1"}}}, "PARAM_ERROR", 400},
		{step{"v3", "query", params{"out_trade_no": "unknown"}}, "ORDER_NOT_EXIST", 404},
		{step{"v3", "transaction", params{"transaction_id": "4200000000202611270000000001"}}, "ORDER_NOT_EXIST", 404},
		{step{"v3", "refund", giveBack("unknown", "r", 1, 1)}, "ORDER_NOT_EXIST", 404},
		{step{"v3", "refund", giveBack("first", "more", 100, 101)}, "INVALID_REQUEST", 400},
		{step{"v3", "refund", giveBack("first", "r", 99, 1)}, "INVALID_REQUEST", 400},
		{step{"v3", "refund", giveBack("used", "u", 100, 1)}, "TRADE_ERROR", 403},
		{step{"v3", "refundQuery", params{"out_refund_no": "unknown"}}, "RESOURCE_NOT_EXISTS", 404},
		{step{"v3", "close", params{"out_trade_no": "first"}}, "ORDERPAID", 400},
		{step{"v3", "native", params{"out_trade_no": strings.Repeat("n", 26), "description": "d", "amount": params{"total": 1}}}, "PARAM_ERROR", 400},
	}
	var steps []step
	for _, tell := range tells {
		steps = append(steps, tell.step)
	}
	for i, got := range w.run(w.server.URL(), steps...) {
		if got.Error != tells[i].want || got.Status != tells[i].status {
			t.Errorf("%v: told %d %q, want %d %s", tells[i].step, got.Status, got.Error, tells[i].status, tells[i].want)
		}
	}
	w.balance(9_900)
}
