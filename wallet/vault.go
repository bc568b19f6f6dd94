package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"filippo.io/age"
	"github.com/paycode/paycode/atomicfile"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// Why a wallet's file cannot be read.
var (
	ErrLocked     = errors.New("wallet: the file is locked: a passphrase is needed")
	ErrPassphrase = errors.New("wallet: wrong passphrase")
	ErrFile       = errors.New("wallet: not a wallet's file")
)

// vault is the file: the state as JSON, or, with a passphrase, sealed with age.
// A passphrase is slow to check on purpose; it locks a key, and the key locks
// the state, so that the price is paid once and not at every change.
type vault struct {
	path, passphrase string

	mu     sync.Mutex
	key    *age.X25519Identity
	keyBox []byte // key, locked by the passphrase
}

// locked is the file of a wallet with a passphrase.
type locked struct {
	KeyBox []byte `json:"locked_key"`
	State  []byte `json:"locked_state"`
}

// load reads the state. os.ErrNotExist if there is no file.
func (v *vault) load() (s state, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.read()
}

// change rewrites the state durably, unless f fails. A file that is not there
// is an empty state.
func (v *vault) change(f func(*state) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	unlock, err := lockedfile.MutexAt(v.path + ".lock").Lock() // other processes
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	defer unlock()
	s, err := v.read()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := f(&s); err != nil {
		return err
	}
	return v.write(&s)
}

func (v *vault) erase() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	os.Remove(v.path + ".lock")
	return os.Remove(v.path)
}

func (v *vault) read() (s state, err error) {
	data, err := os.ReadFile(v.path)
	if err != nil {
		return s, fmt.Errorf("wallet: %w", err)
	}
	var l locked
	if err := json.Unmarshal(data, &l); err != nil {
		return s, ErrFile
	}
	if l.State != nil {
		if data, err = v.open(l); err != nil {
			return s, err
		}
	}
	if err := json.Unmarshal(data, &s); err != nil || s.Server == "" {
		return state{}, ErrFile
	}
	return s, nil
}

func (v *vault) write(s *state) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	if v.passphrase != "" {
		if data, err = v.seal(data); err != nil {
			return err
		}
	}
	return atomicfile.Write(v.path, append(data, '\n'))
}

func (v *vault) open(l locked) ([]byte, error) {
	if v.passphrase == "" {
		return nil, ErrLocked
	}
	if v.key == nil || !bytes.Equal(v.keyBox, l.KeyBox) {
		if err := v.unlockKey(l.KeyBox); err != nil {
			return nil, err
		}
	}
	return decrypt(l.State, v.key)
}

func (v *vault) unlockKey(box []byte) error {
	pass, err := age.NewScryptIdentity(v.passphrase)
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	text, err := decrypt(box, pass)
	if err != nil {
		return err
	}
	if v.key, err = age.ParseX25519Identity(string(text)); err != nil {
		return ErrFile
	}
	v.keyBox = box
	return nil
}

func (v *vault) seal(data []byte) ([]byte, error) {
	if v.key == nil {
		if err := v.makeKey(); err != nil {
			return nil, err
		}
	}
	sealed, err := encrypt(data, v.key.Recipient())
	if err != nil {
		return nil, err
	}
	return json.Marshal(locked{v.keyBox, sealed})
}

func (v *vault) makeKey() error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	pass, err := age.NewScryptRecipient(v.passphrase)
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	box, err := encrypt([]byte(key.String()), pass)
	if err != nil {
		return err
	}
	v.key, v.keyBox = key, box
	return nil
}

func encrypt(data []byte, to age.Recipient) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	return b.Bytes(), nil
}

func decrypt(data []byte, by age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(data), by)
	if no := (*age.NoIdentityMatchError)(nil); errors.As(err, &no) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return plain, nil
}
