package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// cancelOrMove has one server cancel an order whose attempt was declined, while
// another lets it go on to a code that can pay. The attempt named nobody, so no
// payer's lock is between the two.
func cancelOrMove(w *town) {
	m, other := w.merchant(), w.server()
	for i := range 15 {
		p, order := w.person(1000), w.order()
		w.wantDeclined(w.charge(m, order, fmt.Sprintf("70%09d0123456", 1e6+i), 300), payment.CodeInvalid)
		var canceled, paid payment.Payment
		var refused error
		race(2, func(who int) {
			var err error
			if who == 0 {
				canceled, refused = w.pay.CancelOrder(w.Context(), m, order)
				return
			}
			paid, _, err = other.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: order, Amount: cny(300), Code: w.text(p, 0)})
			if err != nil {
				w.Error(err)
			}
		})
		now, err := w.pay.Order(w.Context(), m, order)
		w.must(err)
		if refused == nil && (now.Status != payment.Canceled || w.balance(p) != 1000) {
			w.Errorf("canceled as %s %s, charged as %s %s, and the order is %s with %d gone",
				canceled.ID, canceled.Status, paid.ID, paid.Status, now.Status, 1000-w.balance(p))
		}
	}
}

// endpointsAtOnce: no merchant has more endpoints than he may, however many
// requests count them at the same time.
func endpointsAtOnce(o *office) {
	for range 5 {
		o.endpointsOf(o.merchant())
	}
}

func (o *office) endpointsOf(m ids.Merchant) {
	const most, asked = 3, 12
	var added atomic.Int64
	race(asked, func(int) {
		e := webhook.Endpoint{
			ID: ids.New[ids.Webhook](ids.Maker{Random: rand.Reader, Buckets: o.ids.Buckets}, o.clock(), m.Bucket(o.ids.Buckets)), Merchant: m,
			URL: "https://shop.example/hook", Events: []payment.EventKind{payment.EventSucceeded}, CreatedAt: o.clock(),
		}
		switch err := o.db.AddEndpoint(o.Context(), e, most); {
		case err == nil:
			added.Add(1)
		case !errors.Is(err, webhook.ErrTooMany):
			o.Error(err)
		}
	})
	have, err := o.db.Endpoints(o.Context(), m)
	o.must(err)
	if len(have) != most || added.Load() != most {
		o.Errorf("%d endpoints, %d were added, want %d", len(have), added.Load(), most)
	}
}
