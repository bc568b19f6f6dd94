package wallet

import (
	"errors"
	"strings"
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
)

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
