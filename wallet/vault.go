package wallet

import (
	"encoding/json"
	"errors"
	"fmt"
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
