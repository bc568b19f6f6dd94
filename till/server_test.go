package till

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/paycode/paycode/client"
)

// books is a server of the contract with one merchant, written from docs/api.md.
// A code is "word-number": what happens when it is charged, and when it was shown.
type books struct {
	mu       sync.Mutex
	now      func() time.Time
	orders   map[string]*attempt
	payments map[string]*attempt
	used     map[string]bool
	moved    map[string]int64 // by order number, what the merchant has of it
	refunds  map[string]client.Refund
}

type attempt struct {
	client.Payment
	code  string
	polls int
}

func newBooks(now func() time.Time) *books {
	return &books{
		now: now, orders: map[string]*attempt{}, payments: map[string]*attempt{}, used: map[string]bool{},
		moved: map[string]int64{}, refunds: map[string]client.Refund{},
	}
}

// RoundTrip answers without a network in between.
func (b *books) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/payments", b.charge)
	mux.HandleFunc("GET /v1/payments", b.ask)
	mux.HandleFunc("GET /v1/payments/{id}", b.watch)
	mux.HandleFunc("POST /v1/payments/{id}/cancel", b.cancelPayment)
	mux.HandleFunc("POST /v1/orders/{no}/cancel", b.cancelOrder)
	mux.HandleFunc("POST /v1/payments/{id}/refunds", b.refund)
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer mk_test" {
		problem(w, 401, "unauthorized")
	} else {
		mux.ServeHTTP(w, r)
	}
	a := w.Result()
	a.Request = r
	return a, nil
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, status int, code string) {
	write(w, status, client.Problem{Code: code, Title: code})
}

func (b *books) charge(w http.ResponseWriter, r *http.Request) {
	var q chargeRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.AmountMinor <= 0 {
		problem(w, 422, "invalid_request")
		return
	}
	last := b.orders[q.OrderNo]
	switch {
	case last != nil && last.AmountMinor != 0 && last.AmountMinor != q.AmountMinor:
		problem(w, 409, "order_conflict")
		return
	case last != nil && (last.code == q.Code || last.Status != client.Declined):
		write(w, 200, last.Payment)
		return
	}
	a := &attempt{code: q.Code, Payment: client.Payment{
		ID: fmt.Sprintf("pay_%d", len(b.payments)), OrderNo: q.OrderNo, AmountMinor: q.AmountMinor, Currency: q.Currency,
		TerminalID: q.Terminal, Subject: q.Subject,
	}}
	a.Status, a.DeclineCode = b.decide(q.Code)
	b.orders[q.OrderNo], b.payments[a.ID] = a, a
	if a.Status == client.Succeeded {
		b.moved[q.OrderNo] += q.AmountMinor
	}
	write(w, 201, a.Payment)
}

func (b *books) decide(code string) (client.Status, string) {
	word, at, _ := strings.Cut(code, "-")
	var shown int64
	fmt.Sscan(at, &shown)
	switch age := b.now().Unix() - shown/1000; {
	case age > 100:
		return client.Declined, "code_expired"
	case b.used[code]:
		return client.Declined, "code_used"
	case word == "poor":
		// Somebody tops the payer up a little later: his code is still good.
		if age < 20 {
			return client.Declined, "insufficient_funds"
		}
	case word == "ask", word == "no":
		b.used[code] = true
		return client.Pending, ""
	}
	b.used[code] = true
	return client.Succeeded, ""
}

func (b *books) ask(w http.ResponseWriter, r *http.Request) {
	b.answer(w, b.orders[r.URL.Query().Get("order_no")])
}

// watch has the payer answer when he was asked about for the third time.
func (b *books) watch(w http.ResponseWriter, r *http.Request) {
	a := b.payments[r.PathValue("id")]
	if a != nil && a.Status == client.Pending {
		if a.polls++; a.polls == 3 {
			a.Status = client.Succeeded
			if strings.HasPrefix(a.code, "no") {
				a.Status, a.DeclineCode = client.Declined, "confirmation_rejected"
			} else {
				b.moved[a.OrderNo] += a.AmountMinor
			}
		}
	}
	b.answer(w, a)
}

func (b *books) answer(w http.ResponseWriter, a *attempt) {
	if a == nil {
		problem(w, 404, "not_found")
		return
	}
	write(w, 200, a.Payment)
}

func (b *books) cancelPayment(w http.ResponseWriter, r *http.Request) {
	b.cancel(w, b.payments[r.PathValue("id")])
}

func (b *books) cancelOrder(w http.ResponseWriter, r *http.Request) {
	no := r.PathValue("no")
	if b.orders[no] == nil {
		a := &attempt{Payment: client.Payment{ID: fmt.Sprintf("pay_%d", len(b.payments)), OrderNo: no, Currency: "CNY"}}
		b.orders[no], b.payments[a.ID] = a, a
	}
	b.cancel(w, b.orders[no])
}

func (b *books) cancel(w http.ResponseWriter, a *attempt) {
	switch {
	case a == nil:
	case a.Status == client.Refunded || a.Status == client.PartiallyRefunded:
		problem(w, 409, "not_cancelable")
		return
	case a.Status == client.Succeeded:
		b.moved[a.OrderNo] -= a.AmountMinor
		a.Status = client.Canceled
	default:
		a.Status = client.Canceled
	}
	b.answer(w, a)
}

func (b *books) refund(w http.ResponseWriter, r *http.Request) {
	a := b.payments[r.PathValue("id")]
	var q struct {
		RefundNo string `json:"refund_no"`
		Amount   int64  `json:"amount"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || a == nil {
		problem(w, 404, "not_found")
		return
	}
	if done, ok := b.refunds[q.RefundNo]; ok {
		write(w, 200, done)
		return
	}
	if q.Amount > a.AmountMinor-a.RefundedMinor {
		problem(w, 409, "refund_exceeds_payment")
		return
	}
	a.RefundedMinor += q.Amount
	a.Status = client.PartiallyRefunded
	if a.RefundedMinor == a.AmountMinor {
		a.Status = client.Refunded
	}
	b.moved[a.OrderNo] -= q.Amount
	b.refunds[q.RefundNo] = client.Refund{ID: "ref_" + q.RefundNo, PaymentID: a.ID, RefundNo: q.RefundNo, AmountMinor: q.Amount}
	write(w, 201, b.refunds[q.RefundNo])
}
