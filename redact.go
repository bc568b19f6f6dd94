package paycode

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// A secret in a log is a secret lost, and a live code in a log is money in a log.
// So nothing in this package that is secret can be printed or encoded by accident.

const redacted = "[redacted]"

var errSecret = errors.New("paycode: a secret is not for encoding")

// String returns "[redacted]".
func (MasterKey) String() string { return redacted }

// GoString returns "[redacted]".
func (MasterKey) GoString() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (MasterKey) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (MasterKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText always fails: a master key is not for encoding.
func (MasterKey) MarshalText() ([]byte, error) { return nil, errSecret }

// String returns "[redacted]".
func (Seed) String() string { return redacted }

// GoString returns "[redacted]".
func (Seed) GoString() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (Seed) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (Seed) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText always fails: a seed is not for encoding.
func (Seed) MarshalText() ([]byte, error) { return nil, errSecret }

// String returns "[redacted]".
func (AuthenticatorSecret) String() string { return redacted }

// GoString returns "[redacted]".
func (AuthenticatorSecret) GoString() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (AuthenticatorSecret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (AuthenticatorSecret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText always fails: a secret is not for encoding.
func (AuthenticatorSecret) MarshalText() ([]byte, error) { return nil, errSecret }

// String returns "[redacted]".
func (Key) String() string { return redacted }

// GoString returns "[redacted]".
func (Key) GoString() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText always fails: a key is not for encoding.
func (Key) MarshalText() ([]byte, error) { return nil, errSecret }

// String returns the form of the code and nothing that could be spent.
func (c Code) String() string { return c.Form.String() + " code " + redacted }

// GoString is String.
func (c Code) GoString() string { return c.String() }

// Format writes String whatever the verb.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// LogValue is String.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText always fails: a code is written by [Profile.Format] alone.
func (Code) MarshalText() ([]byte, error) { return nil, errSecret }

// String returns "[redacted]".
func (Payload) String() string { return redacted }

// GoString returns "[redacted]".
func (Payload) GoString() string { return redacted }

// Format writes "[redacted]" whatever the verb.
func (Payload) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (Payload) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText always fails: a payload is sent to the reader that asked, and written by [Payload.Text].
func (Payload) MarshalText() ([]byte, error) { return nil, errSecret }
