package alipay

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

func page(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEveryDeclineIsTranslated: each decline code of the contract has a sub_code, the one that docs/alipay.md says.
func TestEveryDeclineIsTranslated(t *testing.T) {
	_, rest, _ := strings.Cut(page(t, "../../docs/api.md"), "| `decline_code` | meaning |\n")
	table, _, _ := strings.Cut(rest, "\n## ")
	found := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1)
	if len(found) != len(declines) || len(found) == 0 {
		t.Errorf("docs/api.md has %d decline codes, the table %d", len(found), len(declines))
	}
	for _, m := range found {
		r, ok := declines[payment.DeclineCode(m[1])]
		if !ok {
			t.Errorf("%s is not translated", m[1])
			continue
		}
		row := regexp.MustCompile("(?m)^\\|.*`" + m[1] + "`.*\\| " + r.Code + " \\| `" + regexp.QuoteMeta(r.SubCode) + "` \\|$")
		if !row.MatchString(page(t, "../../docs/alipay.md")) {
			t.Errorf("docs/alipay.md does not say that %s is %s %s", m[1], r.Code, r.SubCode)
		}
	}
}

// TestWhatIsNotKnownIsAskedFor: no error of which the outcome is not known is told as a failure.
func TestWhatIsNotKnownIsAskedFor(t *testing.T) {
	for _, err := range []error{payment.ErrUnknownOutcome, payment.ErrOverloaded, payment.ErrUnavailable, errors.New("disk")} {
		if r, _ := resultOf(fmt.Errorf("charge: %w", err)); r.Code != "20000" {
			t.Errorf("%v is told as %v", err, r)
		}
	}
	for _, known := range refusals {
		if r, ours := resultOf(fmt.Errorf("charge: %w", known.err)); r != *known.result || !ours {
			t.Errorf("%v is told as %v", known.err, r)
		}
	}
}

func TestTimely(t *testing.T) {
	now := time.Date(2026, 11, 21, 11, 47, 49, 0, time.UTC)
	for stamp, want := range map[string]bool{
		"2026-11-21 19:47:49": true,  // Beijing's
		"2026-11-21 11:47:49": true,  // the server's
		"2026-11-21 19:37:49": true,  // ten minutes ago
		"2026-11-21 19:37:48": false, // and a second
		"2026-11-21 19:57:49": true,
		"2026-11-21 19:57:50": false,
		"2026-11-21 12:47:49": false,
		"2026-11-20 19:47:49": false,
		"2026-11-21T19:47:49": false,
		"":                    false,
	} {
		if got := timely(stamp, now, time.UTC); got != want {
			t.Errorf("%q: %v", stamp, got)
		}
	}
}

// TestEnvelopeIsCutByAnyClient: an order that was numbered at /v1, where braces are allowed, brings none into an answer.
func TestEnvelopeIsCutByAnyClient(t *testing.T) {
	g := &Gateway{Config{Platform: newIdentity(t), Log: slog.New(slog.DiscardHandler)}}
	p := payment.Payment{ID: ids.Payment{1}, OrderNo: `}{"sign":"/`, Status: payment.Succeeded, Amount: money.Amount{Minor: 1250, Currency: "CNY"}}
	out, err := g.envelope("alipay_trade_pay_response", payAnswer(p), crypto.SHA256, true)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(out), "{") != 2 || strings.Count(string(out), `"sign"`) != 1 || strings.Contains(string(out), `\`) || strings.Contains(string(out), `": `) {
		t.Errorf("%s", out)
	}
	if !json.Valid(out) || !strings.Contains(string(out), `"total_amount":"12.50"`) {
		t.Errorf("%s", out)
	}
}

// FuzzParams: a name has one value, whatever is sent, and the text that is signed has each name once.
func FuzzParams(f *testing.F) {
	f.Add("a=1&b=2", "a=1&c=")
	f.Add("a=1", "a=2")
	f.Add("%zz", "=")
	f.Add("sign=x&a=%26b%3D", "")
	f.Fuzz(func(t *testing.T, query, form string) {
		p := params{}
		if p.add(query) != nil || p.add(form) != nil {
			return
		}
		for name, value := range p {
			want := name != "sign"
			if got := strings.Contains("&"+string(p.signed(true))+"&", "&"+name+"="+value+"&"); want && !got {
				t.Errorf("%q=%q is not signed in %q", name, value, p.signed(true))
			}
		}
		if again := (params{}); again.add(query) != nil || again.add(form) != nil || string(again.signed(true)) != string(p.signed(true)) {
			t.Error("read again it is another text")
		}
	})
}
