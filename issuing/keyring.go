package issuing

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"github.com/paycode/paycode"
)

// ErrKeyUnknown is for a master key id that the keyring does not have.
var ErrKeyUnknown = errors.New("issuing: unknown master key")

// Keyring holds master keys in memory: Keys in software. It prints as the ids
// of its keys alone. It is never changed after it was made, so it may be shared.
type Keyring struct {
	active uint32
	keys   map[uint32]paycode.MasterKey
}

// NewKeyring is a keyring of these keys, of which one is active. Ids begin at 1.
func NewKeyring(active uint32, keys map[uint32]paycode.MasterKey) (*Keyring, error) {
	if _, ok := keys[active]; !ok {
		return nil, fmt.Errorf("%w: %d, which should be active", ErrKeyUnknown, active)
	}
	if _, ok := keys[0]; ok {
		return nil, errors.New("issuing: the ids of master keys begin at 1")
	}
	return &Keyring{active, maps.Clone(keys)}, nil
}

// Active implements Keys.
func (k *Keyring) Active() uint32 { return k.active }

// IDs lists the ids of the keys, oldest first.
func (k *Keyring) IDs() []uint32 { return slices.Sorted(maps.Keys(k.keys)) }

// Seed implements payment.Seeds. ErrKeyUnknown when the key was retired, or was
// added after this server read its key file.
func (k *Keyring) Seed(keyID uint32, device paycode.DeviceID, g paycode.Generation) (paycode.Seed, error) {
	master, ok := k.keys[keyID]
	if !ok {
		return paycode.Seed{}, fmt.Errorf("%w: %d", ErrKeyUnknown, keyID)
	}
	return paycode.DeriveSeed(&master, device, g), nil
}

// Authenticator implements payment.Seeds. Errors as for Seed.
func (k *Keyring) Authenticator(keyID uint32, device paycode.DeviceID, g paycode.Generation) (paycode.AuthenticatorSecret, error) {
	master, ok := k.keys[keyID]
	if !ok {
		return paycode.AuthenticatorSecret{}, fmt.Errorf("%w: %d", ErrKeyUnknown, keyID)
	}
	return paycode.DeriveAuthenticator(&master, device, g), nil
}

// SealKey implements Keys: HKDF-Expand, RFC 5869 section 2.3.
func (k *Keyring) SealKey(keyID uint32, label string) (key [32]byte, err error) {
	master, ok := k.keys[keyID]
	if !ok {
		return key, fmt.Errorf("%w: %d", ErrKeyUnknown, keyID)
	}
	b, err := hkdf.Expand(sha256.New, master[:], label, len(key))
	copy(key[:], b)
	return key, err
}

// newest is the largest id: of the active key, or of one that waits to be used.
func (k *Keyring) newest() uint32 {
	newest := k.active
	for id := range k.keys {
		newest = max(newest, id)
	}
	return newest
}

// with is the keyring with one key more, which waits to be used; the first one
// is active. Its id is larger than all before, the retired ones too: neither the
// active key nor one that waits is ever retired. With one that waits already the
// keyring is as it was.
func (k *Keyring) with(random io.Reader) (*Keyring, error) {
	if k.newest() > k.active {
		return k, nil
	}
	master, err := drawKey(random)
	if err != nil {
		return nil, err
	}
	keys := map[uint32]paycode.MasterKey{k.active + 1: master}
	maps.Copy(keys, k.keys)
	return &Keyring{max(k.active, 1), keys}, nil
}

// using is the keyring with its newest key active.
func (k *Keyring) using() *Keyring { return &Keyring{k.newest(), k.keys} }

// without is the keyring without one key.
func (k *Keyring) without(id uint32) *Keyring {
	keys := maps.Clone(k.keys)
	delete(keys, id)
	return &Keyring{k.active, keys}
}

func drawKey(random io.Reader) (master paycode.MasterKey, err error) {
	if _, err := io.ReadFull(random, master[:]); err != nil {
		return master, fmt.Errorf("draw a master key: %w", err)
	}
	return master, nil
}

// String names the ids of the keys, and which is active.
func (k *Keyring) String() string { return fmt.Sprintf("master keys %v, active %d", k.IDs(), k.active) }

// GoString is String.
func (k *Keyring) GoString() string { return k.String() }

// Format writes String whatever the verb: fmt would print the bytes of keys in
// an unexported field.
func (k *Keyring) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }

// LogValue is String.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue(k.String()) }
