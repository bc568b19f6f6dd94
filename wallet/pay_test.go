package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
)

// shopPays is what an issuer does about shops' codes: it pays a reference once.
type shopPays struct {
	paid  map[string]int64 // by reference
	lose  int              // how many payments are carried out without an answer
	asked int
}

func (i *issuer) pay(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		MerchantQR string `json:"merchant_qr"`
		Amount     int64
		Reference  string
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Reference == "" {
		i.problem(w, 422, "invalid_request")
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	s := &i.shop
	s.asked++
	if ask.MerchantQR == "taken" {
		i.problem(w, 409, "order_taken")
		return
	}
	_, again := s.paid[ask.Reference]
	s.paid[ask.Reference] = ask.Amount
	if s.lose > 0 {
		s.lose--
		panic(http.ErrAbortHandler)
	}
	status := 201
	if again {
		status = 200
	}
	i.write(w, status, map[string]any{"id": "pay_" + ask.Reference, "status": "succeeded", "amount": ask.Amount, "currency": "CNY", "receipt": "PR1:X"})
}

// paidOnce fails unless n payments were made in all.
func (i *issuer) paidTimes(t *testing.T, n int) {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.shop.paid) != n {
		t.Errorf("paid under %d references, want %d", len(i.shop.paid), n)
	}
}

func TestPay(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	for n := range 2 { // two payments of the same code are two payments
		p, err := w.Pay(t.Context(), "QR", 1250)
		if err != nil || p.Status != client.Succeeded || p.Receipt != "PR1:X" || p.AmountMinor != 1250 {
			t.Fatalf("%+v, %v", p, err)
		}
		i.paidTimes(t, n+1)
	}
	var problem *client.Problem
	if _, err := w.Pay(t.Context(), "taken", 0); !errors.As(err, &problem) || problem.Code != "order_taken" {
		t.Errorf("an order that is taken: %v", err)
	}
	if s, err := w.enrolled(); err != nil || len(s.Paying) != 0 {
		t.Errorf("all is answered, and yet %+v is remembered, %v", s.Paying, err)
	}
}

// TestPayAsksAgain: a lost answer is asked for under the same reference.
func TestPayAsksAgain(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	i.set(func() { i.shop.lose = 2 })
	if p, err := w.Pay(t.Context(), "QR", 1250); err != nil || p.Status != client.Succeeded {
		t.Fatalf("%+v, %v", p, err)
	}
	i.paidTimes(t, 1)
	if i.shop.asked < 2 {
		t.Errorf("asked %d times", i.shop.asked)
	}
}

// TestPayAfterACrash: a wallet that ends without an answer, and starts anew, does
// not pay the same once more.
func TestPayAfterACrash(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	i.set(func() { i.shop.lose = 100 })
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := w.Pay(ctx, "QR", 1250); !errors.Is(err, ErrUnknown) {
		t.Fatalf("no answer: %v", err)
	}
	i.set(func() { i.shop.lose, i.refuse = 0, "device_frozen" })
	if _, err := w.Pay(t.Context(), "QR", 1250); err == nil {
		t.Fatal("paid by a frozen device")
	}
	i.set(func() { i.refuse = "" })
	next := New(w.vault.path, "")
	if p, err := next.Pay(t.Context(), "QR", 99); err != nil || p.AmountMinor != 99 {
		t.Fatalf("something else: %+v, %v", p, err)
	}
	i.paidTimes(t, 2)
	if p, err := next.Pay(t.Context(), "QR", 1250); err != nil || p.AmountMinor != 1250 {
		t.Fatalf("%+v, %v", p, err)
	}
	i.paidTimes(t, 2)
}
