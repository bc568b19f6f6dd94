package issuing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readPrivate reads a file, unless others may. It asks about the file that it has
// opened, not about a name that may mean another one by then.
func readPrivate(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("issuing: master key file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("issuing: master key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, ErrKeyFileOpen
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("issuing: master key file: %w", err)
	}
	return text, nil
}

// write puts the keyring on the disk under another name, then has place give it
// the right one: whenever the machine stops, the file is the old or the new one.
func (f KeyFile) write(ring *Keyring, place func(from, to string) error) error {
	text, err := f.seal(formatKeyring(ring))
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.Path)
	temp, err := os.CreateTemp(dir, ".master-key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("issuing: master key file: %w", err)
	}
	defer os.Remove(temp.Name()) // after a rename there is nothing left to remove
	_, err = io.Copy(temp, bytes.NewReader(text))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = place(temp.Name(), f.Path)
	}
	if errors.Is(err, fs.ErrExist) {
		return ErrKeyFileExists
	}
	if err != nil {
		return fmt.Errorf("issuing: master key file: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes a new name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("issuing: master key file: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("issuing: master key file: %w", err)
	}
	return nil
}
