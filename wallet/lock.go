package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// locked is the file of a wallet with a passphrase.
type locked struct {
	KeyBox []byte `json:"locked_key"`
	State  []byte `json:"locked_state"`
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
