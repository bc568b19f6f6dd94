package wallet

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

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
