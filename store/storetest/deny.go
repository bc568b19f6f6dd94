package storetest

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Deny runs the part of the suite about the deny list.
func Deny(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"the list is what phones are":           denyRace,
		"a long list":                           longList,
		"expired passes":                        expiredPasses,
		"an old turn":                           oldTurn,
		"who was overtaken looks again":         overtakenLook,
		"a list that cannot be written":         stuckList,
		"what nobody heard of":                  unheard,
		"a list brought back to an older state": listBroughtBack,
	})
}

func (o *office) denier() *clearing.Denier {
	return &clearing.Denier{Store: o.db, Now: o.clock, Buckets: o.db.Buckets(), Log: slog.New(slog.DiscardHandler)}
}

// listed is the list as a gate that fetches all of it has it.
func (w *town) listed() map[[8]byte]bool {
	w.Helper()
	have := map[[8]byte]bool{}
	for since, parts := uint64(0), 0; ; parts++ {
		add, remove, until, last, err := w.db.DenyChanges(w.Context(), since, pass.MaxDelta)
		w.must(err)
		if len(add)+len(remove) == 0 {
			if since != last && since != 0 {
				w.Errorf("the list ends at %d, its number is %d", since, last)
			}
			return have
		}
		for _, id := range add {
			have[id] = true
		}
		for _, id := range remove {
			delete(have, id)
		}
		since = until
	}
}

func (w *town) passFor(p person, lasts time.Duration) (id [8]byte) {
	w.Helper()
	rand.Read(id[:])
	_, _, err := w.db.HoldPass(w.Context(), issuing.IssuedPass{ID: id, Device: p.device, Expires: w.clock().Add(lasts)}, w.clock(), w.clock().Add(lasts))
	w.must(err)
	return id
}

// set gives a device another status, and answers the event.
func (w *town) set(p person, s payment.DeviceStatus) payment.Event {
	w.Helper()
	id := ids.New[ids.Event](w.ids, w.clock(), p.payer.Bucket(w.ids.Buckets))
	_, err := w.db.ChangeDevice(w.Context(), p.device, func(d issuing.Device, _ []issuing.IssuedAlias) (issuing.Change, error) {
		d.Status = s
		return issuing.Change{Device: d, Status: id}, nil
	})
	w.must(err)
	return payment.Event{ID: id, Kind: issuing.EventOf(s), Payer: p.payer, Device: p.device}
}

// denyRace has phones lost and found while several servers look, late and in any order.
func denyRace(w *office) {
	people := make([]person, 6)
	passes := make([][8]byte, len(people))
	for i := range people {
		people[i] = w.person(0)
		passes[i] = w.passFor(people[i], time.Hour)
	}
	d := w.denier()
	var all sync.WaitGroup
	for i, p := range people {
		all.Go(func() {
			var servers sync.WaitGroup
			for round := range 6 {
				status := payment.DeviceActive
				if (round+i)%2 == 0 {
					status = payment.DeviceIsFrozen
				}
				event := w.set(p, status)
				servers.Go(func() {
					taken, err := d.Take(w.Context(), p.payer.Bucket(w.ids.Buckets), []payment.Event{event, {ID: event.ID, Kind: payment.EventSucceeded}})
					if err != nil || len(taken) != 2 {
						w.Errorf("took %d: %v", len(taken), err)
					}
				})
			}
			servers.Wait()
		})
	}
	all.Wait()
	have := w.listed()
	for i, id := range passes {
		if want := (5+i)%2 == 0; have[id] != want {
			w.Errorf("phone %d: on the list %v, want %v", i, have[id], want)
		}
	}
}

// longList takes several deltas.
func longList(w *office) {
	const many = 2*pass.MaxDelta + 10
	held := make([]clearing.Held, many)
	for i := range held {
		binary.BigEndian.PutUint64(held[i].Pass[:], uint64(i)*0x9e3779b97f4a7c15)
		held[i].Expires, held[i].Status = w.clock().Add(time.Hour), payment.DeviceIsRevoked
	}
	turn, _, err := w.db.Turn(w.Context(), 0)
	w.must(err)
	w.must(w.db.Deny(w.Context(), 0, turn, held))
	if n := len(w.listed()); n != many {
		w.Errorf("%d passes, want %d", n, many)
	}
	n, number, err := w.db.OnDenyList(w.Context())
	if err != nil || n != many || number != many {
		w.Errorf("%d on the list, number %d: %v", n, number, err)
	}
}

func expiredPasses(w *office) {
	p := w.person(0)
	w.passFor(p, time.Hour)
	long := w.passFor(p, 3*time.Hour)
	d := w.denier()
	_, err := d.Take(w.Context(), p.payer.Bucket(w.ids.Buckets), []payment.Event{w.set(p, payment.DeviceIsRevoked)})
	w.must(err)
	if n := len(w.listed()); n != 2 {
		w.Errorf("%d on the list", n)
	}
	w.later(2 * time.Hour)
	for range 2 {
		w.must(w.db.DenyExpired(w.Context(), w.clock(), w.clock().Add(-time.Hour*24), 10))
	}
	if have := w.listed(); len(have) != 1 || !have[long] {
		w.Errorf("%v on the list", have)
	}
	w.must(w.db.DenyExpired(w.Context(), w.clock(), w.clock(), 10))
	if add, remove, _, last, err := w.db.DenyChanges(w.Context(), 0, 10); err != nil || len(add) != 1 || len(remove) != 0 || last != 3 {
		w.Errorf("%d, %d, number %d: %v", len(add), len(remove), last, err)
	}
}

func oldTurn(w *office) {
	turn, _, err := w.db.Turn(w.Context(), 0)
	w.must(err)
	held := []clearing.Held{{Pass: [8]byte{1}, Expires: w.clock().Add(time.Hour), InDebt: true, Status: payment.DeviceActive}}
	for i, want := range []error{nil, clearing.ErrTurn} {
		if err := w.db.Deny(w.Context(), 0, turn, held); !errors.Is(err, want) || (err == nil) != (want == nil) {
			w.Errorf("%d: %v", i, fmt.Errorf("%w, want %v", err, want))
		}
	}
}
