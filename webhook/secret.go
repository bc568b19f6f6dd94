package webhook

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	// overlap is how long a secret still signs after it was replaced: for so
	// long a receiver may take to learn the new one.
	overlap = 24 * time.Hour
	// MaxRetired is how many replaced secrets of an endpoint may still sign. One
	// is not enough: the answer with the new secret may be lost, and the secret
	// that the receiver knows must then outlive a second replacement.
	MaxRetired = 4
)

// Secret signs the deliveries of one endpoint. The server has to be able to use
// it, so it is stored as it is; whoever reads the database can pose as us to
// that merchant, and to no other.
type Secret [32]byte

// Retired is a secret that was replaced, and signs beside its successors until a time.
type Retired struct {
	Secret Secret
	Until  time.Time
}

// rotate replaces the secret. ErrTooManySecrets.
func (e *Endpoint) rotate(next Secret, now time.Time) error {
	still := slices.DeleteFunc(slices.Clone(e.Retired), func(r Retired) bool { return !r.Until.After(now) })
	if len(still) >= MaxRetired {
		return ErrTooManySecrets
	}
	e.Retired = append(still, Retired{e.Secret, now.Add(overlap)})
	e.Secret = next
	return nil
}

// signers are the secrets that sign at a time, the newest first: Standard
// Webhooks has the signatures of all in one header, and receivers take any.
func (j Job) signers(now time.Time) []Secret {
	all := []Secret{j.Secret}
	for _, r := range slices.Backward(j.Retired) {
		if r.Until.After(now) {
			all = append(all, r.Secret)
		}
	}
	return all
}

// Reveal is the secret as the merchant is shown it, once: whsec_ and base64.
func (s Secret) Reveal() string { return "whsec_" + base64.StdEncoding.EncodeToString(s[:]) }

// String hides the secret from messages and logs.
func (Secret) String() string { return "webhook.Secret(hidden)" }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// Format hides the secret from every verb of fmt: %x would print the bytes.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue hides the secret from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from JSON: only Reveal shows it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
