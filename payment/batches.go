package payment

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
)

// claiming is a claim on its way, with its answer.
type claiming struct {
	ticket
	want Claim
	got  Claimed
	err  error
}

func (c *claiming) fail(err error) { c.err = err }

// deciding is a command on its way, with its answer.
type deciding struct {
	ticket
	command Command
	need    Need
	effects Effects // as they were tried, while it is not known that they were written
	written bool
	guessed bool // counted in this server's memory
	err     error
}

func (d *deciding) fail(err error) {
	if !d.written {
		d.effects, d.err = Effects{}, err
	}
}

// claimAll runs one batch of claims.
func (p *Processor) claimAll(ctx context.Context, batch []job) error {
	claims := make([]Claim, len(batch))
	for i, j := range batch {
		claims[i] = j.(*claiming).want
	}
	got, err := p.Store.Claim(ctx, claims)
	if err != nil {
		return fmt.Errorf("payment: claim: %w", err)
	}
	for i, j := range batch {
		c := j.(*claiming)
		c.got, c.err = got[i], got[i].Err
	}
	return nil
}

// decideAll loads, decides and saves one batch of commands of a bucket. A wrong
// code goes on to be counted before its sender is told that it was wrong: not
// here, because it is counted in the merchant's rows.
func (p *Processor) decideAll(ctx context.Context, bucket int, batch []job) error {
	needs := make([]Need, len(batch))
	tried := make([]Effects, len(batch))
	for i, j := range batch {
		d := j.(*deciding)
		if d.tries > 0 {
			d.need.Fresh = false // a try before this one may have written it
		}
		needs[i], tried[i] = d.need, d.effects
	}
	var events []Event
	err := p.Store.Update(ctx, bucket, needs, func(rows *Rows) {
		events = nil
		for i, j := range batch {
			d := j.(*deciding)
			if s := rows.state(d.need); !written(s, tried[i]) {
				d.effects, d.err = p.decide(rows, s, d)
			} else {
				d.effects, d.err = tried[i], nil
				events = d.effects.addEvents(events) // not announced yet
			}
		}
		events = append(events, rows.Changes.Events...)
	})
	if err != nil {
		return fmt.Errorf("payment: decide: %w", err)
	}
	for _, j := range batch {
		d := j.(*deciding)
		if d.effects.PayerName != "" && p.Named != nil {
			p.Named(d.effects.Payment.Payer, d.effects.PayerName)
		}
		if d.written = true; d.effects.Guessed {
			d.next = p.countLane(d.effects.Payment.Merchant)
		}
		if pay := d.effects.Payment; pay != nil && pay.Status == Pending {
			p.expiry.note(bucket, pay.ExpiresAt)
		}
	}
	if len(events) > 0 {
		p.Committed(bucket, events)
	}
	return nil
}

// decide asks Decide, and has the batch's next command see the outcome.
func (p *Processor) decide(rows *Rows, s State, d *deciding) (Effects, error) {
	c := d.command
	s.Now, s.Zone, s.Profile = p.Clock.Now(), p.Zone, p.Profile
	if err := p.deriveSecrets(&s, d.need.Code.Form); err != nil {
		return Effects{}, err
	}
	s.Reachable = s.Payer != nil && p.Presence.Reachable(s.Payer.ID, rows.Pages[s.Payer.ID])
	if charge, ok := c.(Charge); ok {
		if charge.Claim != nil {
			if charge.Merchant, ok = rows.Claimed[charge.ID]; !ok {
				return Effects{}, errClaimed
			}
		}
		charge.Merchant.RefusedUntil = p.guesses.refusedUntil(charge.Merchant)
		c = charge
	}
	e := Decide(s, c)
	if e.Guessed && !d.guessed {
		d.guessed = true // a batch that is run again has not guessed again
		p.guesses.add(e.Payment.Merchant, s.Now)
	}
	rows.apply(e)
	return e, nil
}

// deriveSecrets derives what a code of this form is held against.
func (p *Processor) deriveSecrets(s *State, form paycode.Form) (err error) {
	switch {
	case s.Device == nil || form == 0 || form == paycode.FormOnline:
	case form == paycode.FormAuthenticator:
		s.Secret, err = p.secretOf(*s.Device)
	default:
		s.Seeds, err = p.seedsOf(*s.Device, s.Now)
	}
	return err
}

// secretOf derives the secret of an authenticator; nil as seedsOf leaves seeds out.
func (p *Processor) secretOf(d Device) (*paycode.AuthenticatorSecret, error) {
	secret, err := p.Seeds.Authenticator(d.Newest.KeyID, paycode.DeviceID(d.ID), d.Newest.Generation)
	switch {
	case err == nil:
		return &secret, nil
	case d.Status == DeviceIsRevoked:
		return nil, nil
	}
	return nil, fmt.Errorf("payment: authenticator: %w", err)
}

// seedsOf derives the seeds whose codes of a device are good at now.
func (p *Processor) seedsOf(d Device, now time.Time) (seeds []paycode.Seed, err error) {
	for _, ref := range d.Seeds(now) {
		seed, err := p.Seeds.Seed(ref.KeyID, paycode.DeviceID(d.ID), ref.Generation)
		if err != nil && d.Status == DeviceIsRevoked {
			continue // a master key may be retired while only revoked devices have seeds of it
		}
		if err != nil {
			return nil, fmt.Errorf("payment: seed: %w", err)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}

// countAll counts wrong codes against the merchants of one bucket. It is not
// tried again: counting is not idempotent, and the payments stand declined.
func (p *Processor) countAll(ctx context.Context, batch []job) (failed error) {
	codes := map[ids.Merchant]int64{}
	var merchants []ids.Merchant // in a fixed order
	for _, j := range batch {
		m := j.(*deciding).effects.Payment.Merchant
		if codes[m]++; codes[m] == 1 {
			merchants = append(merchants, m)
		}
	}
	slices.SortFunc(merchants, func(a, b ids.Merchant) int { return bytes.Compare(a[:], b[:]) })
	for _, m := range merchants {
		refused, err := p.Store.CountWrong(ctx, m, codes[m], p.Clock.Now())
		switch {
		case err != nil:
			p.Log.Error("wrong codes were not counted", "merchant", m, "codes", codes[m], "err", err)
			failed = fmt.Errorf("payment: count: %v", err) // not wrapped: it says nothing about trying again
		case refused:
			p.Log.Warn("merchant refused for sending too many wrong codes", "merchant", m, "for", WrongWindow)
		}
	}
	return failed
}
