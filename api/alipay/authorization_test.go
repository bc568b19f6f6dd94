package alipay

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/platform"
)

// FuzzCredentials: what is believed of a header is what was signed: all of it before the
// signature, each name once.
func FuzzCredentials(f *testing.F) {
	f.Add("ALIPAY-SHA256withRSA app_id=mer_1,nonce=n,timestamp=1795284017000,sign=AA==")
	f.Add("ALIPAY-SHA256withRSA app_id=mer_1,app_cert_sn=c,nonce=n,timestamp=1795284017000,expired_seconds=120,sign=AA==")
	f.Add("ALIPAY-SHA256withRSA sign=A,app_id=mer_1,nonce=n,timestamp=1")
	f.Add("ALIPAY-SHA256withRSA app_id=a,app_id=b,nonce=n,timestamp=1,sign=A")
	f.Add("ALIPAY-SHA256withRSA app_id=a,nonce=,sign=b,timestamp=1,sign=A")
	f.Fuzz(func(t *testing.T, header string) {
		c, err := parseCredentials([]string{header})
		if err != nil {
			if c.of != nil {
				t.Errorf("%v of what was refused", c.of)
			}
			return
		}
		if header != scheme+c.text+",sign="+c.of["sign"] {
			t.Errorf("%q is read as %q", header, c.text)
		}
		again := map[string]string{}
		for part := range strings.SplitSeq(c.text, ",") {
			name, value, _ := strings.Cut(part, "=")
			again[name] = value
		}
		if len(again) != len(c.of)-1 || c.window > Leeway || c.window < 0 {
			t.Errorf("%q is read as %v, good for %v", header, c.of, c.window)
		}
		r, err := http.NewRequest("GET", "http://x/y?z", nil)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(c.signed(r, []byte("body"), []string{"token"})); text != c.text+"\nGET\n/y?z\nbody\ntoken\n" {
			t.Errorf("signed %q", text)
		}
	})
}

func TestCredentialsAreOneHeader(t *testing.T) {
	good := scheme + "app_id=a,nonce=n,timestamp=1,sign=A"
	for _, headers := range [][]string{nil, {good, good}} {
		if _, err := parseCredentials(headers); err == nil {
			t.Errorf("%q is taken", headers)
		}
	}
}

// TestBillToken: it says what it was made of, until its time, and nothing else is one.
func TestBillToken(t *testing.T) {
	now := time.Unix(1795284017, 0)
	zone := time.FixedZone("", 8*60*60)
	gateway := func() *Gateway {
		return &Gateway{Config{Platform: newIdentity(t), Zone: zone, Now: func() time.Time { return now }}}
	}
	g, other := gateway(), gateway()
	m, day := ids.Merchant{1, 15: 2}, time.Date(2026, 11, 21, 0, 0, 0, 0, zone)
	token := g.billToken(m, day, now.Add(time.Minute))
	got, from, ok := g.parseBillToken(token)
	if !ok || got != m || !from.Equal(day) || from.Format(time.DateOnly) != "2026-11-21" {
		t.Errorf("%v, %v, %v", got, from, ok)
	}
	if _, _, ok := other.parseBillToken(token); ok {
		t.Error("another platform's is good")
	}
	for _, bad := range []string{"", "A", token[1:], token + "A", strings.ToUpper(token)} {
		if _, _, ok := g.parseBillToken(bad); ok {
			t.Errorf("%q is good", bad)
		}
	}
	now = now.Add(time.Minute)
	if _, _, ok := g.parseBillToken(token); ok {
		t.Error("good after its time")
	}
}

func newIdentity(t *testing.T) *platform.Identity {
	t.Helper()
	text, err := platform.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i, err := platform.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
