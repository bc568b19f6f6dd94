package paycode_test

import (
	"strings"
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/vectors"
)

// Whatever a scanner reads, Parse neither panics nor takes a code that has two
// spellings: what it takes is what Format writes, up to blanks and, for text,
// Crockford's reading rules.
func FuzzParse(f *testing.F) {
	for _, v := range vectors.Parses() {
		f.Add(v.Input.Code)
	}
	for _, v := range vectors.Makes() {
		f.Add(v.Output.Code)
	}
	profiles := vectors.Profiles()
	read := strings.NewReplacer("O", "0", "I", "1", "L", "1")
	f.Fuzz(func(t *testing.T, s string) {
		for name, p := range profiles {
			code, err := p.Parse(s)
			if err != nil {
				if err != paycode.ErrMalformed || code != (paycode.Code{}) {
					t.Fatalf("%s: Parse(%q) = %#v, %v", name, s, code, err)
				}
				continue
			}
			written := p.Format(&code)
			again, err := p.Parse(written)
			if err != nil || again != code {
				t.Fatalf("%s: %q is written %q, which reads as %v", name, s, written, err)
			}
			want := strings.Trim(s, " \t\r\n")
			if code.Form == paycode.FormText {
				want = read.Replace(strings.ToUpper(want))
			}
			if written != want {
				t.Fatalf("%s: %q is written %q", name, s, written)
			}
			if b := code.Bucket(16); b < 0 || b > 15 {
				t.Fatalf("%s: %q has bucket %d", name, s, b)
			}
		}
	})
}

// Whatever code is held against whatever seeds and time, a match is live, was
// made by the seed that it names, and lets itself be burned once.
func FuzzMatch(f *testing.F) {
	for _, v := range vectors.Matches() {
		f.Add(v.Input.Code, v.Input.Now, v.Input.Challenge != nil)
	}
	e := vectors.WorkedExample()
	p := paycode.DefaultProfile()
	seeds := []paycode.Seed{*seedOf(e.Seed), {}}
	challenge := challengeOf(&e.Challenge)
	f.Fuzz(func(t *testing.T, s string, now uint32, bound bool) {
		code, err := p.Parse(s)
		if err != nil {
			return
		}
		var asked *paycode.Challenge
		if bound {
			asked = challenge
		}
		match, err := p.Match(seeds, &code, paycode.Counter(now), asked)
		if err != nil {
			if match != (paycode.Match{}) {
				t.Fatalf("%q at %d: %v with %v", s, now, match, err)
			}
			return
		}
		away := int64(match.Slot.Counter) - int64(now)
		if away < -1 || away > 1 || match.Slot.Nonce != code.Nonce {
			t.Fatalf("%q at %d matches %v", s, now, match)
		}
		if made := remake(p, &seeds[match.SeedIndex], &code, match.Slot, asked); made != p.Format(&code) {
			t.Fatalf("%q matches %v, which makes %q", s, match, made)
		}
		m, first := paycode.BurnMap{}.Burn(match.Slot)
		if _, second := m.Burn(match.Slot); !first || second {
			t.Fatalf("slot %v burns %v, then %v", match.Slot, first, second)
		}
	})
}

func remake(p paycode.Profile, seed *paycode.Seed, code *paycode.Code, slot paycode.Slot, c *paycode.Challenge) string {
	switch {
	case code.Form == paycode.FormDigits:
		return p.NewDigits(seed, code.Alias, slot)
	case code.Form == paycode.FormEMV && c == nil:
		return p.NewEMV(seed, code.Alias, slot)
	case c != nil:
		made, _ := p.Parse(p.NewChallengeText(seed, code.Alias, slot, *c))
		made.Form = code.Form
		return p.Format(&made)
	}
	return p.NewText(seed, code.Alias, slot)
}

// The burn map agrees with a set that forgets nothing, for as long as the slots
// stay within what it promises to remember.
func FuzzBurn(f *testing.F) {
	f.Add(uint32(29921400), []byte{0x03, 0x03, 0x13, 0x64, 0x03, 0xff})
	f.Add(uint32(0), []byte{0x00, 0x59, 0x60, 0x00})
	f.Add(uint32(1<<32-1), []byte{0x09, 0x09})
	f.Fuzz(func(t *testing.T, start uint32, steps []byte) {
		var m paycode.BurnMap
		spent := map[paycode.Slot]bool{}
		newest := int64(-1)
		for _, step := range steps {
			// The high half moves the window from start, the low half is the nonce.
			s := paycode.Slot{Counter: paycode.Counter(start + uint32(step>>4)), Nonce: paycode.Nonce(step & 15)}
			tooOld := int64(s.Counter) < newest-5
			want := s.Nonce <= paycode.MaxNonce && !spent[s] && !tooOld
			var burned bool
			if m, burned = m.Burn(s); burned != want {
				t.Fatalf("%v burns %v, want %v", s, burned, want)
			}
			if burned {
				spent[s] = true
				newest = max(newest, int64(s.Counter))
			}
		}
		for s := range spent {
			if !m.Burned(s) {
				t.Fatalf("%v was forgotten", s)
			}
		}
	})
}
