package wallet

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/pass"
)

// against is an applet held against a reader.
func against(a *Applet) nfc.Transmit {
	return func(command []byte) ([]byte, error) { return a.Command(command), nil }
}

func reading(nonce byte) paycode.Challenge {
	return paycode.Challenge{Nonce: [8]byte{nonce}, AmountMinor: 1250, Currency: [3]byte{'C', 'N', 'Y'}, Merchant: [16]byte{7}}
}

func TestAppletAnswersEachChallengeWithAnotherSlot(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	now := time.Now().Truncate(time.Minute)
	w.Now, i.now = func() time.Time { return now }, func() time.Time { return now }
	i.Close() // from now on without network
	profile, seed := paycode.DefaultProfile(), i.seed()
	spent := map[paycode.Slot]bool{}
	take := func(code string, c *paycode.Challenge) {
		t.Helper()
		read, err := profile.Parse(code)
		if err != nil {
			t.Fatal(err)
		}
		m, err := profile.Match([]paycode.Seed{seed}, &read, profile.CounterAt(now), c)
		if err != nil || spent[m.Slot] {
			t.Errorf("%v, spent before: %t", err, spent[m.Slot])
		}
		spent[m.Slot] = true
	}
	for n := range 4 {
		w := New(w.vault.path, "") // as after a crash
		w.Now = func() time.Time { return now }
		c := reading(byte(n))
		code, err := nfc.ReadCode(c, against(w.Applet(nil)))
		if err != nil {
			t.Fatal(err)
		}
		take(code.Text(), &c)
		shown, err := w.Show() // in between a code for a scanner
		if err != nil {
			t.Fatal(err)
		}
		take(shown.Text, nil)
	}
	for n := range 3 {
		_, err := nfc.ReadCode(reading(byte(n)), against(w.Applet(nil)))
		if want := error(nfc.NotNow); n < 2 && err != nil || n == 2 && !errors.Is(err, want) {
			t.Errorf("after %d codes of a minute: %v", 8+n, err)
		}
	}
}

func TestAppletPresentsThePass(t *testing.T) {
	i := newIssuer(t)
	gate := i.issues(t)
	w := enrolledWallet(t, i)
	i.Close()
	c := reading(1)
	compact, err := nfc.ReadPresentation(c, against(w.Applet(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if len(compact) > 256 {
		t.Errorf("%d bytes are more than one short response", len(compact))
	}
	presentation, err := pass.Expand(compact)
	if err != nil {
		t.Fatal(err)
	}
	wire := c.Bytes()
	if _, err := gate.Verify(presentation, time.Now(), wire[:]); err != nil {
		t.Errorf("a gate says %v", err)
	}
	c.Nonce[0]++
	wire = c.Bytes()
	if _, err := gate.Verify(presentation, time.Now(), wire[:]); !errors.Is(err, pass.ErrChallenge) {
		t.Errorf("a gate that sent another challenge says %v", err)
	}
}

// TestAppletRefuses: what the wallet refuses to show it refuses to a reader, which
// is not told why; the payer is.
func TestAppletRefuses(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	for _, c := range []struct {
		name   string
		change func()
		want   nfc.Want
		told   error
		status nfc.Status
	}{
		{"no pass", func() {}, nfc.Presentation, ErrNoPass, nfc.NotNow},
		{"paused", func() { must(0, w.SetPaused(true)) }, nfc.Code, ErrPaused, nfc.NotNow},
		{"removed", func() { must(0, os.Remove(w.vault.path)) }, nfc.Code, ErrNotEnrolled, nfc.NotNow},
		{"a broken file", func() { must(0, os.WriteFile(w.vault.path, []byte("{"), 0o600)) }, nfc.Code, nil, nfc.Broken},
	} {
		c.change()
		var told error
		a := w.Applet(func(r nfc.Request, err error) {
			if r.Want != c.want {
				t.Errorf("%s: told of %v", c.name, r.Want)
			}
			told = err
		})
		var err error
		if c.want == nfc.Presentation {
			_, err = nfc.ReadPresentation(reading(1), against(a))
		} else {
			_, err = nfc.ReadCode(reading(1), against(a))
		}
		if !errors.Is(err, c.status) || told == nil || c.told != nil && !errors.Is(told, c.told) {
			t.Errorf("%s: the reader hears %v, the payer %v", c.name, err, told)
		}
	}
}
