package issuing

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"testing"

	"github.com/paycode/paycode/field"
)

// rfcKey is the public key of RFC 7517, appendix A.1.
const rfcKey = `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}`

const rfcPoint = "0430a0424cd21c2944838a2d75c92b37e76ea20d9f00893a3b4eee8a3c0aafec3ee04b65e92456d9888b52b379bdfbd51ee869ef1f0fc65b6659695b6cce081723"

func TestParseJWK(t *testing.T) {
	got, err := parseJWK("public_key", json.RawMessage(rfcKey))
	if err != nil || hex.EncodeToString(got[:]) != rfcPoint {
		t.Errorf("parseJWK = %x, %v", got, err)
	}
	if _, err := got.ecdsa(); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"nothing":          ``,
		"null":             `null`,
		"an array":         `[]`,
		"no y":             `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"}`,
		"short x":          `{"kty":"EC","crv":"P-256","x":"MKBC","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`,
		"x and y swapped":  `{"kty":"EC","crv":"P-256","y":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","x":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`,
		"P-384 by name":    `{"kty":"EC","crv":"P-384","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`,
		"a symmetric key":  `{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		"an Ed25519 key":   `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"with a private d": `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`,
	} {
		var wrong *field.Error
		if got, err := parseJWK("seal_key", json.RawMessage(text)); !errors.As(err, &wrong) || wrong.Field != "seal_key" {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

func FuzzParseJWK(f *testing.F) {
	f.Add([]byte(rfcKey))
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := parseJWK("k", text)
		if err != nil {
			return
		}
		if _, err := key.ecdsa(); err != nil {
			t.Errorf("%q is taken for a key that is none: %v", text, err)
		}
	})
}
