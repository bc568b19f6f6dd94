package sim

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/outbox"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/settlement"
	"github.com/paycode/paycode/store"
)

// life is a server from its start to its death. What is kept in memory dies
// with it. It is the payment.Clock, the payment.Presence, the issuing.Keys and
// the outbox.Receiver of what runs in it.
type life struct {
	*world
	name   string
	dead   bool
	ahead  time.Duration // its clock, of the true time
	key    uint32        // the active master key, when its key file was read
	db     *store.DB
	pay    *payment.Processor
	issue  *issuing.Service
	relay  *outbox.Relay
	clear  *clearing.Service
	settle *settlement.Service
}

// Now implements payment.Clock.
func (l *life) Now() time.Time { return l.loop.now().Add(l.ahead).Truncate(time.Microsecond) }

// Wait implements payment.Clock.
func (l *life) Wait(ctx context.Context, done <-chan struct{}, atMost time.Duration) error {
	return l.loop.wait(ctx, done, atMost)
}

// Go implements payment.Clock.
func (l *life) Go(f func()) { l.loop.begin(l, f) }

// Reachable implements payment.Presence.
func (l *life) Reachable(payer ids.Payer, _ []ids.Server) bool { return l.world.reachable[payer] }

// Active implements issuing.Keys.
func (l *life) Active() uint32 { return l.key }

// Seed implements issuing.Keys.
func (l *life) Seed(key uint32, d paycode.DeviceID, g paycode.Generation) (paycode.Seed, error) {
	return seedOf(key, ids.Device(d), g), nil
}

// SealKey implements issuing.Keys. Nothing is sealed in the town.
func (l *life) SealKey(key uint32, label string) ([32]byte, error) {
	return sha256.Sum256([]byte{byte(key)}), nil
}

// Authenticator implements issuing.Keys.
func (l *life) Authenticator(key uint32, d paycode.DeviceID, g paycode.Generation) (paycode.AuthenticatorSecret, error) {
	master := paycode.MasterKey{byte(key)}
	return paycode.DeriveAuthenticator(&master, d, g), nil
}

// Issuer implements issuing.Issuers.
func (l *life) Issuer() (pass.IssuerKey, error) { return issuerOf(l.key) }

// PublicKeys implements issuing.Issuers.
func (l *life) PublicKeys() (all []pass.PublicKey, err error) { return publicKeys() }

// masterKeys is how many master keys a world may come to have.
const masterKeys = 5

func publicKeys() (all []pass.PublicKey, err error) {
	for id := range uint32(masterKeys) {
		k, err := issuerOf(id + 1)
		if err != nil {
			return nil, err
		}
		all = append(all, k.Public())
	}
	return all, nil
}

func issuerOf(key uint32) (pass.IssuerKey, error) {
	master := paycode.MasterKey{byte(key)}
	return pass.DeriveIssuerKey(master[:], key)
}

// seedOf is a device's seed by one of the issuer's master keys.
func seedOf(key uint32, d ids.Device, g paycode.Generation) paycode.Seed {
	master := paycode.MasterKey{byte(key)}
	return paycode.DeriveSeed(&master, paycode.DeviceID(d), g)
}

func (l *life) say(format string, args ...any) { l.world.say(l.name, format, args...) }

// start brings a server up on the store, with empty memory.
func (w *world) start(n int) *life {
	l := &life{world: w, name: fmt.Sprintf("server-%d", n), key: w.activeKey}
	if apart := w.weather.apart; apart > 0 {
		l.ahead = w.upTo(2*apart) - apart
	}
	log := slog.New(slog.DiscardHandler)
	l.db = store.New(&engine{life: l, inner: w.engine})
	l.relay = outbox.New(outbox.Config{Store: l.db, Publish: l.publish, Receiver: l, Buckets: w.buckets, Now: l.Now, Log: log})
	l.pay = payment.New(payment.Config{
		Store: l.db, Seeds: l, Presence: l, Profile: w.profile, Zone: time.UTC, Clock: l, Random: w.bytes,
		Buckets: w.buckets, Parallel: 1 + w.random.IntN(4), Log: log, Committed: l.relay.Hand,
	})
	var err error
	l.issue, err = issuing.New(issuing.Config{
		Store: l.db, Keys: l, Profile: w.profile, Limits: payment.DefaultLimits(), Now: l.Now, Random: w.bytes,
		Buckets: w.buckets, Log: log, ProofLeeway: issuing.DefaultProofLeeway, Issuers: l, Passes: w.passTerms(),
	})
	if err != nil {
		panic(err) // the configuration is ours
	}
	l.clear = clearing.New(clearing.Config{
		Store: l.db, Gates: l.db, Cashier: l.pay, Keys: l.PublicKeys, Terms: terms(), Clock: l, Random: w.bytes, Buckets: w.buckets, Log: log,
	})
	l.settle = settlement.New(settlement.Config{Store: l.db, Now: l.Now, Random: w.bytes, Buckets: w.buckets})
	l.Go(func() { l.pay.ExpireLoop(context.Background()) })
	if w.habits.gates > 0 {
		l.Go(l.sweepLoop)
	}
	l.Go(l.relayLoop)
	l.say("starts, its clock %v ahead", l.ahead)
	return l
}

// relayEvery is how often a server looks for events that wait.
const relayEvery = 3 * time.Second

func (l *life) relayLoop() {
	for {
		l.loop.pause(l.upTo(2 * relayEvery))
		l.relay.Drain(context.Background()) // what fails is tried again
	}
}

// passTerms are for no passes where there is no gate.
func (w *world) passTerms() issuing.PassTerms {
	if w.habits.gates == 0 {
		return issuing.PassTerms{}
	}
	return issuing.DefaultPassTerms()
}

// sweepLoop has what others left, and what has waited long enough, cleared.
func (l *life) sweepLoop() {
	for {
		l.loop.pause(l.upTo(20 * relayEvery))
		l.clear.Sweep(context.Background())
	}
}

// publish tells a payer who listens that he is asked to confirm.
func (l *life) publish(e payment.Event) {
	if e.Kind == payment.EventConfirmRequested && l.reachable[e.Payer] {
		l.askedToConfirm(e.Payer, e.Payment)
	}
}

// Take implements outbox.Receiver: the world outside, which may be away, and
// which may have heard something although it could not say so.
func (l *life) Take(_ context.Context, _ int, events []payment.Event) (taken []ids.Event, err error) {
	l.loop.pause(l.upTo(3 * time.Millisecond))
	for _, e := range events {
		if l.chance(l.weather.receiver) {
			err = payment.ErrUnavailable
			continue
		}
		l.audit.Delivered(string(e.Kind), [16]byte(e.Payment))
		if !e.Refund.IsZero() {
			l.audit.Delivered(string(e.Kind), [16]byte(e.Refund))
		}
		if l.chance(l.weather.receiver) {
			err = payment.ErrUnknownOutcome // it has heard it, and the server does not know
			continue
		}
		taken = append(taken, e.ID)
	}
	return taken, err
}

// die ends a server at this very moment. Nothing of it goes on, not even what
// it has deferred. It does not return when it is called in the server.
func (l *life) die(when string) {
	l.say("dies %s", when)
	l.dead = true
	l.deaths++
	l.loop.begin(nil, func() { l.revive(l) })
	if c := l.loop.running; c != nil && c.on == l {
		l.loop.park()
	}
}

// revive starts another server in the place of a dead one, after a while.
func (w *world) revive(dead *life) {
	w.loop.pause(w.upTo(4 * time.Second))
	for i, l := range w.servers {
		if l == dead {
			w.servers[i] = w.start(i + 1)
		}
	}
}
