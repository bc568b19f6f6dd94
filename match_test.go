package paycode_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
)

// Prepared keys must answer as seeds do, whenever they were prepared.
func TestMatchKeysAnswersAsMatch(t *testing.T) {
	for _, v := range vectors.Matches() {
		t.Run(v.Name, func(t *testing.T) {
			p := vectors.Profiles()[v.Input.Profile]
			code, err := p.Parse(v.Input.Code)
			if err != nil {
				t.Fatal(err)
			}
			now, challenge := paycode.Counter(v.Input.Now), challengeOf(v.Input.Challenge)
			for _, prepared := range []paycode.Counter{now, now - 1, now + 1, now - 3, now + 4, now / 2, 0, 1<<32 - 1} {
				var seeds []paycode.Seed
				var keys []paycode.Key
				for _, s := range v.Input.Seeds {
					seeds = append(seeds, *seedOf(s))
					keys = append(keys, p.Prepare(seedOf(s), prepared))
				}
				want, wantErr := p.Match(seeds, &code, now, challenge)
				got, gotErr := p.MatchKeys(keys, &code, now, challenge)
				if diff := cmp.Diff(want, got); diff != "" || gotErr != wantErr {
					t.Errorf("prepared for %d: %v, want %v (-want +got)\n%s", prepared, gotErr, wantErr, diff)
				}
			}
		})
	}
}

func TestPrepareCoversTheLiveWindows(t *testing.T) {
	const last = 1<<32 - 1
	for _, c := range []struct {
		profile    string
		now, first paycode.Counter
		count      int
	}{
		{"strict", 29921400, 29921400, 1},
		{"default", 29921400, 29921399, 3},
		{"lenient", 29921400, 29921398, 5},
		{"lenient", 1, 0, 4},
		{"lenient", 0, 0, 3},
		{"lenient", last, last - 2, 3},
	} {
		key := vectors.Profiles()[c.profile].Prepare(&paycode.Seed{}, c.now)
		if first, count := key.Prepared(); first != c.first || count != c.count {
			t.Errorf("%s at %d: windows %d and on, %d of them; want %d, %d", c.profile, c.now, first, count, c.first, c.count)
		}
	}
}

// All forms of one slot lead to the same slot, so that one payment spends all.
func TestFormsOfOneSlotBurnTogether(t *testing.T) {
	p := paycode.DefaultProfile()
	e := vectors.WorkedExample()
	seed, challenge := *seedOf(e.Seed), challengeOf(&e.Challenge)
	slot := paycode.Slot{Counter: 29921400, Nonce: 7}
	var burned paycode.BurnMap
	for i, shown := range []string{
		p.NewDigits(&seed, 5, slot), p.NewText(&seed, 5, slot), p.NewEMV(&seed, 5, slot),
		p.NewChallengeText(&seed, 5, slot, *challenge),
	} {
		code, err := p.Parse(shown)
		if err != nil {
			t.Fatal(err)
		}
		asked := challenge
		if code.Type == paycode.TypeOffline {
			asked = nil
		}
		match, err := p.Match([]paycode.Seed{seed}, &code, slot.Counter+1, asked)
		if err != nil || match.Slot != slot {
			t.Fatalf("%s: %v, %v", code.Form, match, err)
		}
		var first bool
		if burned, first = burned.Burn(match.Slot); first != (i == 0) {
			t.Errorf("%s, shown as number %d: burned = %v", code.Form, i, first)
		}
	}
}

func TestMatchingAllocatesNothing(t *testing.T) {
	p := paycode.DefaultProfile()
	e := vectors.WorkedExample()
	seeds := []paycode.Seed{*seedOf(e.Seed)}
	keys := []paycode.Key{p.Prepare(&seeds[0], 29921400)}
	challenge := challengeOf(&e.Challenge)
	for name, shown := range map[string]string{
		"digits": e.Digits, "wrong digits": e.Digits[:17] + "7", "text": e.Text, "emv": e.EMV, "challenge": e.ChallengeText,
	} {
		var asked *paycode.Challenge
		if name == "challenge" {
			asked = challenge
		}
		allocs := testing.AllocsPerRun(100, func() {
			code, err := p.Parse(shown)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Match(seeds, &code, 29921400, asked)
			_, errKeys := p.MatchKeys(keys, &code, 29921400, asked)
			_, errNone := p.Match(nil, &code, 29921400, asked)
			if (err != nil) != (name == "wrong digits") || errKeys != err || errNone != paycode.ErrInvalid {
				t.Fatal(name, err, errKeys, errNone)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

// A code that no parser gave, or an alias that the profile has no room for, is a
// bug of the caller. It must not become a code that means something else.
func TestMakersPanicOnWhatDoesNotFit(t *testing.T) {
	p := paycode.DefaultProfile()
	seed := seedOf(vectors.WorkedExample().Seed)
	for name, make := range map[string]func(){
		"alias in digits": func() { p.NewDigits(seed, 1_000_000_000, paycode.Slot{}) },
		"alias in text":   func() { p.NewText(seed, 1_000_000_000, paycode.Slot{}) },
		"alias in emv":    func() { p.NewEMV(seed, 1<<40, paycode.Slot{}) },
		"nonce in digits": func() { p.NewDigits(seed, 5, paycode.Slot{Nonce: 10}) },
		"nonce in text":   func() { p.NewText(seed, 5, paycode.Slot{Nonce: 10}) },
		"otp":             func() { p.Format(&paycode.Code{Form: paycode.FormDigits, Type: 1, OTP: 1_000_000}) },
		"type":            func() { p.Format(&paycode.Code{Form: paycode.FormText, Type: 3}) },
		"bound digits":    func() { p.Format(&paycode.Code{Form: paycode.FormDigits, Type: 2}) },
		"no form":         func() { p.Format(&paycode.Code{Type: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			make()
		})
	}
}
