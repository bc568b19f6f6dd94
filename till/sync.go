package till

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/paycode/paycode/atomicfile"
	"github.com/paycode/paycode/clock"
	"github.com/paycode/paycode/pass"
)

// ErrAnswer is for an answer of the server that makes no sense.
var ErrAnswer = errors.New("till: the server's answer cannot be used")

// known is what a till keeps for when it has no network.
type known struct {
	Shop       Shop             `json:"shop"`
	IssuerKeys []pass.PublicKey `json:"issuer_keys"`
	// ClockAt is a time that is over by the till's clock, and ClockOff whether the
	// server found the clock off.
	ClockAt  time.Time `json:"clock_at"`
	ClockOff bool      `json:"clock_off"`
}

func knownPath(dir string) string { return filepath.Join(dir, "offline.json") }

// readKnown is fs.ErrNotExist before the first sync.
func readKnown(dir string, k *known) error {
	data, err := os.ReadFile(knownPath(dir))
	if err != nil {
		return fmt.Errorf("till: %w", err)
	}
	if err := json.Unmarshal(data, k); err != nil || k.Shop.ID.IsZero() || len(k.IssuerKeys) == 0 {
		return fmt.Errorf("till: %s cannot be read", knownPath(dir))
	}
	return nil
}

// SyncOffline fetches what the till has to know when it has no network, and keeps
// it in dir: whose till it is, the issuer's keys, whether the clock is right.
// What it kept before stays when it fails. clock.ErrOff says that all is kept, and
// that the till will take no receipt until its clock is set. Other errors:
// ErrAnswer, *client.Problem, client.ErrLost.
func (t *Till) SyncOffline(ctx context.Context, dir string) (Shop, error) {
	var k known
	if err := t.call(ctx, "GET", "/v1/merchant", nil, &k.Shop); err != nil {
		return Shop{}, err
	}
	var issuer struct {
		Keys       []pass.PublicKey `json:"keys"`
		ServerTime time.Time        `json:"server_time"`
	}
	sent := t.now()
	if err := t.call(ctx, "GET", "/v1/issuer/keys", nil, &issuer); err != nil {
		return Shop{}, err
	}
	heard := t.now()
	k.IssuerKeys, k.ClockAt = issuer.Keys, heard
	if k.Shop.ID.IsZero() || k.Shop.Currency == "" || issuer.ServerTime.IsZero() {
		return Shop{}, ErrAnswer
	}
	if _, err := pass.NewVerifier(k.IssuerKeys...); err != nil || len(k.IssuerKeys) == 0 {
		return Shop{}, fmt.Errorf("%w: issuer keys", ErrAnswer)
	}
	var c clock.Clock
	if !c.Compare(issuer.ServerTime, sent, heard) {
		return Shop{}, fmt.Errorf("%w: it took too long to say what time it is", ErrAnswer)
	}
	k.ClockOff = c.Off()
	return k.Shop, k.keep(dir)
}

// keep writes what is known, and forgets receipts that are long over.
func (k known) keep(dir string) error {
	if err := os.MkdirAll(takenDir(dir), 0o700); err != nil {
		return fmt.Errorf("till: %w", err)
	}
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("till: %w", err)
	}
	if err := atomicfile.Write(knownPath(dir), append(data, '\n')); err != nil {
		return fmt.Errorf("till: %w", err)
	}
	if k.ClockOff {
		return clock.ErrOff
	}
	return forgetTaken(dir, k.ClockAt)
}
