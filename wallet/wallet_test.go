package wallet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
)

func TestEnrolledWalletPaysWithoutNetwork(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	i.Close() // no network from here on
	seen := map[string]bool{}
	for n := range 3 {
		code, err := w.Show()
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{code.Digits, code.Text, code.EMV} {
			if seen[form] {
				t.Fatalf("a code was shown twice")
			}
			seen[form] = true
			m, err := i.verify(t, form)
			if err != nil || m.Slot != code.Slot {
				t.Errorf("code %d: slot %v, %v, want %v", n, m.Slot, err, code.Slot)
			}
		}
	}
}

func TestFileIsPrivateAndKeepsWhatLaterVersionsWrote(t *testing.T) {
	w := enrolledWallet(t, newIssuer(t))
	info, err := os.Stat(w.vault.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v, want 0600", info.Mode(), err)
	}
	data, err := os.ReadFile(w.vault.path)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, []byte("{"), []byte(`{"from_the_future": {"a": [1, 2]},`), 1)
	if err := os.WriteFile(w.vault.path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Show(); err != nil {
		t.Fatal(err)
	}
	var after map[string]any
	if data, err = os.ReadFile(w.vault.path); err != nil || json.Unmarshal(data, &after) != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(after["from_the_future"]) != "map[a:[1 2]]" {
		t.Errorf("from_the_future = %v", after["from_the_future"])
	}
}

func TestLostEnrolmentIsAskedAgainWithTheSameKeys(t *testing.T) {
	i := newIssuer(t)
	i.set(func() { i.lose = enrolTries }) // the first call gives up; the ticket is used
	w := newWallet(t)
	if err := w.Enrol(t.Context(), i.enrolment()); !errors.Is(err, client.ErrLost) {
		t.Fatalf("enrol = %v, want ErrLost", err)
	}
	if _, err := w.Show(); !errors.Is(err, ErrNotEnrolled) {
		t.Errorf("show = %v, want ErrNotEnrolled", err)
	}
	w = New(w.vault.path, "") // a restart
	if err := w.Enrol(t.Context(), i.enrolment()); err != nil {
		t.Fatalf("enrol again = %v", err)
	}
	if err := w.Enrol(t.Context(), i.enrolment()); !errors.Is(err, ErrEnrolled) {
		t.Errorf("a third time = %v, want ErrEnrolled", err)
	}
	if err := newWallet(t).Enrol(t.Context(), i.enrolment()); err == nil || !strings.Contains(err.Error(), "ticket_used") {
		t.Errorf("another device with the same ticket = %v", err)
	}
}

func TestEnrolmentLinks(t *testing.T) {
	for _, c := range []struct {
		e              Enrolment
		server, ticket string
		err            error
	}{
		{Enrolment{Link: "https://pay.example/wallet/#ticket=tk_1"}, "https://pay.example", "tk_1", nil},
		{Enrolment{Link: " https://pay.example:8443/wallet/#ticket=tk_1\n"}, "https://pay.example:8443", "tk_1", nil},
		{Enrolment{Link: "https://pay.example/wallet/#ticket=tk_1", Server: "http://localhost:1/"}, "http://localhost:1", "tk_1", nil},
		{Enrolment{Link: "tk_1", Server: "http://localhost:1"}, "http://localhost:1", "tk_1", nil},
		{Enrolment{Link: "tk_1"}, "", "", ErrLink},
		{Enrolment{Link: "", Server: "http://localhost:1"}, "", "", ErrLink},
		{Enrolment{Link: "https://pay.example/wallet/?ticket=tk_1"}, "", "", ErrLink},
	} {
		server, ticket, err := c.e.address()
		if server != c.server || ticket != c.ticket || !errors.Is(err, c.err) {
			t.Errorf("%+v = %q, %q, %v", c.e, server, ticket, err)
		}
	}
}

func TestSyncTakesAliasAndAcknowledgesANewSeed(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	i.set(func() { i.generation = 2 })
	if err := w.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []held{{123456789, 1}, {123456790, 2}}
	if len(i.syncs) != 2 || i.syncs[0] != want[0] || i.syncs[1] != want[1] {
		t.Errorf("the server was told %v, want %v", i.syncs, want)
	}
	code, err := w.Show()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.verify(t, code.Text); err != nil {
		t.Errorf("a code of the new seed: %v", err)
	}
}

func TestSeedOfAnotherGenerationDoesNotOpen(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	s, err := w.enrolled()
	if err != nil {
		t.Fatal(err)
	}
	good, key, signing := i.sealSeed(), must(sealingKey(s.SealKey)), must(sealingKey(s.SignKey))
	if _, err := good.Open(key, i.device, 1); err != nil {
		t.Fatal(err)
	}
	other := i.device
	other[0] ^= 1
	for name, open := range map[string]func() (paycode.Seed, error){
		"generation": func() (paycode.Seed, error) { return good.Open(key, i.device, 2) },
		"device":     func() (paycode.Seed, error) { return good.Open(key, other, 1) },
		"key":        func() (paycode.Seed, error) { return good.Open(signing, i.device, 1) },
		"padding": func() (paycode.Seed, error) {
			return (Sealed{good.Enc + "=", good.Ciphertext}).Open(key, i.device, 1)
		},
		"cut": func() (paycode.Seed, error) {
			return (Sealed{good.Enc, good.Ciphertext[:40]}).Open(key, i.device, 1)
		},
	} {
		if _, err := open(); !errors.Is(err, ErrSeal) {
			t.Errorf("another %s: %v, want ErrSeal", name, err)
		}
	}
}

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

func TestHistoryAndConfirmation(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	page, err := w.History(t.Context(), "")
	if err != nil || len(page.Payments) != 1 || page.Payments[0].Amount().String() != "12.50 CNY" {
		t.Fatalf("first page: %+v, %v", page, err)
	}
	if page, err = w.History(t.Context(), page.Next); err != nil || page.Payments[0].DeclineCode != "code_used" || page.Next != "" {
		t.Errorf("second page: %+v, %v", page, err)
	}
	if p, err := w.Confirm(t.Context(), "pay_1"); err != nil || p.Status != client.Succeeded {
		t.Errorf("confirm: %+v, %v", p, err)
	}
	if p, err := w.Reject(t.Context(), "pay_1"); err != nil || p.Status != client.Declined {
		t.Errorf("reject: %+v, %v", p, err)
	}
}

func TestEventsAreHeardAgainAfterAHangUp(t *testing.T) {
	i := newIssuer(t)
	w := enrolledWallet(t, i)
	i.events <- ": hello\n\nevent: payment.succeeded\ndata: {\"payment\":\ndata: {\"id\": \"pay_1\"}}\n\n"
	i.events <- "hang up"
	i.events <- "event: device.frozen\ndata: {}\n\n"
	enough := errors.New("enough")
	var types []string
	err := w.Events(t.Context(), func(e Event) error {
		types = append(types, e.Type)
		if e.Type == "device.frozen" {
			return enough
		}
		if n, err := e.News(); err != nil || n.Payment.ID != "pay_1" {
			t.Errorf("news %+v, %v", n, err)
		}
		return nil
	})
	if !errors.Is(err, enough) || strings.Join(types, " ") != "payment.succeeded device.frozen" {
		t.Errorf("heard %v, %v", types, err)
	}
}

func TestPassphrase(t *testing.T) {
	i := newIssuer(t)
	path := newWallet(t).vault.path
	w := New(path, "correct horse")
	if err := w.Enrol(t.Context(), i.enrolment()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("seed")) || bytes.Contains(data, []byte(i.token)) {
		t.Errorf("the file tells: %.80s, %v", data, err)
	}
	if _, err := New(path, "").Show(); !errors.Is(err, ErrLocked) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := New(path, "wrong").Show(); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	code, err := New(path, "correct horse").Show()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.verify(t, code.Digits); err != nil {
		t.Error(err)
	}
}

func TestRemoveErasesEvenWithoutNetwork(t *testing.T) {
	i := newIssuer(t)
	for _, c := range []struct {
		name string
		cut  bool
		want error
	}{{"with network", false, nil}, {"without", true, client.ErrLost}} {
		w := enrolledWallet(t, i)
		if c.cut {
			w.HTTP = &http.Client{Transport: noNetwork{}}
		}
		if err := w.Remove(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if _, err := os.Stat(w.vault.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is still there", c.name)
		}
		i.set(func() { i.enrolments = 0 })
	}
}

type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, context.DeadlineExceeded
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

func FuzzReadFile(f *testing.F) {
	f.Add([]byte(`{"server":"x"}`))
	f.Add([]byte(`{"locked_key":"AAAA","locked_state":"AAAA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWallet(t)
		if err := os.WriteFile(w.vault.path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Show(); err == nil {
			t.Errorf("a code from %q", data)
		}
	})
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: a\ndata: b\n\n")
	f.Add(":\n\ndata\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		err := readEvents(strings.NewReader(stream), func(e Event) error {
			if strings.Count(stream, "data") == 0 {
				t.Errorf("an event without data: %+v", e)
			}
			return nil
		})
		if !errors.Is(err, client.ErrLost) {
			t.Errorf("the end of a stream is %v", err)
		}
	})
}
