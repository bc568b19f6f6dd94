package issuing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/paycode/paycode/payment"
)

// What a key file may be refused with.
var (
	// ErrKeyFileExists is for generating a file that is there: overwriting it
	// would stop every device.
	ErrKeyFileExists = errors.New("issuing: the master key file exists")
	// ErrKeyFileOpen is for a file that others than its owner may read or write.
	ErrKeyFileOpen = errors.New("issuing: the master key file is open to others, chmod 600 it")
	// ErrKeyFilePassphrase is for a missing or wrong passphrase, or one for a
	// file that is not sealed.
	ErrKeyFilePassphrase = errors.New("issuing: not the passphrase of the master key file")
	// ErrKeyFileDamaged is for a file that is not as it was written.
	ErrKeyFileDamaged = errors.New("issuing: the master key file is damaged")
	// ErrKeyActive is for retiring the active key, or one that waits to be used.
	ErrKeyActive = errors.New("issuing: the active master key cannot be retired, move on to another one first")
	// ErrKeyInUse is for retiring a key that devices still need, or tills whose keys are sealed under it.
	ErrKeyInUse = errors.New("issuing: devices or tills still use the master key")
)

// maxKeyFile bounds what is read, in bytes: thousands of keys.
const maxKeyFile = 1 << 20

// KeyFile is where master keys are kept: a file that only its owner may read,
// sealed with a passphrase unless that is empty.
//
// To move on to a new master key: AddKey, restart every server with the file,
// UseKey, restart again; wait until the devices have synced, RetireKey, restart
// again. Of several servers none then meets a device whose seed is of a key that
// it does not have.
type KeyFile struct {
	Path       string
	Passphrase string

	logN int // scrypt's work factor; 0 for age's own choice, about a second
}

// String is the path. The passphrase is never printed.
func (f KeyFile) String() string { return f.Path }

// GoString is String.
func (f KeyFile) GoString() string { return f.String() }

// Format writes String whatever the verb.
func (f KeyFile) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }

// LogValue is String.
func (f KeyFile) LogValue() slog.Value { return slog.StringValue(f.String()) }

// Generate makes the file, with one key, and answers its keyring.
// ErrKeyFileExists when there is a file: nothing is overwritten.
func (f KeyFile) Generate(random io.Reader) (*Keyring, error) {
	ring, err := (&Keyring{}).with(random)
	if err != nil {
		return nil, err
	}
	// Link refuses a name that is taken, and gives it to a complete file only.
	return ring, f.write(ring, os.Link)
}

// Load reads the file.
// Errors: fs.ErrNotExist, ErrKeyFileOpen, ErrKeyFilePassphrase, ErrKeyFileDamaged.
func (f KeyFile) Load() (*Keyring, error) {
	text, err := readPrivate(f.Path)
	if err != nil {
		return nil, err
	}
	if text, err = f.unseal(text); err != nil {
		return nil, err
	}
	return parseKeyring(text)
}

// AddKey adds a key that waits to be used: every server must have it before one
// of them issues a seed of it. One that waits already is fine.
func (f KeyFile) AddKey(random io.Reader) (*Keyring, error) {
	return f.change(func(ring *Keyring) (*Keyring, error) { return ring.with(random) })
}

// UseKey makes the newest key the active one. Devices move on to it as they sync.
func (f KeyFile) UseKey() (*Keyring, error) {
	return f.change(func(ring *Keyring) (*Keyring, error) { return ring.using(), nil })
}

func (f KeyFile) change(how func(*Keyring) (*Keyring, error)) (*Keyring, error) {
	ring, err := f.Load()
	if err != nil {
		return nil, err
	}
	if ring, err = how(ring); err != nil {
		return nil, err
	}
	return ring, f.write(ring, os.Rename)
}

// RetireKey removes a key for good. A key that is gone already is fine.
// Errors: those of Load, ErrKeyActive, and ErrKeyInUse while a device that is not
// revoked has its newest seed from it, or may still pay with the seed before.
func (f KeyFile) RetireKey(ctx context.Context, id uint32, use KeyUse, now time.Time) (*Keyring, error) {
	ring, err := f.Load()
	if err != nil {
		return nil, err
	}
	if id >= ring.active {
		return nil, ErrKeyActive
	}
	if _, ok := ring.keys[id]; !ok {
		return ring, nil
	}
	n, err := use.DevicesWithKey(ctx, id, now.Add(-payment.BothGenerations))
	if err != nil {
		return nil, fmt.Errorf("devices with key %d: %w", id, err)
	}
	if n > 0 {
		return nil, fmt.Errorf("%w: %d of them", ErrKeyInUse, n)
	}
	ring = ring.without(id)
	return ring, f.write(ring, os.Rename)
}
