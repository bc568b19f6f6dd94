package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/sim/auditor"
)

// till is a merchant's terminal.
type till struct {
	*world
	name  string
	shop  *shop
	brief bool // says only what is new
}

// order is something sold, with every code that was tried for it.
type order struct {
	no    string
	shop  *shop
	minor int64
	shown int                             // codes
	last  shown                           // of them
	known map[ids.Payment]payment.Payment // what tills have heard
	asked []returned                      // refunds
}

// returned is a refund that was asked for.
type returned struct {
	of    ids.Payment
	no    string
	minor int64
}

// live is what a till does until it is night.
func (t *till) live() {
	for !t.night() {
		t.loop.pause(t.upTo(2 * t.weather.think))
		h := t.habits
		pick(t.random,
			choice{h.sell, t.sell},
			choice{h.again, t.again},
			choice{h.cheat, t.cheat},
			choice{h.guess, t.guess},
			choice{h.mistype, t.mistype},
			choice{h.lookUp, t.lookUpSome},
			choice{h.cancel, t.cancelSome},
			choice{h.cancelUnseen, t.cancelUnseen},
			choice{h.refund, t.refund},
		)
	}
}

// newOrder is something to be paid, mostly within what payers may spend.
func (t *till) newOrder() *order {
	most := int64(2000)
	if t.random.IntN(100) < t.habits.large {
		most = 300_000
	}
	o := &order{no: fmt.Sprintf("order-%d", len(t.orders)+1), shop: t.shop, minor: 1 + t.random.Int64N(most), known: map[ids.Payment]payment.Payment{}}
	t.orders = append(t.orders, o)
	return o
}

// some is an order that was made before, most likely of late; nil while there is none.
func (t *till) some() *order {
	n := len(t.orders)
	if n == 0 {
		return nil
	}
	back := t.random.IntN(n)
	if t.random.IntN(4) > 0 {
		back = t.random.IntN(min(n, 8))
	}
	return t.orders[n-1-back]
}

// sell charges an order and does what a till does when it is in doubt: asks
// again, looks it up, scans another code, or cancels.
func (t *till) sell() {
	o := t.newOrder()
	t.scan(o)
	for try := 0; ; try++ {
		p, err := t.charge(o, o.last)
		doubt := !final(err)
		switch {
		case try >= 5:
			if doubt {
				t.open = append(t.open, func() bool { _, err := t.charge(o, o.last); return final(err) })
			}
			return
		case err == nil && p.Status == payment.Pending:
			t.loop.pause(t.upTo(40 * time.Second))
			t.lookUp(o)
			if t.random.IntN(3) > 0 {
				return
			}
			doubt = true
		case err == nil && p.Status == payment.Declined:
			if t.random.IntN(2) > 0 {
				return
			}
			t.scan(o)
			continue
		case !doubt && t.random.IntN(10) > 0:
			return
		}
		t.loop.pause(t.upTo(2 * time.Second))
		switch t.random.IntN(6) {
		case 0:
			t.lookUp(o)
		case 1:
			t.scan(o)
		case 2:
			t.cancel(o)
			if !doubt {
				return
			}
		}
	}
}

// charge asks for the money of an order by a code.
func (t *till) charge(o *order, s shown) (payment.Payment, error) {
	asked := t.audit.AskCharge(s.presentation)
	t.say(t.name, "charges %s %d by %s of %s (%s)", o.no, s.presentation.Minor, s.presentation.Tag, s.by, s.form)
	return send(t.world, func(ctx context.Context, on *life) (payment.Payment, error) {
		p, _, err := on.pay.Charge(ctx, payment.Request{
			Merchant: o.shop.id, OrderNo: o.no, Amount: cny(s.presentation.Minor), Code: s.code, Challenge: s.challenge(o), TerminalID: s.presentation.Tag,
		})
		return p, err
	}, func(p payment.Payment, err error) {
		t.hear(asked, o, s.presentation.Tag, p, err)
		if p.Decline == payment.DeviceExpired || p.Decline == payment.TooManyAttempts {
			t.mustSync(ids.Device(s.presentation.Device)) // the customer sees to it
		}
	})
}

// hear tells the auditor and the story of an answer about an order.
func (t *till) hear(asked auditor.Question, o *order, what string, p payment.Payment, err error) {
	if was, known := o.known[p.ID]; !t.brief || !known || was.Status != p.Status || err != nil {
		t.say(t.name, "hears about %s (%s): %s %s %s %v", o.no, what, p.ID, p.Status, p.Decline, outcome(err))
	}
	switch {
	case err == nil:
		asked.Told(kept(p))
		o.known[p.ID] = p
		if p.Status == payment.Pending {
			t.askedToConfirm(p.Payer, p.ID)
		}
	case isOneOf(err, payment.ErrOrderConflict):
		asked.Conflict()
	case isOneOf(err, payment.ErrNotFound):
		asked.Unknown()
	}
}

// again repeats an old request, or a part of it: the same code with another amount.
func (t *till) again() {
	o := t.some()
	if o == nil || o.shown == 0 {
		return
	}
	s := o.last
	if t.random.IntN(3) == 0 {
		s.presentation.Minor++
		s.presentation.Tag, s.presentation.Genuine = o.tag(), s.presentation.Genuine && s.tap == nil
	}
	t.charge(o, s)
}
