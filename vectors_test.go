package paycode_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
)

// outcomeOf names an error as the vectors do.
func outcomeOf(err error) string {
	if err == nil {
		return vectors.OK
	}
	return err.Error()
}

func seedOf(h vectors.Hex) *paycode.Seed { return (*paycode.Seed)(h) }

func slotOf(s vectors.Slot) paycode.Slot {
	return paycode.Slot{Counter: paycode.Counter(s.Counter), Nonce: paycode.Nonce(s.Nonce)}
}

func challengeOf(c *vectors.Challenge) *paycode.Challenge {
	if c == nil {
		return nil
	}
	return &paycode.Challenge{
		Nonce: [8]byte(c.Nonce), AmountMinor: c.Amount,
		Currency: [3]byte([]byte(c.Currency)), Merchant: [16]byte(c.Merchant),
	}
}

func TestProfileVectors(t *testing.T) {
	profiles := vectors.Profiles()
	for name, p := range profiles {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(profiles["default"], paycode.DefaultProfile()); diff != "" {
		t.Errorf("default profile (-vectors +library)\n%s", diff)
	}
}

func TestSeedVectors(t *testing.T) {
	for _, v := range vectors.Seeds() {
		t.Run(v.Name, func(t *testing.T) {
			device, generation := paycode.DeviceID(v.Input.Device), paycode.Generation(v.Input.Generation)
			if diff := cmp.Diff([]byte(v.Output.Info), paycode.SeedInfo(device, generation)); diff != "" {
				t.Errorf("info (-want +got)\n%s", diff)
			}
			seed := paycode.DeriveSeed((*paycode.MasterKey)(v.Input.MasterKey), device, generation)
			if seed != *seedOf(v.Output.Seed) {
				t.Errorf("seed %x, want %x", seed[:], v.Output.Seed)
			}
		})
	}
}

func TestAuthenticatorVectors(t *testing.T) {
	for _, v := range vectors.Authenticators() {
		t.Run(v.Name, func(t *testing.T) {
			secret := paycode.DeriveAuthenticator((*paycode.MasterKey)(v.Input.MasterKey), paycode.DeviceID(v.Input.Device), paycode.Generation(v.Input.Generation))
			code, err := paycode.DefaultProfile().Parse(v.Input.Code)
			var found paycode.Match
			if err == nil {
				found, err = paycode.MatchAuthenticator(&secret, &code, time.Unix(v.Input.Unix, 0))
			}
			if got := outcomeOf(err); got != v.Outcome {
				t.Fatalf("%s, want %s", got, v.Outcome)
			}
			if v.Output == nil {
				return
			}
			member, _ := code.Alias.Member()
			got := vectors.AuthenticatorOutput{Secret: secret[:], Member: member.String(), Step: uint64(found.Slot.Counter)}
			if diff := cmp.Diff(*v.Output, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMakeVectors(t *testing.T) {
	for _, v := range vectors.Makes() {
		t.Run(v.Name, func(t *testing.T) {
			if got := makeCode(v.Input); got != v.Output.Code {
				t.Errorf("got %s, want %s", got, v.Output.Code)
			}
		})
	}
}

func makeCode(in vectors.MakeInput) string {
	p := vectors.Profiles()[in.Profile]
	seed, alias, slot := seedOf(in.Seed), paycode.Alias(in.Alias), slotOf(in.Slot)
	switch {
	case in.Challenge != nil:
		return p.NewChallengeText(seed, alias, slot, *challengeOf(in.Challenge))
	case in.Form == "digits":
		return p.NewDigits(seed, alias, slot)
	case in.Form == "text":
		return p.NewText(seed, alias, slot)
	}
	return p.NewEMV(seed, alias, slot)
}

func TestParseVectors(t *testing.T) {
	for _, v := range vectors.Parses() {
		t.Run(v.Name, func(t *testing.T) {
			p := vectors.Profiles()[v.Input.Profile]
			code, err := p.Parse(v.Input.Code)
			if got := outcomeOf(err); got != v.Outcome {
				t.Fatalf("outcome %s, want %s", got, v.Outcome)
			}
			if err != nil {
				if code != (paycode.Code{}) {
					t.Errorf("a refused code left something behind: %#v", fieldsOf(p, code))
				}
				return
			}
			if diff := cmp.Diff(*v.Output, fieldsOf(p, code)); diff != "" {
				t.Errorf("code (-want +got)\n%s", diff)
			}
		})
	}
}

// fieldsOf says a parsed code in the vectors' terms.
func fieldsOf(p paycode.Profile, c paycode.Code) vectors.ParseOutput {
	out := vectors.ParseOutput{Form: c.Form.String(), Type: c.Type, Online: c.Online}
	if c.Form == paycode.FormOnline {
		return out
	}
	alias, nonce := uint64(c.Alias), uint8(c.Nonce)
	out.Alias, out.Nonce = &alias, &nonce
	if c.Form == paycode.FormDigits {
		digits := p.Format(&c)
		out.OTP = digits[len(digits)-p.OTPDigits:]
		return out
	}
	counter := uint32(c.Counter)
	out.Counter, out.Token = &counter, c.Token[:]
	return out
}

func TestMatchVectors(t *testing.T) {
	for _, v := range vectors.Matches() {
		t.Run(v.Name, func(t *testing.T) {
			p := vectors.Profiles()[v.Input.Profile]
			code, err := p.Parse(v.Input.Code)
			if err != nil {
				t.Fatal(err)
			}
			var seeds []paycode.Seed
			for _, s := range v.Input.Seeds {
				seeds = append(seeds, *seedOf(s))
			}
			match, err := p.Match(seeds, &code, paycode.Counter(v.Input.Now), challengeOf(v.Input.Challenge))
			if got := outcomeOf(err); got != v.Outcome {
				t.Fatalf("outcome %s, want %s", got, v.Outcome)
			}
			var want paycode.Match
			if v.Output != nil {
				want = paycode.Match{Slot: slotOf(v.Output.Slot), SeedIndex: v.Output.SeedIndex}
			}
			if diff := cmp.Diff(want, match); diff != "" {
				t.Errorf("match (-want +got)\n%s", diff)
			}
		})
	}
}

func TestBurnVectors(t *testing.T) {
	mapOf := func(m vectors.BurnMap) paycode.BurnMap {
		return paycode.BurnMap{Base: paycode.Counter(m.Base), Bits: binary.BigEndian.Uint64(m.Bits)}
	}
	for _, v := range vectors.Burns() {
		t.Run(v.Name, func(t *testing.T) {
			m := mapOf(v.Input.Start)
			for i, s := range v.Input.Slots {
				if spent := m.Burned(slotOf(s)); spent == v.Output.Burned[i] {
					t.Errorf("step %d, %v: Burned before = %v", i, s, spent)
				}
				var burned bool
				m, burned = m.Burn(slotOf(s))
				if burned != v.Output.Burned[i] || m != mapOf(v.Output.After[i]) {
					t.Errorf("step %d, %v: %v, %v; want %v, %v", i, s, burned, m, v.Output.Burned[i], v.Output.After[i])
				}
				if !m.Burned(slotOf(s)) {
					t.Errorf("step %d, %v: not burned after Burn", i, s)
				}
			}
		})
	}
}

func TestBucketVectors(t *testing.T) {
	for _, v := range vectors.Buckets() {
		t.Run(v.Name, func(t *testing.T) {
			code, err := vectors.Profiles()[v.Input.Profile].Parse(v.Input.Code)
			if err != nil {
				t.Fatal(err)
			}
			if got := code.Bucket(v.Input.Buckets); got != v.Output.Bucket {
				t.Errorf("bucket %d, want %d", got, v.Output.Bucket)
			}
		})
	}
}

func TestWindowVectors(t *testing.T) {
	for _, v := range vectors.Windows() {
		t.Run(v.Name, func(t *testing.T) {
			got := vectors.Profiles()[v.Input.Profile].CounterAt(time.Unix(v.Input.UnixSeconds, 0))
			if uint32(got) != v.Output.Counter {
				t.Errorf("window %d, want %d", got, v.Output.Counter)
			}
		})
	}
}

func TestOutcomesAreTheStableNames(t *testing.T) {
	for err, want := range map[error]string{
		paycode.ErrMalformed: vectors.Malformed,
		paycode.ErrInvalid:   vectors.Invalid,
		paycode.ErrExpired:   vectors.Expired,
	} {
		if err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
