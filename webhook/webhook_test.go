package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
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
		test.want.Tries = []Try{{Answer: test.want.LastAnswer}}
		if diff := cmp.Diff(test.want, got); diff != "" || got.State() != test.state {
			t.Errorf("%s: %s, want %s\n%s", name, got.State(), test.state, diff)
		}
	}
}

// TestScheduleBeginsAgain: what was sent again has all its attempts again.
func TestScheduleBeginsAgain(t *testing.T) {
	now := time.Unix(1795284017, 0)
	d := Delivery{Attempts: 10, Earlier: 10}
	for i, wait := range Schedule() {
		if d = d.after(answer{status: 500}, now, Schedule(), 0); !d.DoneAt.IsZero() || !d.NextAt.Equal(now.Add(wait)) {
			t.Fatalf("attempt %d: %+v", i, d)
		}
	}
	if d = d.after(answer{status: 500}, now, Schedule(), 0); d.DoneAt.IsZero() || d.Attempts != 20 {
		t.Errorf("%+v", d)
	}
	if len(d.Tries) != 10 {
		t.Errorf("%d attempts are kept", len(d.Tries))
	}
}

func TestLatestTriesAreKept(t *testing.T) {
	var d Delivery
	for i := range 30 {
		before := slices.Clone(d.Tries)
		next := d.after(answer{status: 500, took: time.Duration(i) * time.Millisecond}, time.Time{}, make([]time.Duration, 99), 0)
		if !slices.Equal(before, d.Tries) {
			t.Fatal("the delivery before was changed")
		}
		d = next
	}
	if len(d.Tries) != maxTries || d.Tries[0].Took != 18*time.Millisecond || d.Tries[maxTries-1].Took != 29*time.Millisecond {
		t.Errorf("%+v", d.Tries)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	schedule := []time.Duration{5 * time.Second, time.Hour}
	for header, want := range map[string]time.Duration{
		"": 5 * time.Second, "3": 5 * time.Second, "120": 2 * time.Minute, "-5": 5 * time.Second, "soon": 5 * time.Second,
		"99999999": time.Hour, "99999999999999999999": 5 * time.Second,
		"Sat, 21 Nov 2026 18:10:00 GMT": 10 * time.Minute, "Sat, 21 Nov 2020 18:10:00 GMT": 5 * time.Second,
	} {
		pause := retryAfter(http.Header{"Retry-After": {header}}, now)
		if got := (Delivery{}).after(answer{status: 503, pause: pause}, now, schedule, 0); got.NextAt.Sub(now) != want {
			t.Errorf("%q: the next attempt in %v, want %v", header, got.NextAt.Sub(now), want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	now := time.Unix(1795284017, 0)
	well, ill, gone := &answer{outcome: Received}, &answer{without: "no connection"}, &answer{outcome: Gone}
	at := func(n byte, met *answer) handled {
		return handled{Job{Delivery: Delivery{Endpoint: ids.Webhook{n}}}, met}
	}
	callback := at(5, ill)
	callback.Form = "alipay"
	got := verdicts([]handled{at(1, ill), at(2, ill), at(1, well), at(3, gone), at(4, nil), callback}, now)
	want := []Verdict{
		{ids.Webhook{1}, now, true, now.Add(-patience)}, {ids.Webhook{2}, now, false, now.Add(-patience)}, {ids.Webhook{3}, now, false, now},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var most time.Duration
	for _, wait := range Schedule() {
		most += wait + time.Duration(jitter*float64(wait))
	}
	if most > patience {
		t.Errorf("an endpoint is disabled after %v, before the first delivery is given up: %v", patience, most)
	}
}

func TestRotate(t *testing.T) {
	now := time.Unix(1795284017, 0)
	e := Endpoint{Secret: Secret{0}}
	signers := func(at time.Time) (first []byte) {
		for _, s := range (Job{Secret: e.Secret, Retired: e.Retired}).signers(at) {
			first = append(first, s[0])
		}
		return first
	}
	for i := range byte(MaxRetired) {
		if err := e.rotate(Secret{i + 1}, now.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for after, want := range map[time.Duration][]byte{
		4 * time.Hour: {4, 3, 2, 1, 0}, 24*time.Hour - 1: {4, 3, 2, 1, 0}, 24 * time.Hour: {4, 3, 2, 1}, 26 * time.Hour: {4, 3}, 27 * time.Hour: {4},
	} {
		if got := signers(now.Add(after)); !bytes.Equal(got, want) {
			t.Errorf("after %v %v sign, want %v", after, got, want)
		}
	}
	before := e
	if err := e.rotate(Secret{9}, now.Add(5*time.Hour)); !errors.Is(err, ErrTooManySecrets) || !cmp.Equal(before, e) {
		t.Errorf("once more: %v, %v", err, e)
	}
	if err := e.rotate(Secret{9}, now.Add(24*time.Hour)); err != nil || !bytes.Equal(signers(now.Add(24*time.Hour)), []byte{9, 4, 3, 2, 1}) {
		t.Errorf("when one is over: %v, %v sign", err, signers(now.Add(24*time.Hour)))
	}
}

func TestScheduleLastsThreeDays(t *testing.T) {
	var least, most time.Duration
	for _, wait := range Schedule() {
		least += wait
		most += wait + time.Duration(jitter*float64(wait))
	}
	if least < 72*time.Hour || most > keepFor {
		t.Errorf("%v to %v", least, most)
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	e := Endpoint{Secret: Secret{0xde, 0xad, 0xbe, 0xef}, Retired: []Retired{{Secret: Secret{0xde, 0xad, 0xbe, 0xef}}}}
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
