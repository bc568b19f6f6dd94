package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/paycode/paycode/payment"
)

// Overtaken is a rule of engines with several writers: whatever another server
// commits between the moment when a batch read its rows and the moment when it
// writes them, is seen.
func Overtaken(t *testing.T, open Opener) {
	for name, c := range map[string]struct {
		first, second int // of the codes: the one that overtakes, and the one that is overtaken
		minor         int64
		want          payment.DeclineCode
	}{
		"the money is gone":     {1, 2, 700, payment.InsufficientFunds},
		"the code is used":      {1, 1, 10, payment.CodeUsed},
		"there is enough money": {1, 2, 300, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, open, 1)
			m, p := w.merchant(), w.person(1001)
			w.wantPaid(w.charge(m, w.order(), w.text(p, 0), 1)) // the first code shows that the device holds its alias
			slow := w.serverOn(&overtaken{Store: w.db, by: func() {
				w.wantPaid(w.charge(m, w.order(), w.text(p, c.first), c.minor))
			}})
			got, _, err := slow.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: w.order(), Amount: cny(c.minor), Code: w.text(p, c.second)})
			w.must(err)
			if got.Decline != c.want {
				t.Errorf("%s %s, want %q", got.Status, got.Decline, c.want)
			}
			want := 1000 - c.minor
			if c.want == "" {
				want -= c.minor
			}
			if left := w.balance(p); left != want {
				t.Errorf("%d are left, want %d", left, want)
			}
		})
	}
}

// overtaken is a store in which somebody else is quicker, once.
type overtaken struct {
	payment.Store
	once sync.Once
	by   func()
}

func (o *overtaken) Update(ctx context.Context, bucket int, needs []payment.Need, decide func(*payment.Rows)) error {
	return o.Store.Update(ctx, bucket, needs, func(r *payment.Rows) {
		o.once.Do(o.by)
		decide(r)
	})
}
