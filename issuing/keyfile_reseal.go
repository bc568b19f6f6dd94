package issuing

import (
	"errors"
	"os"
)

// Reseal seals the file, open or sealed until now, with another passphrase, and
// answers the file as it is to be loaded from then on. The keys stay the same,
// so servers may go on; copies of the old file can still be opened as before.
// Errors: those of Load, and one for an empty passphrase.
func (f KeyFile) Reseal(passphrase string) (KeyFile, error) {
	if passphrase == "" {
		return f, errors.New("issuing: the new passphrase is empty")
	}
	ring, err := f.Load()
	if err != nil {
		return f, err
	}
	sealed := f
	sealed.Passphrase = passphrase
	return sealed, sealed.write(ring, os.Rename)
}
