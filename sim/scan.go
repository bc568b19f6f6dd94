package sim

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/sim/auditor"
)

// shown is a code as a till has read it, with what the auditor knows about it.
type shown struct {
	presentation auditor.Presentation
	code         string
	tap          *[8]byte // what the reader sent, when it was tapped
	form, by     string
}

// tag names the next presentation of a code for an order.
func (o *order) tag() string {
	o.shown++
	return fmt.Sprintf("%s/%d", o.no, o.shown)
}

// inOrder lists what is known of an order's attempts, oldest first.
func (o *order) inOrder() []payment.Payment {
	var all []payment.Payment
	for _, p := range o.known {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b payment.Payment) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return all
}

// scan reads a code for an order from somebody's phone.
func (t *till) scan(o *order) {
	p := t.phones[t.random.IntN(len(t.phones))]
	s := shown{by: p.name, presentation: t.presents(o)}
	s.presentation.Genuine, s.presentation.Device, s.presentation.Payer = true, [16]byte(p.device), [16]byte(p.owner.id)
	h := t.habits
	online := h.online
	if p.online.digits == "" {
		online = 0
	}
	pick(t.random,
		choice{h.digits, func() { s.offline(p, "digits", t.profile.NewDigits) }},
		choice{h.text, func() { s.offline(p, "text", t.profile.NewText) }},
		choice{h.emv, func() { s.offline(p, "emv", t.profile.NewEMV) }},
		choice{h.nfc, func() { s.tapped(p, o) }},
		choice{online, func() {
			s.form, s.code, s.presentation.Online, s.presentation.Expires = "online", p.online.digits, p.online.digits, p.online.expires
		}},
	)
	o.last = s
}

func (t *till) presents(o *order) auditor.Presentation {
	return auditor.Presentation{Tag: o.tag(), Merchant: [16]byte(o.shop.id), Order: o.no, Minor: o.minor}
}

// offline is a code that the phone makes by itself.
func (s *shown) offline(p *phone, form string, write func(*paycode.Seed, paycode.Alias, paycode.Slot) string) {
	slot := p.slot()
	s.form, s.code = form, write(&p.seed, p.alias, slot)
	s.presentation.Alias, s.presentation.Counter, s.presentation.Nonce = uint64(p.alias), uint32(slot.Counter), uint8(slot.Nonce)
}

// tapped is a code for just this amount at this till.
func (s *shown) tapped(p *phone, o *order) {
	s.tap = new([8]byte)
	io.ReadFull(p.bytes, s.tap[:])
	c := *s.challenge(o)
	s.offline(p, "nfc", func(seed *paycode.Seed, a paycode.Alias, slot paycode.Slot) string {
		return p.profile.NewChallengeText(seed, a, slot, c)
	})
}

// challenge is what a server is told that the code answers.
func (s *shown) challenge(o *order) *paycode.Challenge {
	if s.tap == nil {
		return nil
	}
	return &paycode.Challenge{Nonce: *s.tap, AmountMinor: uint64(s.presentation.Minor), Currency: [3]byte([]byte(currency)), Merchant: [16]byte(o.shop.id)}
}

// cheat shows one code for several orders at the same time: one that nobody has
// seen yet, or one that was used before.
func (t *till) cheat() {
	from := t.some()
	if from == nil || from.shown == 0 || t.random.IntN(2) == 0 {
		from = t.newOrder()
		t.scan(from)
	}
	for range 2 + t.random.IntN(2) {
		o := t.newOrder()
		s := from.last
		s.presentation.Tag, s.presentation.Merchant, s.presentation.Order, s.presentation.Minor = o.tag(), [16]byte(o.shop.id), o.no, o.minor
		s.presentation.Genuine = s.presentation.Genuine && s.tap == nil // a tapped code is good for one amount at one till
		s.by += " once more"
		o.last = s
		t.person(func() { t.charge(o, s) })
	}
}

// guess charges by digits that are wrong, for an alias that somebody has, many times.
func (t *till) guess() {
	p := t.phones[t.random.IntN(len(t.phones))]
	times := 1 + t.random.IntN(3)
	if t.random.IntN(16) == 0 {
		times = 30
	}
	for range times {
		o := t.newOrder()
		s := shown{by: p.name, form: "guess", presentation: t.presents(o)}
		s.presentation.Alias, s.presentation.Device = uint64(p.alias), [16]byte(p.device)
		s.code = t.wrongDigits(p)
		o.last = s
		t.charge(o, s)
	}
}

// wrongDigits are digits with the alias of a phone that are right for no window
// that may be live, whatever clock is right.
func (t *till) wrongDigits(p *phone) string {
	now := t.profile.CounterAt(t.loop.now())
	nonce := paycode.Nonce(t.random.IntN(10))
	right := map[string]bool{}
	for key := uint32(1); key <= t.activeKey; key++ {
		for generation := p.generation - 1; generation <= p.generation+1; generation++ {
			seed := seedOf(key, p.device, generation)
			for ahead := -4; ahead <= 4; ahead++ {
				right[t.profile.NewDigits(&seed, p.alias, paycode.Slot{Counter: now + paycode.Counter(ahead), Nonce: nonce})] = true
			}
		}
	}
	written := t.profile.NewDigits(&p.seed, p.alias, paycode.Slot{Counter: now, Nonce: nonce})
	for {
		wrong := written[:12] + fmt.Sprintf("%06d", t.random.IntN(1_000_000))
		if !right[wrong] {
			return wrong
		}
	}
}

// mistype charges by something that is no code, or a code of nobody.
func (t *till) mistype() {
	o := t.newOrder()
	s := shown{by: "nobody", form: "mistyped", presentation: t.presents(o)}
	switch t.random.IntN(3) {
	case 0:
		s.code = "not a code"
	case 1:
		s.code = "71" + strings.Repeat("0", t.profile.Digits()-2)
	default:
		var seed paycode.Seed
		s.presentation.Alias = uint64(t.random.IntN(1_000_000_000))
		s.code = t.profile.NewText(&seed, paycode.Alias(s.presentation.Alias), paycode.Slot{Counter: t.profile.CounterAt(t.loop.now())})
	}
	o.last = s
	t.charge(o, s)
}

// kept is a payment as the auditor writes it down.
func kept(p payment.Payment) auditor.Payment {
	return auditor.Payment{
		ID: [16]byte(p.ID), Merchant: [16]byte(p.Merchant), Payer: [16]byte(p.Payer), Device: [16]byte(p.Device),
		Order: p.OrderNo, Tag: p.TerminalID, Status: string(p.Status), Decline: string(p.Decline), Method: string(p.Method),
		Superseded: p.Superseded, Minor: p.Amount.Minor, Refunded: p.Refunded, Created: p.CreatedAt,
	}
}
