package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

func TestAfter(t *testing.T) {
	now := time.Unix(1795284017, 0)
	schedule := []time.Duration{5 * time.Second, 5 * time.Minute}
	for name, test := range map[string]struct {
		attempts int
		answer   answer
		chance   float64
		want     Delivery
		state    string
	}{
		"delivered":           {0, answer{status: 204, outcome: Received}, 0, Delivery{Attempts: 1, DoneAt: now, LastAnswer: "204 No Content"}, "delivered"},
		"delivered at last":   {2, answer{status: 200, outcome: Received}, 0, Delivery{Attempts: 3, DoneAt: now, LastAnswer: "200 OK"}, "delivered"},
		"failed once":         {0, answer{status: 500}, 0, Delivery{Attempts: 1, NextAt: now.Add(5 * time.Second), LastAnswer: "500 Internal Server Error"}, "waiting"},
		"failed twice":        {1, answer{without: "no connection"}, 0.5, Delivery{Attempts: 2, NextAt: now.Add(330 * time.Second), LastAnswer: "no connection"}, "waiting"},
		"given up":            {2, answer{status: 404}, 0, Delivery{Attempts: 3, DoneAt: now, LastAnswer: "404 Not Found"}, "failed"},
		"gone":                {0, answer{status: 410, outcome: Gone}, 0, Delivery{Attempts: 1, DoneAt: now, LastAnswer: "410 Gone"}, "failed"},
		"redirected":          {0, answer{status: 302}, 0, Delivery{Attempts: 1, NextAt: now.Add(5 * time.Second), LastAnswer: "302 Found"}, "waiting"},
		"a status of no name": {0, answer{status: 299, outcome: Received}, 0, Delivery{Attempts: 1, DoneAt: now, LastAnswer: "299"}, "delivered"},
		"not received":        {0, answer{status: 200}, 0, Delivery{Attempts: 1, NextAt: now.Add(5 * time.Second), LastAnswer: "not received: 200 OK"}, "waiting"},
		"never received":      {2, answer{status: 200}, 0, Delivery{Attempts: 3, DoneAt: now, LastAnswer: "not received: 200 OK"}, "failed"},
		"no answer is no 2xx": {2, answer{without: "no answer in time"}, 0, Delivery{Attempts: 3, DoneAt: now, LastAnswer: "no answer in time"}, "failed"},
	} {
		got := Delivery{Attempts: test.attempts}.after(test.answer, now, schedule, test.chance)
		if diff := cmp.Diff(test.want, got); diff != "" || got.State() != test.state {
			t.Errorf("%s: %s, want %s\n%s", name, got.State(), test.state, diff)
		}
	}
}

func TestScheduleLastsThreeDays(t *testing.T) {
	var least, most time.Duration
	for _, wait := range Schedule() {
		least += wait
		most += wait + time.Duration(jitter*float64(wait))
	}
	if least < 72*time.Hour || most > keep {
		t.Errorf("%v to %v", least, most)
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	e := Endpoint{Secret: Secret{0xde, 0xad, 0xbe, 0xef}}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("x", "secret", e.Secret, "endpoint", e)
	fmt.Fprintf(&out, "%v %+v %#v %s %x %d %q", e, e, e, e.Secret, e.Secret, e.Secret, e.Secret)
	if err := json.NewEncoder(&out).Encode(e); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"deadbeef", "222 173 190", "3q2+7", "0xde"} {
		if strings.Contains(out.String(), part) {
			t.Errorf("%q in %s", part, out.String())
		}
	}
	if got := e.Secret.Reveal(); !strings.HasPrefix(got, "whsec_3q2+7w") || len(got) != len("whsec_")+44 {
		t.Errorf("revealed as %q", got)
	}
}

func TestParseKinds(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  []payment.EventKind
	}{
		{nil, Kinds()},
		{[]string{"payment.refunded"}, []payment.EventKind{payment.EventRefunded}},
		{[]string{"payment.succeeded", "payment.succeeded"}, []payment.EventKind{payment.EventSucceeded}},
		{[]string{"payer.topped_up"}, nil}, // not the merchant's
		{[]string{"payment.succeeded", ""}, nil},
	} {
		got, err := ParseKinds(test.names)
		var wrong *field.Error
		if diff := cmp.Diff(test.want, got); diff != "" || (test.want == nil) != errors.As(err, &wrong) {
			t.Errorf("%q: %v\n%s", test.names, err, diff)
		}
	}
}

func TestListens(t *testing.T) {
	e := Endpoint{Merchant: ids.Merchant{1}, Events: []payment.EventKind{payment.EventSucceeded}}
	for event, want := range map[payment.Event]bool{
		{Merchant: ids.Merchant{1}, Kind: payment.EventSucceeded}: true,
		{Merchant: ids.Merchant{1}, Kind: payment.EventDeclined}:  false,
		{Merchant: ids.Merchant{2}, Kind: payment.EventSucceeded}: false,
	} {
		if e.Listens(event) != want {
			t.Errorf("%v: %v", event, !want)
		}
	}
}
