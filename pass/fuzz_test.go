package pass_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/vectors"
)

// Whatever a scanner reads, a text is taken only if it is what Text writes.
func FuzzParseText(f *testing.F) {
	for _, v := range vectors.PassTexts() {
		f.Add(v.Input.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		presentation, err := pass.ParseText(text)
		if err != nil {
			if outcomeOf(err) != vectors.PassMalformed || presentation != nil {
				t.Fatalf("%q: %x, %v", text, presentation, err)
			}
			return
		}
		if again := pass.Text(presentation); again != strings.Trim(text, " \t\r\n") {
			t.Fatalf("%q is written %q", text, again)
		}
	})
}

// Whatever bytes a card sends, the compact form of what they expand to is they.
func FuzzExpand(f *testing.F) {
	for _, v := range vectors.Presents() {
		f.Add(must(pass.Compact(v.Output.Presentation)))
	}
	f.Fuzz(func(t *testing.T, compact []byte) {
		presentation, err := pass.Expand(compact)
		if err != nil {
			return
		}
		if again, err := pass.Compact(presentation); err != nil || !bytes.Equal(again, compact) {
			t.Fatalf("%x is shortened to %x, %v", compact, again, err)
		}
	})
}

// Whatever is presented, there is one outcome, the same for a verifier that
// remembers; and what is accepted can be parsed and written as a text.
func FuzzVerify(f *testing.F) {
	var keys []vectors.PublicKey
	for _, v := range vectors.Verifies() {
		if len(v.Input.Keys) > len(keys) {
			keys = v.Input.Keys
		}
		f.Add([]byte(v.Input.Presentation), v.Input.Now, []byte(v.Input.Challenge))
	}
	remembers := verifierOf(f, keys)
	for _, v := range vectors.Verifies() {
		remembers.Verify(v.Input.Presentation, at(v.Input.Now), v.Input.Challenge)
	}
	f.Fuzz(func(t *testing.T, presentation []byte, now uint32, challenge []byte) {
		p, err := verifierOf(t, keys).Verify(presentation, at(now), challenge)
		q, err2 := remembers.Verify(presentation, at(now), challenge)
		if outcomeOf(err) != outcomeOf(err2) || p.ID != q.ID {
			t.Fatalf("%v, then %v", err, err2)
		}
		parsed, parseErr := pass.Parse(presentation)
		if (outcomeOf(err) == vectors.PassMalformed) != (parseErr != nil) {
			t.Fatalf("verified %v, parsed %v", err, parseErr)
		}
		if parseErr != nil {
			return
		}
		if back, err := pass.ParseText(pass.Text(presentation)); err != nil || !bytes.Equal(back, presentation) {
			t.Fatalf("%x reads back as %x, %v", presentation, back, err)
		}
		if err == nil && p.ID != parsed.ID {
			t.Fatal("two ids")
		}
	})
}

// Whatever a till reads, a receipt is accepted only as one of the outcomes.
func FuzzReceipt(f *testing.F) {
	for _, v := range vectors.Receipts() {
		f.Add(v.Input.Text, v.Input.Now)
	}
	plain := vectors.Receipts()[0].Input
	f.Fuzz(func(t *testing.T, text string, now uint32) {
		in := plain
		in.Text, in.Now = text, now
		r, err := readReceipt(t, in)
		if outcome := outcomeOf(err); strings.HasPrefix(outcome, "no outcome") {
			t.Fatal(outcome)
		}
		if err == nil && (r.Merchant != ids.Merchant(in.Merchant) || r.Amount.Minor != in.Amount) {
			t.Fatalf("accepted %v", r)
		}
	})
}

// Whatever a gate is sent, a delta is accepted only as one of the outcomes.
func FuzzDelta(f *testing.F) {
	for _, v := range vectors.Deltas() {
		f.Add([]byte(v.Input.Delta))
	}
	verifier := verifierOf(f, vectors.Deltas()[0].Input.Keys)
	f.Fuzz(func(t *testing.T, delta []byte) {
		d, err := verifier.VerifyDenyDelta(delta)
		if outcome := outcomeOf(err); strings.HasPrefix(outcome, "no outcome") {
			t.Fatal(outcome)
		}
		if err == nil && d.Since >= d.Until {
			t.Fatalf("from %d to %d", d.Since, d.Until)
		}
	})
}
