package main

import (
	"fmt"
	"slices"

	"github.com/paycode/paycode/vectors"
)

type matchVector = vectors.Vector[vectors.MatchInput, vectors.MatchOutput]

// trial is one case of verifying. What is left out is the worked example's.
type trial struct {
	name      string
	profile   string // "default" if empty
	seeds     []vectors.Hex
	code      string
	now       uint32
	challenge *vectors.Challenge
	outcome   string
	slot      slot // if the outcome is ok
	seed      int
}

const now = 29921400

var oneSeed = []vectors.Hex{exampleSeed}

func matchVectors() (all []matchVector) {
	for _, t := range slices.Concat(windowTrials(), wrongTrials(), seedTrials(), challengeTrials()) {
		v := matchVector{Name: t.name, Outcome: t.outcome, Input: vectors.MatchInput{
			Profile: t.profile, Seeds: t.seeds, Code: t.code, Now: t.now, Challenge: t.challenge,
		}}
		if v.Input.Profile == "" {
			v.Input.Profile = "default"
		}
		if v.Input.Seeds == nil {
			v.Input.Seeds = oneSeed
		}
		if t.outcome == vectors.OK {
			v.Output = &vectors.MatchOutput{Slot: t.slot, SeedIndex: t.seed}
		}
		all = append(all, v)
	}
	return all
}

func made(form string, seed []byte, s slot, c *vectors.Challenge) string {
	return compute(seed, exampleAlias, s, c).code(form, profiles()["default"])
}

// windowTrials hold a code of one window against servers in others.
func windowTrials() (all []trial) {
	for _, c := range []struct {
		profile string
		skew    int64
	}{{"strict", 0}, {"default", 1}, {"lenient", 2}} {
		for away := -c.skew - 2; away <= c.skew+2; away++ {
			for _, form := range []string{"digits", "text", "emv"} {
				s := at(uint32(now+away), 3)
				t := trial{
					name:    fmt.Sprintf("%s, skew %d, code of window now%+d", form, c.skew, away),
					profile: c.profile, code: made(form, exampleSeed, s, nil), now: now,
					outcome: vectors.OK, slot: s,
				}
				switch {
				case away > c.skew, away < -c.skew && form == "digits":
					t.outcome = vectors.Invalid
				case away < -c.skew:
					t.outcome = vectors.Expired
				}
				all = append(all, t)
			}
		}
	}
	last := uint32(1<<32 - 1)
	code := func(form string, counter uint32) string { return made(form, exampleSeed, at(counter, 0), nil) }
	return append(all,
		trial{name: "text, a year old", code: code("text", now-525600), now: now, outcome: vectors.Expired},
		trial{name: "text, a year ahead", code: code("text", now+525600), now: now, outcome: vectors.Invalid},
		trial{name: "digits, window 0 now", code: code("digits", 0), now: 0, outcome: vectors.OK},
		trial{name: "digits, there is no window before 0", code: code("digits", last), now: 0, outcome: vectors.Invalid},
		trial{name: "text, there is no window before 0", code: code("text", last), now: 0, outcome: vectors.Invalid},
		trial{name: "digits, last window of all", code: code("digits", last), now: last, outcome: vectors.OK, slot: at(last, 0)},
		trial{name: "digits, there is no window after the last", code: code("digits", 0), now: last, outcome: vectors.Invalid},
		trial{name: "text, the first window at the end of time", code: code("text", 0), now: last, outcome: vectors.Expired},
	)
}

// wrongTrials change one thing about a good code.
func wrongTrials() []trial {
	digits := made("digits", exampleSeed, exampleSlot, nil)
	late := compute(exampleSeed, exampleAlias, at(now-2, 3), nil).payload()
	late[26] ^= 1
	text := func(payload []byte) string { return "PC1" + crockford(payload) }
	good := mutant(0)
	emv := value{typ: 1, alias: exampleAlias, slot: exampleSlot, full: append(slices.Clone(good[11:26]), good[26]^0x80)}.emv()
	invalid := func(name, code string) trial {
		return trial{name: name, code: code, now: now, outcome: vectors.Invalid}
	}
	return []trial{
		invalid("digits, OTP one more", digits[:17]+"7"),
		invalid("digits, first digit of the OTP", digits[:12]+"4"+digits[13:]),
		invalid("digits, OTP all zero", digits[:12]+"000000"),
		invalid("digits, other nonce", digits[:11]+"4"+digits[12:]),
		invalid("digits, other alias", digits[:10]+"8"+digits[11:]),
		invalid("text, first bit of the token", text(mutant(11, good[11]^0x80))),
		invalid("text, last bit of the token", text(mutant(26, good[26]^1))),
		invalid("text, token all zero", text(mutant(11, make([]byte, 16)...))),
		invalid("text, other nonce", text(mutant(10, 4))),
		invalid("text, other alias", text(mutant(5, good[5]^1))),
		invalid("text, other live window", text(mutant(9, good[9]-1))),
		invalid("text, other past window: a wrong token is never expired", text(mutant(9, good[9]-5))),
		invalid("text, past window, last bit of the token", text(late)),
		invalid("text, said to be bound to a challenge", text(mutant(0, 2))),
		invalid("emv, first bit of the token's last byte", emv),
		invalid("online codes are not matched but looked up", "711234567890123456"),
	}
}

// seedTrials hold codes against the seeds of a rotation, and against none.
func seedTrials() (all []trial) {
	zero := make([]byte, 32)
	both := []vectors.Hex{exampleSeed, rotatedSeed}
	next := []vectors.Hex{rotatedSeed}
	none := []vectors.Hex{}
	past := at(now-2, 3)
	for _, form := range []string{"digits", "text", "emv"} {
		code := func(seed []byte, s slot) string { return made(form, seed, s, nil) }
		all = append(all,
			trial{name: form + ", next generation before the rotation", code: code(rotatedSeed, exampleSlot), now: now, outcome: vectors.Invalid},
			trial{name: form + ", old generation during the rotation", seeds: both, code: code(exampleSeed, exampleSlot), now: now, outcome: vectors.OK, slot: exampleSlot},
			trial{name: form + ", next generation during the rotation", seeds: both, code: code(rotatedSeed, exampleSlot), now: now, outcome: vectors.OK, slot: exampleSlot, seed: 1},
			trial{name: form + ", old generation after the rotation", seeds: next, code: code(exampleSeed, exampleSlot), now: now, outcome: vectors.Invalid},
			trial{name: form + ", neither generation", seeds: both, code: code(zero, exampleSlot), now: now, outcome: vectors.Invalid},
			trial{name: form + ", no such device", seeds: none, code: code(exampleSeed, exampleSlot), now: now, outcome: vectors.Invalid},
			trial{name: form + ", no such device, and the code made with a seed of zeros", seeds: none, code: code(zero, exampleSlot), now: now, outcome: vectors.Invalid},
		)
		if form != "digits" {
			all = append(all,
				trial{name: form + ", expired, next generation", seeds: both, code: code(rotatedSeed, past), now: now, outcome: vectors.Expired},
				trial{name: form + ", past, no such device", seeds: none, code: code(exampleSeed, past), now: now, outcome: vectors.Invalid},
				trial{name: form + ", past, no such device, and the code made with a seed of zeros", seeds: none, code: code(zero, past), now: now, outcome: vectors.Invalid},
			)
		}
	}
	return all
}

// challengeTrials hold bound codes against what the till says was asked.
func challengeTrials() (all []trial) {
	bound := made("text", exampleSeed, exampleSlot, &exampleChallenge)
	for i, c := range challenges() {
		t := trial{name: "challenge: " + c.name, code: bound, now: now, challenge: &c.challenge, outcome: vectors.Invalid}
		if i == 0 {
			t.outcome, t.slot = vectors.OK, exampleSlot
		}
		all = append(all, t)
	}
	aged := func(name string, away int64, outcome string) trial {
		s := at(uint32(now+away), 3)
		t := trial{name: name, code: made("text", exampleSeed, s, &exampleChallenge), now: now, challenge: &exampleChallenge, outcome: outcome}
		if outcome == vectors.OK {
			t.slot = s
		}
		return t
	}
	unsaid := trial{name: "challenge: the till does not say it", code: bound, now: now, outcome: vectors.Invalid}
	all = append(all, unsaid,
		aged("challenge: one window late", -1, vectors.OK),
		aged("challenge: one window early", 1, vectors.OK),
		aged("challenge: two windows late", -2, vectors.Expired),
		aged("challenge: two windows early", 2, vectors.Invalid),
	)
	for _, form := range []string{"digits", "text", "emv"} {
		all = append(all, trial{
			name: "challenge: " + form + " not bound to it", code: made(form, exampleSeed, exampleSlot, nil),
			now: now, challenge: &exampleChallenge, outcome: vectors.Invalid,
		})
	}
	return all
}
