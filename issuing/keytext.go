package issuing

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/paycode/paycode"
)

// keyringText is the content of a key file: JSON, sealed by age when there is a
// passphrase.
type keyringText struct {
	Active uint32    `json:"active"`
	Keys   []keyText `json:"keys"`
}

type keyText struct {
	ID    uint32 `json:"id"`
	Key   []byte `json:"key"`   // 32 bytes in Base64
	Check []byte `json:"check"` // finds a key that was damaged: it would stop every device and say nothing
}

const (
	checkLabel = "paycode/master-key/v1"
	ageHeader  = "age-encryption.org/" // begins every file that age has sealed
)

func checkOf(key []byte) []byte {
	sum := sha256.Sum256(append([]byte(checkLabel), key...))
	return sum[:6]
}

func formatKeyring(ring *Keyring) []byte {
	text := keyringText{Active: ring.active}
	for _, id := range ring.IDs() {
		key := ring.keys[id]
		text.Keys = append(text.Keys, keyText{id, key[:], checkOf(key[:])})
	}
	b, err := json.MarshalIndent(text, "", "  ")
	if err != nil {
		panic(err) // numbers and bytes can always be written
	}
	return append(b, '\n')
}

// parseKeyring is strict: a key file is written by this package alone.
func parseKeyring(b []byte) (*Keyring, error) {
	var text keyringText
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&text); err != nil {
		return nil, fmt.Errorf("%w: not its JSON", ErrKeyFileDamaged) // the decoder's error may quote the key
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: something follows", ErrKeyFileDamaged)
	}
	keys := map[uint32]paycode.MasterKey{}
	for _, k := range text.Keys {
		if len(k.Key) != len(paycode.MasterKey{}) || !bytes.Equal(k.Check, checkOf(k.Key)) {
			return nil, fmt.Errorf("%w: key %d", ErrKeyFileDamaged, k.ID)
		}
		if _, twice := keys[k.ID]; twice || k.ID > text.Active+1 { // one may wait to be used
			return nil, fmt.Errorf("%w: id %d", ErrKeyFileDamaged, k.ID)
		}
		keys[k.ID] = paycode.MasterKey(k.Key)
	}
	ring, err := NewKeyring(text.Active, keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFileDamaged, err)
	}
	return ring, nil
}

// seal seals a text with the passphrase, if there is one (age, scrypt).
func (f KeyFile) seal(text []byte) ([]byte, error) {
	if f.Passphrase == "" {
		return text, nil
	}
	to, err := age.NewScryptRecipient(f.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("issuing: seal the master key file: %w", err)
	}
	if f.logN != 0 {
		to.SetWorkFactor(f.logN)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err == nil {
		_, err = w.Write(text)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("issuing: seal the master key file: %w", err)
	}
	return sealed.Bytes(), nil
}

// unseal is the inverse of seal. A passphrase for a file that is not sealed is
// refused: whoever gives one believes the keys better kept than they are.
func (f KeyFile) unseal(b []byte) ([]byte, error) {
	sealed := bytes.HasPrefix(b, []byte(ageHeader))
	if !sealed && f.Passphrase == "" {
		return b, nil
	}
	if !sealed || f.Passphrase == "" {
		return nil, ErrKeyFilePassphrase
	}
	by, err := age.NewScryptIdentity(f.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("issuing: unseal the master key file: %w", err)
	}
	r, err := age.Decrypt(bytes.NewReader(b), by)
	if wrong := new(age.NoIdentityMatchError); errors.As(err, &wrong) {
		return nil, ErrKeyFilePassphrase
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFileDamaged, err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFileDamaged, err)
	}
	return text, nil
}
