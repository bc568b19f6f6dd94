package paycode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/paycode/paycode"
)

// A secret may reach a log by itself, by pointer, inside a struct or a slice, and
// by any verb.
func TestSecretsDoNotPrint(t *testing.T) {
	var master paycode.MasterKey
	var seed paycode.Seed
	for i := range seed {
		master[i], seed[i] = 0xA5, 0xA5
	}
	authenticator := paycode.AuthenticatorSecret(seed[:20])
	p := paycode.DefaultProfile()
	key := p.Prepare(&seed, 29921400)
	payload := p.NewChallengePayload(&seed, 0x25A5A5A5, paycode.Slot{Counter: 29921400}, paycode.Challenge{})
	code := paycode.Code{Form: paycode.FormDigits, Alias: 165165165, OTP: 165165}
	timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // its digits may be those of a secret by chance
		}
		return a
	}}
	for name, secret := range map[string]any{
		"master": master, "seed": seed, "key": key, "code": code, "authenticator": authenticator, "payload": payload,
		"&master": &master, "&seed": &seed, "&key": &key, "&code": &code, "&authenticator": &authenticator, "&payload": &payload,
		"slice":  []paycode.Seed{seed},
		"struct": struct{ Seed paycode.Seed }{seed},
		"map":    map[string]paycode.Code{"code": code},
	} {
		var printed bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t"} {
			fmt.Fprintf(&printed, verb+"\n", secret)
		}
		slog.New(slog.NewTextHandler(&printed, timeless)).Info("x", "secret", secret)
		slog.New(slog.NewJSONHandler(&printed, timeless)).Info("x", "secret", secret)
		encoded, err := json.Marshal(secret)
		if err == nil {
			t.Errorf("%s: encoded as %s", name, encoded)
		}
		lower := strings.ToLower(printed.String())
		for _, leak := range []string{"165", "a5", "245", "10100101", "29921400"} {
			if strings.Contains(lower, leak) {
				t.Errorf("%s: printed %q:\n%s", name, leak, lower)
			}
		}
	}
	if got := code.String(); got != "digits code [redacted]" {
		t.Errorf("code prints as %q", got)
	}
}
