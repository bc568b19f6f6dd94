package till

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/till/faulty"
)

var yuan = money.Amount{Minor: 1250, Currency: "CNY"}

// shop is a till, the network it has and the books it ends up in.
type shop struct {
	*Till
	net   *faulty.Network
	books *books
	codes int
}

func newShop(t *testing.T, rate float64, seed uint64) *shop {
	t.Helper()
	b := newBooks(nil)
	n := faulty.New(b, rate, seed, time.Unix(1795284017, 0))
	b.now = n.Now
	s := &shop{net: n, books: b}
	s.restart(t, t.TempDir())
	return s
}

// restart is a till that knows what is in the journal and nothing else.
func (s *shop) restart(t *testing.T, dir string) {
	t.Helper()
	if s.Till != nil {
		dir = s.Journal.dir
	}
	j, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Till = &Till{
		Server: "http://pay.test", Key: "mk_test", Terminal: "T1", Journal: j,
		HTTP: &http.Client{Transport: s.net}, Now: s.net.Now, Pause: s.net.Pause,
	}
}

// code is a fresh code that does what word says.
func (s *shop) code(word string) string {
	s.codes++
	return fmt.Sprintf("%s-%d", word, s.net.Now().Unix()*1000+int64(s.codes))
}

func TestChargeOnAGoodNetwork(t *testing.T) {
	s := newShop(t, 0, 1)
	for _, c := range []struct {
		word   string
		status client.Status
		reason string
		moved  int64
	}{
		{"yes", client.Succeeded, "", 1250},
		{"poor", client.Declined, "insufficient_funds", 0},
		{"ask", client.Succeeded, "", 1250},
		{"no", client.Declined, "confirmation_rejected", 0},
	} {
		p, err := s.Charge(t.Context(), Sale{OrderNo: c.word, Amount: yuan, Code: s.code(c.word), Subject: "tea"})
		if err != nil || p.Status != c.status || p.DeclineCode != c.reason || s.books.moved[c.word] != c.moved {
			t.Errorf("%s: %+v, %v, moved %d", c.word, p, err, s.books.moved[c.word])
		}
		if p.TerminalID != "T1" || p.Subject != "tea" {
			t.Errorf("%s: terminal %q, subject %q", c.word, p.TerminalID, p.Subject)
		}
	}
	open, err := s.Journal.Open()
	if err != nil || len(open) != 0 {
		t.Errorf("still open: %v, %v", open, err)
	}
}

func TestDeclinedOrderGoesOnWithAnotherCode(t *testing.T) {
	s := newShop(t, 0, 1)
	if p, err := s.Charge(t.Context(), Sale{OrderNo: "1", Amount: yuan, Code: s.code("poor")}); err != nil || p.Status != client.Declined {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err := s.Charge(t.Context(), Sale{OrderNo: "1", Amount: yuan, Code: s.code("yes")}); err != nil || p.Status != client.Succeeded {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestRefusedRequestsChargeNothing(t *testing.T) {
	s := newShop(t, 0, 1)
	var p *client.Problem
	if _, err := s.Charge(t.Context(), Sale{OrderNo: "1", Amount: money.Amount{Currency: "CNY"}, Code: s.code("yes")}); !errors.As(err, &p) || p.Code != "invalid_request" {
		t.Errorf("no amount: %v", err)
	}
	if _, err := s.Charge(t.Context(), Sale{OrderNo: "2", Amount: yuan, Code: s.code("yes")}); err != nil {
		t.Fatal(err)
	}
	more := money.Amount{Minor: 9999, Currency: "CNY"}
	if _, err := s.Charge(t.Context(), Sale{OrderNo: "2", Amount: more, Code: s.code("yes")}); !errors.As(err, &p) || p.Code != "order_conflict" {
		t.Errorf("another amount: %v", err)
	}
	s.Key = "mk_other"
	if _, err := s.Charge(t.Context(), Sale{OrderNo: "3", Amount: yuan, Code: s.code("yes")}); !errors.As(err, &p) || p.Code != "unauthorized" {
		t.Errorf("another key: %v", err)
	}
	if s.books.moved["2"] != 1250 || len(s.books.moved) != 1 {
		t.Errorf("moved %v", s.books.moved)
	}
}

// nothing is a network that is down until it is up.
type nothing struct {
	down bool
	up   http.RoundTripper
}

func (n *nothing) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.down {
		return nil, errors.New("no route to host")
	}
	return n.up.RoundTrip(r)
}

func TestOrderTheServerNeverSawIsClosedWhenTheCodeHasDied(t *testing.T) {
	s := newShop(t, 0, 1)
	cable := &nothing{down: true, up: s.net}
	s.HTTP = &http.Client{Transport: cable}
	began := s.net.Now()
	s.Pause = func(ctx context.Context, d time.Duration) error {
		cable.down = s.net.Now().Sub(began) < 2*time.Minute
		return s.net.Pause(ctx, d)
	}
	p, err := s.Charge(t.Context(), Sale{OrderNo: "1", Amount: yuan, Code: s.code("yes")})
	if err != nil || p.Status != client.Canceled || s.books.moved["1"] != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err = s.Query(t.Context(), "1"); err != nil || p.Status != client.Canceled {
		t.Errorf("the server says %+v, %v", p, err)
	}
}

func TestUnknownIsSettledAfterARestart(t *testing.T) {
	for _, c := range []struct {
		name   string
		lose   func(up http.RoundTripper) http.RoundTripper
		status client.Status
	}{
		{"the request was lost", func(up http.RoundTripper) http.RoundTripper { return &nothing{down: true} }, client.Canceled},
		{"the answer was lost", func(up http.RoundTripper) http.RoundTripper { return deaf{up} }, client.Succeeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, 0, 1)
			s.HTTP = &http.Client{Transport: c.lose(s.net)}
			ctx, cancel := context.WithCancel(t.Context())
			s.Pause = func(ctx context.Context, d time.Duration) error { cancel(); return ctx.Err() }
			sale := Sale{OrderNo: "1", Amount: yuan, Code: s.code("yes")}
			_, err := s.Charge(ctx, sale)
			var unknown *UnknownError
			if !errors.As(err, &unknown) || unknown.OrderNo != "1" || !errors.Is(err, ErrUnknown) || !errors.Is(err, context.Canceled) {
				t.Fatalf("charge = %v", err)
			}
			s.restart(t, "")
			if _, err := s.Charge(t.Context(), sale); !errors.Is(err, ErrOpen) {
				t.Errorf("charging again = %v, want ErrOpen", err)
			}
			open, err := s.Journal.Open()
			if err != nil || len(open) != 1 || open[0].OrderNo != "1" || open[0].Amount != yuan {
				t.Fatalf("the journal has %+v, %v", open, err)
			}
			p, err := s.Settle(t.Context(), "1")
			if err != nil || p.Status != c.status {
				t.Errorf("settle = %+v, %v, want %s", p, err, c.status)
			}
			if open, _ = s.Journal.Open(); len(open) != 0 {
				t.Errorf("still open: %v", open)
			}
		})
	}
}

// deaf sends and never hears the answer.
type deaf struct{ http.RoundTripper }

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	if a, err := d.RoundTripper.RoundTrip(r); err == nil {
		a.Body.Close()
	}
	return nil, errors.New("connection reset by peer")
}

func TestWhoeverSellsUnderAUsedNumberIsNotToldThatItIsPaid(t *testing.T) {
	s := newShop(t, 0, 1)
	if _, err := s.Charge(t.Context(), Sale{OrderNo: "1", Amount: yuan, Code: s.code("yes")}); err != nil {
		t.Fatal(err)
	}
	cable := &nothing{down: true, up: s.net}
	s.HTTP = &http.Client{Transport: cable}
	s.Pause = func(ctx context.Context, d time.Duration) error { cable.down = false; return nil }
	_, err := s.Charge(t.Context(), Sale{OrderNo: "1", Amount: money.Amount{Minor: 99, Currency: "CNY"}, Code: s.code("yes")})
	if p := (*client.Problem)(nil); !errors.As(err, &p) || p.Code != "order_conflict" {
		t.Errorf("= %v", err)
	}
	if s.books.moved["1"] != 1250 {
		t.Errorf("the earlier sale has %d", s.books.moved["1"])
	}
}

func TestCancelAndRefundAreInsistedOn(t *testing.T) {
	s := newShop(t, 0.5, 7)
	charge := func(no string) client.Payment {
		t.Helper()
		for {
			p, err := s.Charge(t.Context(), Sale{OrderNo: no, Amount: yuan, Code: s.code("yes")})
			if err != nil {
				t.Fatal(err)
			}
			if p.Status == client.Succeeded {
				return p
			}
			no += "'"
		}
	}
	p := charge("1")
	if p, err := s.Cancel(t.Context(), p.ID); err != nil || p.Status != client.Canceled || s.books.moved[p.OrderNo] != 0 {
		t.Errorf("cancel = %+v, %v", p, err)
	}
	p = charge("2")
	for range 2 {
		r, err := s.Refund(t.Context(), Refunding{PaymentID: p.ID, RefundNo: "r1", AmountMinor: 250})
		if err != nil || r.AmountMinor != 250 || s.books.moved[p.OrderNo] != 1000 {
			t.Errorf("refund = %+v, %v, moved %d", r, err, s.books.moved[p.OrderNo])
		}
	}
	if r, err := s.Refund(t.Context(), Refunding{PaymentID: p.ID, RefundNo: "r2", AmountMinor: 1001}); err == nil {
		t.Errorf("more than was paid: %+v", r)
	}
	// A payment of which a part went back cannot be undone: the till says what it is and rests.
	if p, err := s.CancelOrder(t.Context(), p.OrderNo); err != nil || p.Status != client.PartiallyRefunded {
		t.Errorf("cancel after refund = %+v, %v", p, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.net.Rate = 1
	if _, err := s.Refund(ctx, Refunding{PaymentID: p.ID, RefundNo: "r3", AmountMinor: 1}); !errors.Is(err, ErrUnknown) {
		t.Errorf("without network = %v", err)
	}
}

// TestBeliefsEqualBooks sells over networks of every badness, with tills that
// crash and cashiers who lose patience. When the last straggler has arrived, what
// the till believes is what the books say.
func TestBeliefsEqualBooks(t *testing.T) {
	faults, cut := 0, 0
	for seed := range uint64(200) {
		s := newShop(t, []float64{0.2, 0.5, 0.8}[seed%3], seed)
		beliefs := map[string]client.Payment{}
		for n := range 6 {
			no := fmt.Sprintf("order/%d #%d", seed, n)
			p, interrupted := s.sell(t, no, []string{"yes", "poor", "ask", "no"}[(int(seed)+n)%4])
			if p.Status == client.Declined {
				p, _ = s.sell(t, no, "yes") // another code under the same number
			}
			beliefs[no] = p
			cut += interrupted
		}
		s.net.Flush()
		for no, p := range beliefs {
			want := int64(0)
			if p.Status == client.Succeeded {
				want = yuan.Minor
			}
			if got := s.books.moved[no]; got != want {
				t.Fatalf("seed %d, %s: the till believes %s, the books moved %d (%+v)", seed, no, p.Status, got, s.books.orders[no])
			}
		}
		if open, err := s.Journal.Open(); err != nil || len(open) != 0 {
			t.Fatalf("seed %d: still open: %v, %v", seed, open, err)
		}
		faults += s.net.Faults()
	}
	if faults < 1000 || cut < 100 {
		t.Errorf("only %d faults and %d interruptions: too easy", faults, cut)
	}
}

// sell charges until the outcome is known, over crashes, and sometimes cancels.
func (s *shop) sell(t *testing.T, no, word string) (p client.Payment, interrupted int) {
	t.Helper()
	impatient := s.net.Chance(0.3)
	ctx, crash := context.WithCancel(t.Context())
	defer crash()
	s.Pause = func(ctx context.Context, d time.Duration) error {
		if s.net.Chance(0.1) {
			crash()
		}
		return s.net.Pause(ctx, d)
	}
	p, err := s.Charge(ctx, Sale{OrderNo: no, Amount: yuan, Code: s.code(word)})
	for errors.Is(err, ErrUnknown) {
		interrupted++
		s.restart(t, "")
		if impatient {
			p, err = s.CancelOrder(t.Context(), no)
		} else {
			p, err = s.Settle(t.Context(), no)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", no, err)
	}
	return p, interrupted
}
