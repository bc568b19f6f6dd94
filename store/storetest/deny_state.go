package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// interrupted is a store in which something happens between what is read of a
// payer's passes and what is made of it.
type interrupted struct {
	*store.DB
	between func()
}

// HeldBy implements clearing.DenyStore.
func (i *interrupted) HeldBy(ctx context.Context, bucket int, payers []ids.Payer, now time.Time) ([]clearing.Held, error) {
	held, err := i.DB.HeldBy(ctx, bucket, payers, now)
	if between := i.between; between != nil {
		i.between = nil
		between()
	}
	return held, err
}

// overtakenLook has a server read that a phone is lost, and be held up until it is
// found and another server has seen to that, which found nothing to write.
func overtakenLook(o *office) {
	p := o.person(0)
	id := o.passFor(p, time.Hour)
	bucket := p.payer.Bucket(o.ids.Buckets)
	lost := o.set(p, payment.DeviceIsFrozen)
	slow := o.denier()
	slow.Store = &interrupted{o.db, func() {
		found := o.set(p, payment.DeviceActive)
		_, err := o.denier().Take(o.Context(), bucket, []payment.Event{found})
		o.must(err)
	}}
	_, err := slow.Take(o.Context(), bucket, []payment.Event{lost})
	o.must(err)
	if o.listed()[id] {
		o.Error("a phone that was found is denied for ever")
	}
}

// full is a store whose list cannot be written.
type full struct{ *store.DB }

var errFull = errors.New("full")

// Deny implements clearing.DenyStore.
func (full) Deny(context.Context, int, int64, []clearing.Held) error { return errFull }

// stuckList: other events do not wait for the list, and those about it are not lost.
func stuckList(o *office) {
	p := o.person(0)
	id := o.passFor(p, time.Hour)
	d := o.denier()
	d.Store = full{o.db}
	paid := payment.Event{ID: ids.New[ids.Event](o.ids, o.clock(), 0), Kind: payment.EventSucceeded, Payer: p.payer}
	taken, err := d.Take(o.Context(), p.payer.Bucket(o.ids.Buckets), []payment.Event{o.set(p, payment.DeviceIsFrozen), paid})
	if !errors.Is(err, errFull) || len(taken) != 1 || taken[0] != paid.ID {
		o.Errorf("took %v, %v", taken, err)
	}
	o.must(o.relayTo(o.denier()).Drain(o.Context())) // it waits in the outbox
	if !o.listed()[id] || o.waiting() != 0 {
		o.Errorf("on the list %v, %d events left", o.listed()[id], o.waiting())
	}
}

// unheard: what happened before there was a list, or without an event, is found.
func unheard(o *office) {
	const people = 5
	var lost, found [8]byte
	for i := range people {
		p := o.person(0)
		id := o.passFor(p, 100*time.Hour)
		switch i {
		case 0:
			lost = id
			o.set(p, payment.DeviceIsRevoked)
		case 1:
			found = id
			turn, _, err := o.db.Turn(o.Context(), p.payer.Bucket(o.ids.Buckets))
			o.must(err)
			held := clearing.Held{Pass: id, Expires: o.clock().Add(100 * time.Hour), Status: payment.DeviceIsFrozen}
			o.must(o.db.Deny(o.Context(), p.payer.Bucket(o.ids.Buckets), turn, []clearing.Held{held}))
		}
	}
	if on := o.listed(); len(on) != 1 || !on[found] {
		o.Fatalf("%v on the list", on)
	}
	for range 2 {
		for bucket := range o.ids.Buckets {
			o.must(o.denier().LookThrough(o.Context(), bucket))
		}
		if on := o.listed(); len(on) != 1 || !on[lost] {
			o.Errorf("%v on the list, want %v", on, lost)
		}
	}
	_, at, err := o.db.Turn(o.Context(), 0)
	if n, number, _ := o.db.OnDenyList(o.Context()); err != nil || !at.Equal(o.clock()) || n != 1 || number != 3 {
		o.Errorf("looked at %v, %d passes, number %d: %v", at, n, number, err)
	}
}

// listBroughtBack: a gate that has a number from the time that is forgotten begins
// anew, whatever has happened since.
func listBroughtBack(o *office) {
	ask := func(since uint64, wantAdd int, wantLast bool) (until uint64) {
		o.Helper()
		add, _, until, last, err := o.db.DenyChanges(o.Context(), since, 10)
		if err != nil || len(add) != wantAdd || (last > 0) != wantLast {
			o.Errorf("since %d: %d new, until %d, last %d: %v", since, len(add), until, last, err)
		}
		return until
	}
	p := o.person(0)
	o.passFor(p, 100*time.Hour)
	revoked := o.set(p, payment.DeviceIsRevoked)
	_, err := o.denier().Take(o.Context(), p.payer.Bucket(o.ids.Buckets), []payment.Event{revoked})
	o.must(err)
	kept := ask(0, 1, true)
	ask(kept, 0, true)
	o.burnAll()
	ask(kept, 0, true)
	ask(kept+1, 0, false) // changes of which this database does not know
	ask(kept+900_000, 0, false)

	other := o.person(0)
	o.passFor(other, 100*time.Hour)
	_, err = o.denier().Take(o.Context(), other.payer.Bucket(o.ids.Buckets), []payment.Event{o.set(other, payment.DeviceIsRevoked)})
	o.must(err)
	next := ask(kept, 1, true)
	if ask(kept+1, 0, false); next <= kept+900_000 {
		o.Errorf("number %d comes after %d", next, kept)
	}
	ask(next, 0, true)
	o.later(time.Hour)
	o.burnAll() // once more, and numbers of both pasts are known for what they are
	ask(kept+1, 0, false)
	ask(next, 0, true)
	ask(next+1, 0, false)
	ask(0, 2, true)
}

// DenyMany has so many passes on the list, a million say, put there and fetched in as many
// steps as they take, while a few come and go.
func DenyMany(t *testing.T, open OpenEngine, many int) {
	o := newOffice(t, open, 1)
	steps := many / pass.MaxDelta
	held := make([]clearing.Held, pass.MaxDelta)
	began := time.Now()
	for step := range steps {
		for i := range held {
			binary.BigEndian.PutUint64(held[i].Pass[:], uint64(step*pass.MaxDelta+i)*0x9e3779b97f4a7c15)
			held[i].Expires, held[i].Status = o.clock().Add(time.Hour), payment.DeviceIsRevoked
		}
		o.must(o.db.Deny(o.Context(), 0, int64(step), held))
	}
	t.Logf("%d passes put on the list in %v", steps*pass.MaxDelta, time.Since(began))

	var all, since, parts uint64
	var slowest time.Duration
	for began = time.Now(); ; parts++ {
		asked := time.Now()
		add, _, until, _, err := o.db.DenyChanges(o.Context(), since, pass.MaxDelta)
		o.must(err)
		slowest = max(slowest, time.Since(asked))
		if until == since {
			break
		}
		all, since = all+uint64(len(add)), until
	}
	t.Logf("fetched in %d parts in %v, the slowest %v", parts, time.Since(began), slowest)
	if all != uint64(steps*pass.MaxDelta) || parts != uint64(steps) {
		t.Errorf("%d passes in %d parts", all, parts)
	}

	began = time.Now()
	lost := o.person(0)
	o.passFor(lost, time.Hour)
	_, err := o.denier().Take(o.Context(), 0, []payment.Event{o.set(lost, payment.DeviceIsFrozen)})
	o.must(err)
	t.Logf("one more in %v", time.Since(began))
	began = time.Now()
	o.must(o.db.DenyExpired(o.Context(), o.clock(), o.clock().Add(-time.Hour), 500))
	t.Logf("looked for expired ones in %v", time.Since(began))
	if n, _, err := o.db.OnDenyList(o.Context()); err != nil || n != int64(all)+1 {
		t.Errorf("%d on the list: %v", n, err)
	}
}
