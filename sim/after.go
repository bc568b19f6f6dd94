package sim

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// lookUp asks what became of an order.
func (t *till) lookUp(o *order) bool {
	asked := t.audit.AskOrder([16]byte(o.shop.id), o.no)
	_, err := send(t.world, func(ctx context.Context, on *life) (payment.Payment, error) {
		return on.pay.Order(ctx, o.shop.id, o.no)
	}, func(p payment.Payment, err error) { t.hear(asked, o, "looked up", p, err) })
	return final(err)
}

func (t *till) lookUpSome() {
	if o := t.some(); o != nil {
		t.lookUp(o)
	}
}

// cancel has nobody pay an order, by its number or by the id of an attempt.
func (t *till) cancel(o *order) bool {
	asked := t.audit.AskCancel([16]byte(o.shop.id), o.no)
	var id ids.Payment
	for _, p := range o.inOrder() {
		if t.random.IntN(3) == 0 {
			id = p.ID
		}
	}
	t.say(t.name, "cancels %s %v", o.no, id)
	_, err := send(t.world, func(ctx context.Context, on *life) (payment.Payment, error) {
		if !id.IsZero() {
			return on.pay.Cancel(ctx, id, o.shop.id)
		}
		return on.pay.CancelOrder(ctx, o.shop.id, o.no)
	}, func(p payment.Payment, err error) { t.hear(asked, o, "canceled", p, err) })
	return final(err)
}

func (t *till) cancelSome() {
	if o := t.some(); o != nil && !t.cancel(o) {
		t.open = append(t.open, func() bool { return t.cancel(o) })
	}
}

// cancelUnseen closes an order that no server has seen, and then tries to have it paid.
func (t *till) cancelUnseen() {
	o := t.newOrder()
	t.cancel(o)
	t.scan(o)
	t.charge(o, o.last)
}

// refund gives back all or a part of a payment, or asks for the same once more.
func (t *till) refund() {
	o := t.some()
	if o == nil {
		return
	}
	for _, p := range o.inOrder() {
		if p.Status == payment.Declined {
			continue
		}
		r := returned{p.ID, fmt.Sprintf("%s-back-%d", o.no, len(o.asked)+1), 1 + t.random.Int64N(p.Amount.Minor+p.Amount.Minor/4+1)}
		if t.random.IntN(4) == 0 {
			r.minor = max(1, p.Amount.Minor-p.Refunded)
		}
		if n := len(o.asked); n > 0 && t.random.IntN(3) == 0 {
			if r = o.asked[t.random.IntN(n)]; t.random.IntN(4) == 0 {
				r.minor++
			}
		}
		o.asked = append(o.asked, r)
		if !t.giveBack(o, r) {
			t.open = append(t.open, func() bool { return t.giveBack(o, r) })
		}
	}
}

func (t *till) giveBack(o *order, r returned) bool {
	asked := t.audit.AskRefund(kept(o.known[r.of]), r.no, r.minor)
	t.say(t.name, "gives %d of %s back by %s", r.minor, o.no, r.no)
	_, err := send(t.world, func(ctx context.Context, on *life) (payment.Refund, error) {
		got, _, err := on.pay.Refund(ctx, r.of, o.shop.id, r.no, r.minor, "")
		return got, err
	}, func(got payment.Refund, err error) {
		t.say(t.name, "hears about %s of %s: %v", r.no, o.no, outcome(err))
		switch {
		case err == nil:
			asked.Told([16]byte(got.ID), got.Amount.Minor)
		case isOneOf(err, payment.ErrRefundConflict):
			asked.Conflict()
		case final(err):
			asked.Refused()
		}
	})
	return final(err)
}
