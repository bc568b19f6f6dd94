package storetest

import (
	"context"
	"sync"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// lossy is a store whose transactions fail before or after they are applied,
// as the next letters of its story say: b, a, or w for well.
type lossy struct {
	payment.Store
	mu    sync.Mutex
	story string
}

func (l *lossy) then(story string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.story = story
}

// tell does what the story says, and well when it is at its end.
func (l *lossy) tell(do func() error) error {
	l.mu.Lock()
	next := byte('w')
	if l.story != "" {
		next, l.story = l.story[0], l.story[1:]
	}
	l.mu.Unlock()
	if next == 'b' {
		return payment.ErrUnavailable
	}
	if err := do(); err != nil || next == 'w' {
		return err
	}
	return payment.ErrUnknownOutcome
}

func (l *lossy) Claim(ctx context.Context, claims []payment.Claim) (got []payment.Claimed, err error) {
	err = l.tell(func() error { got, err = l.Store.Claim(ctx, claims); return err })
	return got, err
}

func (l *lossy) Update(ctx context.Context, bucket int, needs []payment.Need, decide func(*payment.Rows)) error {
	return l.tell(func() error { return l.Store.Update(ctx, bucket, needs, decide) })
}

// triedAgain: whatever the store's first answers are, and whether or not they
// were true, a request is carried out once and answered as if they had not been.
func triedAgain(w *town) {
	l := &lossy{Store: w.db}
	announced := map[ids.Event]int{}
	var mu sync.Mutex
	c := w.config(l)
	c.Committed = func(_ int, events []payment.Event) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			announced[e.ID]++
		}
	}
	pay := payment.New(c)
	w.Cleanup(pay.Close)
	stories := []string{"a", "wa", "b", "wbaa"} // a charge has two transactions
	for _, story := range stories {
		w.retold(l, pay, story)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := 9 * len(stories); len(announced) != want { // see retold
		w.Errorf("%d events were announced, want %d", len(announced), want)
	}
	for id, n := range announced {
		if n != 1 {
			w.Errorf("event %s was announced %d times", id, n)
		}
	}
}

// retold does everything once, each with the same story. It makes 9 events here.
func (w *town) retold(l *lossy, pay *payment.Processor, story string) {
	ctx, p, m := w.Context(), w.person(0), w.merchant()
	tail := story[min(len(story)-1, 1):] // for what has one transaction
	wantFresh := func(what string, fresh bool, err error) {
		w.Helper()
		if err != nil || !fresh {
			w.Errorf("%s, story %s: fresh %v, %v", what, story, fresh, err)
		}
	}
	l.then(tail)
	_, fresh, err := pay.TopUp(ctx, p.payer, "r", 1_700_000, false)
	wantFresh("top-up", fresh, err)

	charge := func(order string, code string, minor int64) payment.Payment {
		w.Helper()
		l.then(story)
		r := payment.Request{Merchant: m, OrderNo: order, Amount: cny(minor), Code: code}
		got, fresh, err := pay.Charge(ctx, r)
		wantFresh("charge", fresh, err)
		again, fresh, err := pay.Charge(ctx, r)
		if err != nil || fresh || again != got {
			w.Errorf("the same charge again, story %s: %v, fresh %v, %v", story, again, fresh, err)
		}
		return got
	}
	paid := charge("paid", w.text(p, 0), 1000)
	w.wantPaid(paid)
	w.wantDeclined(charge("wrong", w.text(p, 0), 1000), payment.CodeUsed)

	l.then(tail)
	_, fresh, err = pay.Refund(ctx, paid.ID, m, "f", 400, "")
	wantFresh("refund", fresh, err)

	l.then(story)
	s := w.scanned(p, m, "s", "scanned", 1000)
	scan, fresh, err := pay.Pay(ctx, s)
	wantFresh("scan", fresh, err)
	if again, fresh, err := pay.Pay(ctx, s); err != nil || fresh || again != scan {
		w.Errorf("the same scan again, story %s: %v, fresh %v, %v", story, again, fresh, err)
	}

	first, second := charge("first", w.text(p, 1), 1_000_000), charge("second", w.text(p, 2), 900_000)
	l.then(tail)
	got, err := pay.Confirm(ctx, first.ID, p.device, true)
	w.must(err)
	w.wantPaid(got)
	l.then(tail)
	got, err = pay.Confirm(ctx, second.ID, p.device, true) // not for a second request, but this one has been answered
	w.must(err)
	w.wantDeclined(got, payment.InsufficientFunds)
	if b := w.balance(p); b != 1_700_000-1000+400-1000-1_000_000 {
		w.Errorf("story %s: balance %d", story, b)
	}
	if _, err = pay.Confirm(ctx, second.ID, p.device, true); err == nil {
		w.Errorf("story %s: confirmed after all", story)
	}
}
