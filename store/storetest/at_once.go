package storetest

import (
	"context"
	"sync/atomic"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// asked is a store that counts the claims that are asked for by themselves.
type asked struct {
	payment.Store
	claims atomic.Int64
}

func (a *asked) Claim(ctx context.Context, claims []payment.Claim) ([]payment.Claimed, error) {
	a.claims.Add(int64(len(claims)))
	return a.Store.Claim(ctx, claims)
}

// newOrderAtOnce charges new orders: those of the payer's bucket are claimed in the
// transaction that decides, the others before it; and all of them are known afterwards.
func newOrderAtOnce(w *town) {
	store := &asked{Store: w.db}
	pay := w.serverOn(store)
	p := w.person(1000)
	for nonce := range 8 {
		m, order := w.merchant(), w.order()
		before, together := store.claims.Load(), m.Bucket(w.db.Buckets()) == p.payer.Bucket(w.db.Buckets())
		r := payment.Request{Merchant: m, OrderNo: order, Amount: cny(10), Code: w.text(p, nonce)}
		got, fresh, err := pay.Charge(w.Context(), r)
		w.must(err)
		w.wantPaid(got)
		if claimed := store.claims.Load() > before; claimed == together || !fresh {
			w.Errorf("in one bucket %t: claimed by itself %t, fresh %t", together, claimed, fresh)
		}
		again, fresh, err := pay.Charge(w.Context(), r)
		w.must(err)
		if again.ID != got.ID || fresh {
			w.Errorf("again: %v, fresh %t; want %v", again.ID, fresh, got.ID)
		}
	}
	if left := w.balance(p); left != 920 {
		w.Errorf("%d are left", left)
	}
}

// oneOfMany asks for a batch in which one order is another's, one merchant is
// unknown and one order comes twice: the others are claimed all the same.
func oneOfMany(w *town) {
	m, stranger := w.merchant(), ids.New[ids.Merchant](w.ids, w.clock(), 0)
	for stranger.Bucket(w.db.Buckets()) != m.Bucket(w.db.Buckets()) {
		stranger = ids.New[ids.Merchant](w.ids, w.clock(), m.Bucket(w.db.Buckets()))
	}
	need := func(m ids.Merchant, order string, fingerprint byte) payment.Need {
		c := payment.Claim{
			Merchant: m, OrderNo: order, Amount: cny(1), At: w.clock(), Fingerprint: [16]byte{fingerprint},
			Payment: ids.New[ids.Payment](w.ids, w.clock(), m.Bucket(w.db.Buckets())),
		}
		return payment.Need{Payment: c.Payment, Fresh: true, Claim: &c}
	}
	taken := need(m, "taken", 1)
	_, err := w.db.Claim(w.Context(), []payment.Claim{*taken.Claim})
	w.must(err)

	needs := []payment.Need{need(m, "a", 3), need(m, "taken", 5), need(stranger, "b", 7), need(m, "c", 9), need(m, "c", 11)}
	var got map[ids.Payment]payment.Merchant
	w.must(w.db.Update(w.Context(), m.Bucket(w.db.Buckets()), needs, func(r *payment.Rows) { got = r.Claimed }))
	for i, want := range []bool{true, false, false, true, false} {
		terms, claimed := got[needs[i].Payment]
		if claimed != want || claimed && (terms.ID != m || terms.Currency != "CNY") {
			w.Errorf("%s %d: claimed %t, %+v", needs[i].Claim.OrderNo, i, claimed, terms)
		}
	}
	w.must(w.db.Update(w.Context(), m.Bucket(w.db.Buckets()), needs, func(r *payment.Rows) { got = r.Claimed }))
	if len(got) > 0 {
		w.Errorf("claimed again: %v", got)
	}
}
