package wallet

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode"
)

func TestNoSlotIsShownTwice(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	now := time.Now().Truncate(time.Minute)
	w.Now = func() time.Time { return now }
	var mu sync.Mutex
	shown := map[paycode.Slot]bool{}
	var wg sync.WaitGroup
	for range 3 { // three processes with the same file
		wg.Go(func() {
			other := New(w.vault.path, "")
			other.Now = w.Now
			for range 5 {
				code, err := other.Show()
				if errors.Is(err, ErrNoMoreCodes) {
					continue
				}
				mu.Lock()
				if err != nil || shown[code.Slot] {
					t.Errorf("slot %v, %v, shown before: %v", code.Slot, err, shown[code.Slot])
				}
				shown[code.Slot] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(shown) != 10 {
		t.Errorf("%d codes in a minute, want 10", len(shown))
	}
	now = now.Add(-time.Minute) // a little back: a window of which nothing was shown
	if code, err := w.Show(); err != nil || shown[code.Slot] {
		t.Errorf("a minute back: %v", err)
	}
	now = now.Add(-time.Hour)
	if _, err := w.Show(); !errors.Is(err, ErrClock) {
		t.Errorf("an hour back: %v, want ErrClock", err)
	}
}

func TestSyncHealsAClockThatWasAhead(t *testing.T) {
	i := newIssuer(t)
	w := newWallet(t)
	ahead := 48 * time.Hour
	w.Now = func() time.Time { return i.now().Add(ahead) }
	if err := w.Enrol(t.Context(), i.enrolment()); err != nil {
		t.Fatal(err)
	}
	// Enrolment measured the clock: codes are right although it is two days off.
	code, err := w.Show()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.verify(t, code.Digits); err != nil {
		t.Errorf("with a clock ahead: %v", err)
	}
	if left := code.Until.Sub(w.Now()); left <= 0 || left > time.Minute {
		t.Errorf("another code is due in %v", left)
	}
	ahead = 96 * time.Hour // jumps, shows a code of the future, then is set right
	if _, err := w.Show(); err != nil {
		t.Fatal(err)
	}
	ahead = 0
	if _, err := w.Show(); !errors.Is(err, ErrClock) {
		t.Fatalf("after the jump: %v, want ErrClock", err)
	}
	if err := w.Sync(t.Context()); err != nil { // its first proof is two days off
		t.Fatal(err)
	}
	if code, err = w.Show(); err != nil {
		t.Fatal(err)
	}
	if _, err := i.verify(t, code.Digits); err != nil {
		t.Errorf("after the sync: %v", err)
	}
}

func TestWhenNoCodeIsShown(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	if err := w.SetPaused(true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Show(); !errors.Is(err, ErrPaused) {
		t.Errorf("paused: %v", err)
	}
	if err := w.SetPaused(false); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(31 * 24 * time.Hour)
	w.Now = func() time.Time { return later }
	if _, err := w.Show(); !errors.Is(err, ErrExpired) {
		t.Errorf("31 days without a sync: %v", err)
	}
	w.Now = time.Now
	i.set(func() { i.refuse = "device_frozen" })
	if err := w.Sync(t.Context()); err == nil {
		t.Error("a frozen device was synced")
	}
	if _, err := w.Show(); !errors.Is(err, ErrRefused) {
		t.Errorf("frozen: %v", err)
	}
	i.set(func() { i.refuse = "" })
	if err := w.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Show(); err != nil {
		t.Errorf("unfrozen: %v", err)
	}
}

func TestOnlineCodeAndFallBack(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	if code, err := w.ShowOnline(t.Context()); err != nil || !code.Online || code.Digits != i.online || code.QR() != i.online {
		t.Errorf("with network: %v, %v", code, err)
	}
	i.set(func() { i.slow = 2 * OnlineBudget })
	began := time.Now()
	code, err := w.ShowOnline(t.Context())
	if err != nil || code.Online {
		t.Errorf("slow network: %v, %v", code, err)
	}
	if took := time.Since(began); took > OnlineBudget+time.Second {
		t.Errorf("took %v", took)
	}
	i.set(func() { i.slow, i.online = 0, "701234567893326376" }) // an offline code is not one that a server mints
	if code, err = w.ShowOnline(t.Context()); err != nil || code.Online {
		t.Errorf("nonsense: %v, %v", code, err)
	}
	i.set(func() { i.refuse = "device_revoked" })
	if _, err = w.ShowOnline(t.Context()); !errors.Is(err, ErrRefused) {
		t.Errorf("revoked: %v", err)
	}
}

func TestCodesAndStateDoNotPrint(t *testing.T) {
	w := enrolledWallet(t, newIssuer(t))
	code, err := w.Show()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, code); strings.Contains(text, code.Digits) || strings.Contains(text, code.Text) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}
