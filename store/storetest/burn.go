package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// Burn runs the part of the suite about databases that were brought back to an
// older state.
func Burn(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"no code from before pays":       burnedPays,
		"burning never takes back":       burnedTwice,
		"another period is refused":      burnedWithAnotherPeriod,
		"online codes and tickets, too":  burnedOnline,
		"more than fit in a transaction": burnedMany,
	})
}

func (o *office) burnAll() {
	o.Helper()
	_, err := o.db.BurnAll(o.Context(), o.profile, o.clock(), func(int64, int64) {})
	o.must(err)
}

func burnedPays(o *office) {
	p, m := o.person(1000), o.merchant()
	before := []string{o.text(p, 0), o.digits(p, 1)}
	ahead := o.clock().Add(o.period())
	o.at(ahead)
	before = append(before, o.text(p, 2)) // of a phone whose clock is fast
	o.at(ahead.Add(-o.period()))
	again, err := o.db.BurnAll(o.Context(), o.profile, o.clock(), func(int64, int64) {})
	o.must(err)
	for _, code := range before {
		o.wantDeclined(o.charge(m, o.order(), code, 1), payment.CodeUsed)
	}
	o.at(again.Add(-time.Second))
	o.wantDeclined(o.charge(m, o.order(), o.text(p, 0), 1), payment.CodeUsed)
	o.at(again)
	o.wantPaid(o.charge(m, o.order(), o.text(p, 0), 1))
}

func (o *office) period() time.Duration { return time.Duration(o.profile.PeriodSeconds) * time.Second }

func burnedTwice(o *office) {
	p, m := o.person(1000), o.merchant()
	o.burnAll()
	o.later(3 * o.period())
	code := o.text(p, 0)
	o.wantPaid(o.charge(m, o.order(), code, 1))
	o.later(-3 * o.period()) // a clock that was set back
	o.burnAll()
	o.later(3 * o.period())
	o.wantDeclined(o.charge(m, o.order(), code, 1), payment.CodeUsed)
}

func burnedWithAnotherPeriod(o *office) {
	p, m := o.person(1000), o.merchant()
	o.wantPaid(o.charge(m, o.order(), o.text(p, 0), 1))
	for _, seconds := range []int{30, 59, 61, 120} {
		other := o.profile
		other.PeriodSeconds = seconds
		if _, err := o.db.BurnAll(o.Context(), other, o.clock(), func(int64, int64) {}); !errors.Is(err, store.ErrPeriod) {
			o.Errorf("a period of %d s: %v", seconds, err)
		}
	}
	o.later(-time.Hour)
	if _, err := o.db.BurnAll(o.Context(), o.profile, o.clock(), func(int64, int64) {}); !errors.Is(err, store.ErrPeriod) {
		o.Errorf("a clock behind the last payment: %v", err)
	}
	o.later(time.Hour)
	o.wantPaid(o.charge(m, o.order(), o.text(p, 1), 1)) // nothing was burned
}

func burnedOnline(o *office) {
	p := o.person(1000)
	code := payment.OnlineCode{Device: p.device, Hash: bearer.Hash("71"), ExpiresAt: o.clock().Add(time.Hour)}
	_, err := o.db.ChangeDevice(o.Context(), p.device, func(d issuing.Device, _ []issuing.IssuedAlias) (issuing.Change, error) {
		return issuing.Change{Device: d, Online: &code}, nil
	})
	o.must(err)
	ticket := issuing.Ticket{Hash: [32]byte{7}, Payer: p.payer, ExpiresAt: o.clock().Add(time.Hour)}
	o.must(o.db.AddTicket(o.Context(), ticket))
	o.burnAll()
	bucket := p.payer.Bucket(o.engine.Buckets())
	o.must(o.engine.Read(o.Context(), func(tx store.Tx) error {
		var used, live int64
		o.must(tx.Row(`SELECT used FROM online_codes WHERE bucket = $1 AND hash = $2`, []any{bucket, code.Hash[:]}, &used))
		o.must(tx.Row(`SELECT COUNT(*) FROM tickets WHERE bucket = $1 AND device_id IS NULL AND expires_at > $2`, []any{bucket, o.clock().UnixMicro()}, &live))
		if used != 1 || live != 0 {
			o.Errorf("used %d, %d tickets live", used, live)
		}
		return nil
	}))
}

// addDevices writes devices of nobody.
func (o *office) addDevices(bucket, n int) {
	o.Helper()
	o.must(o.engine.Write(o.Context(), bucket, func(tx store.Tx) error {
		for range n {
			tx.Queue(`INSERT INTO devices (bucket, id, payer_id, kind, name, status, public_key, seal_key, token_hash, generation, key_id,
				held_generation, held_key_id, rotated_at, alias, alias_held, synced_at, created_at, burn_base, burn_bits)
				VALUES ($1, $2, $2, '', '', 'active', $3, $3, $3, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)`,
				bucket, ids.New[ids.Device](o.ids, o.clock(), bucket), []byte{})
		}
		return nil
	}))
}

func burnedMany(o *office) {
	var told, all int64
	last, few := o.engine.Buckets()-1, 2
	for bucket := range last {
		o.addDevices(bucket, few)
	}
	o.addDevices(last, 1001)
	_, err := o.db.BurnAll(o.Context(), o.profile, o.clock(), func(n, of int64) { told, all = n, of })
	o.must(err)
	if want := int64(last*few + 1001); told != want || all != want {
		o.Errorf("%d devices burned, want %d", told, want)
	}
	o.must(o.engine.Read(o.Context(), func(tx store.Tx) error {
		for bucket := range o.engine.Buckets() {
			var left int
			o.must(tx.Row(`SELECT COUNT(*) FROM devices WHERE bucket = $1 AND burn_base <> $2`, []any{bucket, int64(o.profile.CounterAt(o.clock()) + 3)}, &left))
			if left != 0 {
				o.Errorf("bucket %d: %d devices were left out", bucket, left)
			}
		}
		return nil
	}))
}
