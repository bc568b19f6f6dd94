package payment

import (
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
)

func TestWritten(t *testing.T) {
	at := time.UnixMicro(1795284017_000001)
	paid := Payment{ID: ids.Payment{1}, Status: Succeeded, Amount: cny(5), CreatedAt: at, SettledAt: at}
	stored := paid // as a store answers it: in UTC
	stored.CreatedAt, stored.SettledAt = at.UTC(), at.UTC()
	later, declined := stored, stored
	later.CreatedAt = at.Add(time.Microsecond)
	declined.Status = Declined
	refund, credit := Refund{ID: ids.Refund{1}}, Credit{ID: ids.TopUp{1}}
	for name, c := range map[string]struct {
		s     State
		tried Effects
		want  bool
	}{
		"never tried":                  {State{Payment: &stored}, Effects{}, false},
		"refused, so nothing to write": {State{Payment: &stored}, Effects{Err: ErrNotCancelable}, false},
		"changed nothing":              {State{Payment: &stored}, unchanged(paid), false},
		"not written":                  {State{}, Effects{Changed: true, Payment: &paid}, false},
		"written":                      {State{Payment: &stored}, Effects{Changed: true, Payment: &paid}, true},
		"written by somebody else":     {State{Payment: &later}, Effects{Changed: true, Payment: &paid}, false},
		"as it was before":             {State{Payment: &declined}, Effects{Changed: true, Payment: &paid}, false},
		"a refund":                     {State{Payment: &stored, Refund: &refund}, Effects{Changed: true, Payment: &paid, Refund: &refund}, true},
		// Two refunds of the same amount leave the same payment.
		"another refund": {State{Payment: &stored, Refund: &Refund{ID: ids.Refund{2}}}, Effects{Changed: true, Payment: &paid, Refund: &refund}, false},
		"no refund":      {State{Payment: &stored}, Effects{Changed: true, Payment: &paid, Refund: &refund}, false},
		"a top-up":       {State{Credit: &credit}, Effects{Changed: true, Credit: &credit}, true},
		"another top-up": {State{Credit: &Credit{ID: ids.TopUp{2}}}, Effects{Changed: true, Credit: &credit}, false},
	} {
		if got := written(c.s, c.tried); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
