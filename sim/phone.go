package sim

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
)

const minute = time.Minute

// phone is a device of a payer. It is offline for most of its life.
type phone struct {
	*world
	name   string
	owner  *payer
	device ids.Device
	unseal *ecdh.PrivateKey
	sign   *ecdsa.PrivateKey
	pass   []byte        // nil while it has none
	ahead  time.Duration // its clock, of the true time

	alias      paycode.Alias
	generation paycode.Generation
	seed       paycode.Seed
	shown      paycode.Slot // the last one
	online     minted
	asked      []ids.Payment // that it is to confirm
	gone       bool          // revoked
	urgent     int           // weight of syncing because it was told to
}

// minted is an online code that a phone has; the zero one is none.
type minted struct {
	digits  string
	expires time.Time // by the clock of the server that made it
}

// live is what a phone does until it is night.
func (p *phone) live() {
	for !p.night() {
		p.loop.pause(p.upTo(2 * p.weather.think))
		h := p.habits
		pick(p.random,
			choice{h.idle, func() { p.reachable[p.owner.id] = p.random.IntN(2) == 0 }},
			choice{h.sync, p.sync},
			choice{p.urgent, p.sync},
			choice{h.mint, p.mint},
			choice{h.ride, p.ride},
			choice{4 * len(p.asked), p.confirm},
		)
	}
}

// sync asks for a new alias, and for a new seed if there is one. When the answer
// is lost the phone goes on with what it holds.
func (p *phone) sync() {
	if p.gone {
		return
	}
	held := issuing.Held{Alias: p.alias, Generation: p.generation}
	answer, err := send(p.world, func(ctx context.Context, on *life) (issuing.Synced, error) {
		return on.issue.Sync(ctx, p.device, held)
	}, func(issuing.Synced, error) {})
	p.say(p.name, "syncs: %v", outcome(err))
	switch {
	case err == nil:
		p.take(answer)
	case errors.Is(err, issuing.ErrDeviceRevoked):
		p.gone = true
	}
}

// mustSync has a phone sync soon, because its codes are not taken any more.
func (w *world) mustSync(device ids.Device) {
	for _, p := range w.phones {
		if p.device == device {
			p.urgent = 20
		}
	}
}

// take keeps what the issuer has told.
func (p *phone) take(s issuing.Synced) {
	p.urgent = 0
	p.alias, p.generation = s.Alias, s.Generation
	if s.Seed != nil {
		p.seed = p.opened(*s.Seed)
	}
	p.pass = s.Pass // none while he is in debt
}

// opened unseals a seed.
func (p *phone) opened(s issuing.Sealed) paycode.Seed {
	enc, err1 := base64.RawURLEncoding.DecodeString(s.Enc)
	ciphertext, err2 := base64.RawURLEncoding.DecodeString(s.Ciphertext)
	key, err3 := hpke.NewDHKEMPrivateKey(p.unseal)
	p.must(errors.Join(err1, err2, err3))
	r, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte("paycode/seed/v1"))
	p.must(err)
	seed, err := r.Open(binary.BigEndian.AppendUint32(p.device[:], uint32(p.generation)), ciphertext)
	p.must(err)
	return paycode.Seed(seed)
}

// mint asks for an online code.
func (p *phone) mint() {
	answer, err := send(p.world, func(ctx context.Context, on *life) (m minted, err error) {
		m.digits, m.expires, err = on.issue.OnlineCode(ctx, p.device)
		return m, err
	}, func(minted, error) {})
	p.say(p.name, "asks for an online code: %s %v", answer.digits, outcome(err))
	if err == nil {
		p.online = answer
	}
}

// askedToConfirm has the payer find a question on one of his phones.
func (w *world) askedToConfirm(payer ids.Payer, id ids.Payment) {
	for _, p := range w.phones {
		if p.owner.id == payer && (len(p.asked) == 0 || p.asked[len(p.asked)-1] != id) {
			p.asked = append(p.asked, id)
		}
	}
}

// confirm answers the question that was asked last: yes, or no, or one after the other.
func (p *phone) confirm() {
	id := p.asked[len(p.asked)-1]
	p.asked = p.asked[:len(p.asked)-1]
	for range 1 + p.random.IntN(2) {
		accept := p.random.IntN(4) > 0
		p.say(p.name, "answers %v to %v", accept, id)
		_, err := send(p.world, func(ctx context.Context, on *life) (payment.Payment, error) {
			return on.pay.Confirm(ctx, id, p.device, accept)
		}, func(got payment.Payment, err error) {
			p.say(p.name, "hears about %v: %s %s %v", id, got.Status, got.Decline, outcome(err))
			if err == nil {
				p.audit.Heard(kept(got))
			}
		})
		if err == nil {
			return
		}
	}
}

// slot is the next slot to show: another nonce within a minute, or the same one
// again when all ten are used up or the phone has forgotten.
func (p *phone) slot() paycode.Slot {
	now := p.profile.CounterAt(p.loop.now().Add(p.ahead))
	s := paycode.Slot{Counter: now}
	if now == p.shown.Counter && p.random.IntN(30) > 0 {
		s.Nonce = (p.shown.Nonce + 1) % 10
	}
	p.shown = s
	return s
}
