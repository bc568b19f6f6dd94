package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listen opens a device's stream and answers its lines as they come; the channel
// is closed when the stream ends.
func (w *world) listen(p *phone) <-chan string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.url+"/v1/device/events", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	p.as(r)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("stream answered %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	seen.note(w.t, r, reply{status: 200})
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer answer.Body.Close()
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// event waits for an event of a kind and answers its data.
func (w *world) event(lines <-chan string, kind string) (data obj) {
	w.t.Helper()
	for now := false; ; {
		select {
		case line, open := <-lines:
			if !open {
				w.t.Fatalf("the stream ended before %s", kind)
			}
			if text, ok := strings.CutPrefix(line, "data: "); ok && now {
				if err := json.Unmarshal([]byte(text), &data); err != nil {
					w.t.Fatal(err)
				}
				return data
			}
			now = line == "event: "+kind || now && line != ""
		case <-time.After(10 * time.Second):
			w.t.Fatalf("no %s within ten seconds", kind)
		}
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	_, key := w.newMerchant("Corner Shop")
	payer := w.newPayer("u-1", "Ada", 5000)
	w.want(w.call(bearer(w.op), "PUT", "/v1/payers/"+payer+"/limits", obj{"per_payment": 5000, "per_day": 5000, "count_per_day": 9, "confirm_above": 100}), 200)
	p := enrolled(w, payer)
	lines := w.listen(p)

	paid := w.want(w.call(bearer(key), "POST", "/v1/payments", charge("A-1", p.digits(), 100)), 201)
	data := w.event(lines, "payment.succeeded")
	if data["payment"].(obj)["id"] != paid.str("id") || data["balance"].(obj)["amount"] != 4900.0 || data["payment"].(obj)["merchant"].(obj)["name"] != "Corner Shop" {
		t.Errorf("payment.succeeded carries %v", data)
	}
	pending := w.want(w.call(bearer(key), "POST", "/v1/payments", charge("A-2", p.text(), 200)), 201)
	if asked := w.event(lines, "payment.confirm_requested")["payment"].(obj); asked["id"] != pending.str("id") || asked["expires_at"] == nil {
		t.Errorf("payment.confirm_requested carries %v; the charge answered %s", asked, pending.text)
	}
	w.want(w.call(p.as, "POST", "/v1/device/payments/"+pending.str("id")+"/confirm", nil), 200)
	w.event(lines, "payment.succeeded")
	w.want(w.call(bearer(key), "POST", "/v1/payments", charge("A-3", p.digits(), 4999)), 201)
	w.want(w.call(bearer(key), "POST", "/v1/payments/"+paid.str("id")+"/refunds", obj{"refund_no": "R", "amount": 50}), 201)
	if data := w.event(lines, "payment.refunded"); data["payment"].(obj)["refunded"] != 50.0 || data["balance"].(obj)["amount"] != 4750.0 {
		t.Errorf("payment.refunded carries %v", data)
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/payers/"+payer+"/topups", obj{"reference": "more", "amount": 50}), 201)
	if data := w.event(lines, "payer.topped_up"); data["balance"].(obj)["amount"] != 4800.0 {
		t.Errorf("payer.topped_up carries %v", data)
	}
	w.want(w.call(bearer(w.op), "POST", "/v1/devices/"+p.id+"/freeze", nil), 200)
	w.event(lines, "device.frozen")

	w.stop()
	for range lines { // until the stream has ended, or the test's time is over
	}
}
