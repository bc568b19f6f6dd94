package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// Payment runs the payment part of the suite with each of these numbers of buckets.
// audit answers what differs in the books, and is asked at the end of every test.
func Payment(t *testing.T, open Opener, audit func(*testing.T, *store.DB), buckets ...int) {
	for name, test := range map[string]func(*town){
		"a code pays once":                        paysOnce,
		"a slot in two forms":                     twoForms,
		"the same order again":                    sameOrder,
		"a declined order with another code":      retriedOrder,
		"a late copy of a declined request":       lateCopy,
		"cancel of an attempt that gave way":      canceledBehind,
		"a server that dies while an order moves": diedMoving,
		"3000 guesses at once":                    guessesAtOnce,
		"32 tills with one code":                  tillsRace,
		"16 codes for one order":                  orderRace,
		"two servers for one order":               serversRace,
		"10 codes of a poor payer":                poorRace,
		"cancel against charge":                   cancelRace,
		"servers cancel and move an order":        cancelOrMove,
		"an order canceled unseen":                canceledUnseen,
		"refunds race":                            refundRace,
		"top-up once per reference":               toppedUp,
		"confirmed, rejected, timed out":          confirmed,
		"a claim whose server died":               deadServer,
		"a store that fails before and after":     triedAgain,
		"guesses are counted":                     guesses,
		"an alias is acknowledged":                acknowledged,
		"unknown merchant":                        unknownMerchant,
		"a new order is claimed and paid at once": newOrderAtOnce,
		"one claim of many is too late":           oneOfMany,
		"an authenticator's step pays once":       authenticatorSteps,
		"guesses at an authenticator":             authenticatorGuesses,
		"a shop's code is paid once":              scannedOnce,
		"an order that is scanned and charged":    scannedAndCharged,
		"scans race":                              scansRace,
		"a stranger claims an order":              strangerClaims,
		"a scan whose server died":                deadScan,
	} {
		for _, buckets := range buckets {
			t.Run(fmt.Sprintf("%s, %d buckets", name, buckets), func(t *testing.T) {
				t.Parallel()
				w := newTown(t, open, buckets)
				w.rate = buckets * 100 // 1 % and 16 %, of amounts of which some come to less than a unit
				test(w)
				audit(t, w.db)
			})
		}
	}
}

func paysOnce(w *town) {
	p, m := w.person(1000), w.merchant()
	code := w.text(p, 0)
	paid := w.charge(m, w.order(), code, 300)
	w.wantPaid(paid)
	w.wantDeclined(w.charge(m, w.order(), code, 300), payment.CodeUsed)
	if b := w.balance(p); b != 700 {
		w.Errorf("balance = %d", b)
	}
	got, err := w.pay.Payment(w.Context(), paid.ID, m)
	if err != nil || got != paid {
		w.Errorf("read back %+v, %v; want %+v", got, err, paid)
	}
	if _, err := w.pay.Payment(w.Context(), paid.ID, w.merchant()); !errors.Is(err, payment.ErrNotFound) {
		w.Errorf("another merchant read it: %v", err)
	}
}

func twoForms(w *town) {
	p, m := w.person(1000), w.merchant()
	w.wantPaid(w.charge(m, w.order(), w.digits(p, 4), 1))
	w.wantDeclined(w.charge(m, w.order(), w.text(p, 4), 1), payment.CodeUsed)
	w.wantPaid(w.charge(m, w.order(), w.text(p, 5), 1))
}

func sameOrder(w *town) {
	p, m, order := w.person(1000), w.merchant(), w.order()
	code := w.text(p, 0)
	first := w.charge(m, order, code, 300)
	again, fresh, err := w.pay.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: order, Amount: cny(300), Code: code})
	if err != nil || fresh || again != first {
		w.Errorf("again = %+v, %v, %v", again, fresh, err)
	}
	if other := w.charge(m, order, w.text(p, 1), 300); other != first {
		w.Errorf("another code for a paid order = %+v", other)
	}
	if _, _, err = w.pay.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: order, Amount: cny(301), Code: code}); !errors.Is(err, payment.ErrOrderConflict) {
		w.Errorf("another amount: %v", err)
	}
	w.wantPaid(w.charge(w.merchant(), order, w.text(p, 2), 300)) // another merchant's number
	if b := w.balance(p); b != 400 {
		w.Errorf("balance = %d", b)
	}
}

func retriedOrder(w *town) {
	poor, rich, m, order := w.person(10), w.person(1000), w.merchant(), w.order()
	first := w.charge(m, order, w.text(poor, 0), 300)
	w.wantDeclined(first, payment.InsufficientFunds)
	if again := w.charge(m, order, w.text(poor, 0), 300); again != first {
		w.Errorf("the same code again = %+v", again)
	}
	second := w.charge(m, order, w.text(rich, 0), 300)
	w.wantPaid(second)
	if got, err := w.pay.Order(w.Context(), m, order); err != nil || got != second {
		w.Errorf("order = %+v, %v", got, err)
	}
	if again := w.charge(m, order, w.text(poor, 0), 300); again != second {
		w.Errorf("the first code after that = %+v", again)
	}
}

// lateCopy is a request that arrives again after its order was declined with
// another code too: it must not become a payment that no till waits for.
func lateCopy(w *town) {
	poor, poorer, m, order := w.person(10), w.person(10), w.merchant(), w.order()
	first := w.charge(m, order, w.text(poor, 0), 300)
	w.wantDeclined(w.charge(m, order, w.text(poorer, 0), 300), payment.InsufficientFunds)
	_, _, err := w.pay.TopUp(w.Context(), poor.payer, "later", 1000, false)
	w.must(err)
	if late := w.charge(m, order, w.text(poor, 0), 300); late.ID != first.ID || late.Status != payment.Declined {
		w.Errorf("a late copy became %s %s", late.Status, late.Decline)
	}
	paid := w.charge(m, order, w.text(poor, 1), 300)
	w.wantPaid(paid)
	if late := w.charge(m, order, w.text(poorer, 0), 300); late != paid {
		w.Errorf("a late copy of a paid order = %+v", late)
	}
}

func tillsRace(w *town) {
	p, m := w.person(10000), w.merchant()
	code := w.text(p, 0)
	var mu sync.Mutex
	got := map[payment.DeclineCode]int{}
	race(32, func(int) {
		pay := w.charge(m, w.order(), code, 300)
		mu.Lock()
		defer mu.Unlock()
		got[pay.Decline]++
	})
	if got[""] != 1 || got[payment.CodeUsed] != 31 || w.balance(p) != 9700 {
		w.Errorf("outcomes %v, balance %d", got, w.balance(p))
	}
}

func orderRace(w *town) { raceForOrder(w, []*payment.Processor{w.pay}) }

func serversRace(w *town) { raceForOrder(w, []*payment.Processor{w.pay, w.server(), w.server()}) }

func raceForOrder(w *town, servers []*payment.Processor) {
	const payers = 16
	m, order := w.merchant(), w.order()
	var all [payers]person
	var codes [payers]string
	for i := range all {
		all[i] = w.person(1000)
		codes[i] = w.text(all[i], 0)
	}
	var answers [payers]payment.Payment
	race(payers, func(i int) {
		var err error
		answers[i], _, err = servers[i%len(servers)].Charge(w.Context(), payment.Request{Merchant: m, OrderNo: order, Amount: cny(300), Code: codes[i]})
		if err != nil {
			w.Error(err)
		}
	})
	left := int64(0)
	for i, p := range all {
		left += w.balance(p)
		if answers[i].ID != answers[0].ID || answers[i].Status != payment.Succeeded {
			w.Errorf("till %d was told %s %s", i, answers[i].ID, answers[i].Status)
		}
	}
	if left != payers*1000-300 {
		w.Errorf("the payers have %d left: charged more or less than once", left)
	}
}

func poorRace(w *town) {
	p, m := w.person(1000), w.merchant()
	var mu sync.Mutex
	paid := int64(0)
	race(10, func(i int) {
		if w.charge(m, w.order(), w.text(p, i), 300).Status == payment.Succeeded {
			mu.Lock()
			defer mu.Unlock()
			paid++
		}
	})
	if paid != 3 || w.balance(p) != 100 {
		w.Errorf("%d succeeded, balance %d", paid, w.balance(p))
	}
}

func cancelRace(w *town) {
	p, m := w.person(10000), w.merchant()
	for i := range 10 {
		order, before := w.order(), w.balance(p)
		var charged, canceled payment.Payment
		race(2, func(who int) {
			if who == 0 {
				charged = w.charge(m, order, w.text(p, i), 300)
				return
			}
			var err error
			if canceled, err = w.pay.CancelOrder(w.Context(), m, order); err != nil {
				w.Error(err)
			}
		})
		if canceled.Status != payment.Canceled || w.balance(p) != before {
			w.Errorf("canceled: %s, and %d are gone", canceled.Status, before-w.balance(p))
		}
		if now, err := w.pay.Order(w.Context(), m, order); err != nil || now.Status != payment.Canceled {
			w.Errorf("the order is %s, %v; the till was told %s", now.Status, err, charged.Status)
		}
	}
}

func canceledUnseen(w *town) {
	p, m, order := w.person(1000), w.merchant(), w.order()
	first, err := w.pay.CancelOrder(w.Context(), m, order)
	w.must(err)
	again, err := w.pay.CancelOrder(w.Context(), m, order)
	if err != nil || again != first || first.Status != payment.Canceled {
		w.Errorf("%+v, then %+v, %v", first, again, err)
	}
	if late := w.charge(m, order, w.text(p, 0), 300); late != first || w.balance(p) != 1000 {
		w.Errorf("a late charge = %+v", late)
	}
}

func refundRace(w *town) {
	p, m := w.person(1000), w.merchant()
	paid := w.charge(m, w.order(), w.text(p, 0), 1000)
	var mu sync.Mutex
	ok := 0
	race(12, func(i int) {
		number := fmt.Sprintf("r%d", i/2) // each number twice
		_, fresh, err := w.pay.Refund(w.Context(), paid.ID, m, number, 300, "")
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil && fresh:
			ok++
		case err != nil && !errors.Is(err, payment.ErrRefundExceeds):
			w.Error(err)
		}
	})
	if ok != 3 || w.balance(p) != 900 {
		w.Errorf("%d refunds, balance %d", ok, w.balance(p))
	}
	if _, err := w.pay.Cancel(w.Context(), paid.ID, m); !errors.Is(err, payment.ErrNotCancelable) {
		w.Errorf("cancel: %v", err)
	}
}

func toppedUp(w *town) {
	p := w.person(0)
	race(8, func(int) {
		if _, _, err := w.pay.TopUp(w.Context(), p.payer, "salary", 500, false); err != nil {
			w.Error(err)
		}
	})
	if _, _, err := w.pay.TopUp(w.Context(), p.payer, "salary", 501, false); !errors.Is(err, payment.ErrCreditConflict) {
		w.Errorf("another amount: %v", err)
	}
	if b := w.balance(p); b != 500 {
		w.Errorf("balance = %d", b)
	}
}

func confirmed(w *town) {
	p, m := w.person(5e6), w.merchant()
	var pending [3]payment.Payment
	for i := range pending {
		pending[i] = w.charge(m, w.order(), w.text(p, i), 600_000)
		if pending[i].Status != payment.Pending {
			w.Fatalf("status = %s %s", pending[i].Status, pending[i].Decline)
		}
	}
	if b := w.balance(p); b != 5e6 {
		w.Errorf("pending payments took %d", 5_000_000-b)
	}
	if _, err := w.pay.Confirm(w.Context(), pending[0].ID, w.person(0).device, true); !errors.Is(err, payment.ErrNotFound) {
		w.Errorf("somebody else confirmed: %v", err)
	}
	race(4, func(int) {
		if got, err := w.pay.Confirm(w.Context(), pending[0].ID, p.device, true); err != nil || got.Status != payment.Succeeded {
			w.Errorf("confirm: %s, %v", got.Status, err)
		}
	})
	got, err := w.pay.Confirm(w.Context(), pending[1].ID, p.device, false)
	w.must(err)
	w.wantDeclined(got, payment.ConfirmationRejected)
	w.later(payment.ConfirmWithin)
	bucket, over := pending[2].ID.Bucket(w.db.Buckets()), w.clock()
	due, next, err := w.db.Due(w.Context(), bucket, over, 10)
	if err != nil || len(due) != 1 || due[0] != pending[2].ID || !next.IsZero() {
		w.Fatalf("due = %v, the next %v, %v", due, next, err)
	}
	if due, next, err = w.db.Due(w.Context(), bucket, over.Add(-1), 10); err != nil || len(due) != 0 || !next.Equal(over) {
		w.Errorf("before its time due = %v, the next %v, %v", due, next, err)
	}
	got, err = w.pay.Confirm(w.Context(), pending[2].ID, p.device, true)
	w.must(err)
	w.wantDeclined(got, payment.ConfirmationTimeout)
	if b := w.balance(p); b != 4_400_000 {
		w.Errorf("balance = %d", b)
	}
	w.presence = false
	w.wantDeclined(w.charge(m, w.order(), w.text(p, 5), 600_000), payment.NeedsNetwork)
}

// deadServer claims an order as a server does that dies before it decides.
func deadServer(w *town) {
	dead, p, m := w.person(1000), w.person(1000), w.merchant()
	for _, again := range []func(order, code string) payment.Payment{
		func(order, code string) payment.Payment { return w.charge(m, order, code, 300) },
		func(order, _ string) payment.Payment { return w.charge(m, order, w.text(p, 0), 300) },
		func(order, _ string) payment.Payment {
			got, err := w.pay.CancelOrder(w.Context(), m, order)
			w.must(err)
			return got
		},
	} {
		order, code := w.order(), w.text(dead, 0)
		claim := payment.Claim{
			Merchant: m, OrderNo: order, Amount: cny(300), At: w.clock(), Fingerprint: payment.FingerprintOf(code),
			Payment: ids.New[ids.Payment](w.ids, w.clock(), dead.payer.Bucket(w.db.Buckets())),
		}
		_, err := w.db.Claim(w.Context(), []payment.Claim{claim})
		w.must(err)
		w.later(3 * time.Second)
		got := again(order, code)
		if got.Status != payment.Succeeded && got.Status != payment.Canceled {
			w.Errorf("%s %s", got.Status, got.Decline)
		}
		if now, err := w.pay.Order(w.Context(), m, order); err != nil || now != got {
			w.Errorf("the order is at %+v, %v; want %+v", now, err, got)
		}
	}
	if a, b := w.balance(dead), w.balance(p); a != 700 || b != 700 {
		w.Errorf("balances %d and %d", a, b)
	}
}

func guesses(w *town) {
	p, bad, good := w.person(1000), w.merchant(), w.merchant()
	wrong := func(m ids.Merchant) payment.Payment {
		code := []byte(w.digits(p, 0))
		code[17] = '0' + (code[17]-'0'+1)%10
		return w.charge(m, w.order(), string(code), 1)
	}
	for range payment.WrongPerMerchant {
		w.wantDeclined(wrong(bad), payment.CodeInvalid)
	}
	w.wantDeclined(w.charge(bad, w.order(), w.digits(p, 0), 1), payment.TooManyAttempts)
	w.wantPaid(w.charge(bad, w.order(), w.text(p, 1), 1))
	w.wantPaid(w.charge(good, w.order(), w.digits(p, 2), 1))
	for range 3 {
		m := w.merchant()
		for range payment.WrongPerMerchant {
			w.wantDeclined(wrong(m), payment.CodeInvalid)
		}
	}
	w.wantDeclined(w.charge(good, w.order(), w.digits(p, 3), 1), payment.TooManyAttempts)
	w.later(payment.WrongWindow + time.Second)
	w.wantDeclined(w.charge(good, w.order(), w.digits(p, 3), 1), payment.TooManyAttempts)
	w.wantPaid(w.charge(good, w.order(), w.text(p, 3), 1))
	for i := range payment.WrongByMerchant {
		w.wantDeclined(w.charge(bad, w.order(), fmt.Sprintf("70%09d0123456", i), 1), payment.CodeInvalid)
	}
	w.wantDeclined(w.charge(bad, w.order(), w.text(p, 4), 1), payment.TooManyAttempts)
	w.wantPaid(w.charge(good, w.order(), w.text(p, 4), 1))
}

// guessesAtOnce: charges that are all claimed before the first is found wrong
// are no more guesses than one after the other.
func guessesAtOnce(w *town) {
	m := w.merchant()
	var held atomic.Int64
	race(3000, func(i int) {
		var p payment.Payment
		err := insist(func() (err error) {
			p, _, err = w.pay.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: fmt.Sprint("g", i), Amount: cny(1), Code: fmt.Sprintf("70%09d0123456", i)})
			return err
		})
		if err != nil {
			w.Error(err)
		} else if p.Decline == payment.CodeInvalid {
			held.Add(1)
		}
	})
	// Fewer on a slow machine: what is refused unread, and asked again, counts as a guess in between.
	if n := held.Load(); n == 0 || n >= 2*payment.WrongByMerchant {
		w.Errorf("%d guesses were answered, want at most about %d", n, payment.WrongByMerchant)
	}
}

// canceledBehind: a till that knows only the first attempt of an order cancels it.
func canceledBehind(w *town) {
	poor, rich, m, order := w.person(10), w.person(1000), w.merchant(), w.order()
	first := w.charge(m, order, w.text(poor, 0), 300)
	w.wantPaid(w.charge(m, order, w.text(rich, 0), 300))
	got, err := w.pay.Cancel(w.Context(), first.ID, m)
	if err != nil || got.Status != payment.Canceled || w.balance(rich) != 1000 {
		w.Errorf("cancel: %s, %v; the payer has %d", got.Status, err, w.balance(rich))
	}
}

// stuck is a store whose claims do not move any more.
type stuck struct{ payment.Store }

func (stuck) MoveClaim(context.Context, payment.Claim, payment.Claim, bool) error {
	return errors.New("died here")
}

// diedMoving: an attempt is superseded, and its server dies before the order has
// moved. Its own code is answered as before, another one goes on.
func diedMoving(w *town) {
	poor, rich, m, order := w.person(10), w.person(1000), w.merchant(), w.order()
	first := w.charge(m, order, w.text(poor, 0), 300)
	dying := w.serverOn(stuck{w.db})
	request := payment.Request{Merchant: m, OrderNo: order, Amount: cny(300), Code: w.text(rich, 0)}
	if _, _, err := dying.Charge(w.Context(), request); err == nil {
		w.Fatal("the server did not die")
	}
	_, _, err := w.pay.TopUp(w.Context(), poor.payer, "later", 1000, false)
	w.must(err)
	if late := w.charge(m, order, w.text(poor, 0), 300); late.ID != first.ID || late.Status != payment.Declined {
		w.Errorf("a late copy became %s %s", late.Status, late.Decline)
	}
	w.wantPaid(w.charge(m, order, request.Code, 300))
	if a, b := w.balance(poor), w.balance(rich); a != 1010 || b != 700 {
		w.Errorf("balances %d and %d", a, b)
	}
}

func acknowledged(w *town) {
	p, m := w.person(1000), w.merchant()
	w.wantPaid(w.charge(m, w.order(), w.text(p, 0), 1))
	d, err := w.db.Device(w.Context(), p.device)
	if err != nil || !d.AliasHeld {
		w.Errorf("after a code with its alias: held = %v, %v", d.AliasHeld, err)
	}
}

func unknownMerchant(w *town) {
	p := w.person(1000)
	_, _, err := w.pay.Charge(w.Context(), payment.Request{
		Merchant: ids.New[ids.Merchant](w.ids, w.clock(), 0), OrderNo: "1", Amount: cny(1), Code: w.text(p, 0),
	})
	if !errors.Is(err, payment.ErrNotFound) {
		w.Errorf("err = %v", err)
	}
	if _, err := w.pay.Order(w.Context(), w.merchant(), "1"); !errors.Is(err, payment.ErrNotFound) {
		w.Errorf("an order that is not: %v", err)
	}
}
