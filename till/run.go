package till

import (
	"context"
	"time"

	"github.com/paycode/paycode/client"
)

// run acts until the outcome is known.
func (t *Till) run(ctx context.Context, o *order, n next) (client.Payment, error) {
	for tries := 0; n.do != stop; {
		t.tell(o, n)
		if n.again {
			if err := t.pause(ctx, n.pause(tries)); err != nil {
				return client.Payment{}, &UnknownError{o.OrderNo, err}
			}
			tries++
		}
		if err := ctx.Err(); err != nil {
			return client.Payment{}, &UnknownError{o.OrderNo, err}
		}
		if n.do == cancelOrder && !o.Canceling {
			if err := t.setCanceling(o, true); err != nil {
				return client.Payment{}, &UnknownError{o.OrderNo, err}
			}
		}
		n = decide(o, n.do, t.request(ctx, o, n), t.now())
	}
	if err := t.Journal.drop(o.Entry); err != nil {
		return client.Payment{}, err
	}
	return n.payment, n.refusal
}

func (t *Till) setCanceling(o *order, canceling bool) error {
	o.Canceling = canceling
	return t.Journal.save(o.Entry)
}

func (t *Till) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

func (t *Till) pause(ctx context.Context, d time.Duration) error {
	if t.Pause != nil {
		return t.Pause(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (t *Till) tell(o *order, n next) {
	if t.Told == nil {
		return
	}
	s := Step{OrderNo: o.OrderNo, Stage: n.stage(), Err: n.lostBy}
	if n.do == watch {
		s.Payment = &n.payment
	}
	t.Told(s)
}
