package till

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/paycode/paycode/atomicfile"
	"github.com/paycode/paycode/money"
)

// ErrSeen is for a receipt that was taken before.
var ErrSeen = errors.New("till: this receipt was taken before")

// SeenError is an ErrSeen, and says for what.
type SeenError struct{ Before Taken }

// Error says when the receipt was taken.
func (e *SeenError) Error() string {
	return fmt.Sprintf("%v, at %s for order %s", ErrSeen, e.Before.TakenAt.Local().Format("2006-01-02 15:04:05"), e.Before.OrderNo)
}

// Is matches ErrSeen.
func (e *SeenError) Is(target error) bool { return target == ErrSeen }

// Taken is a receipt that was taken.
type Taken struct {
	ID      [8]byte      `json:"-"`
	OrderNo string       `json:"order_no"`
	Amount  money.Amount `json:"amount"`
	PaidAt  time.Time    `json:"paid_at"`  // as the issuer says
	TakenAt time.Time    `json:"taken_at"` // by the till's clock
}

// keepTaken is how long a receipt is remembered that was taken. It is good for
// minutes: this is for the till's clock to have been wrong by days.
const keepTaken = 7 * 24 * time.Hour

const takenSuffix = ".receipt"

// takenDir holds a file for each receipt that was taken, named by its id: a name
// can be made once only, by whichever process is first, and is there or is not,
// whenever the power goes.
func takenDir(dir string) string { return filepath.Join(dir, "receipts") }

// keep has t on the disk when it returns nil. *SeenError when it was there.
func (t Taken) keep(dir string) error {
	data, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("till: receipt: %w", err)
	}
	path := filepath.Join(takenDir(dir), hex.EncodeToString(t.ID[:])+takenSuffix)
	err = atomicfile.Create(path, data)
	switch {
	case errors.Is(err, fs.ErrExist):
		before, err := readTakenFile(path)
		if err != nil {
			return err
		}
		return &SeenError{before}
	case err != nil:
		return fmt.Errorf("till: receipt: %w", err)
	}
	return nil
}

// readTaken lists what was taken.
func readTaken(dir string) (map[[8]byte]Taken, error) {
	names, err := filepath.Glob(filepath.Join(takenDir(dir), "*"+takenSuffix))
	if err != nil {
		return nil, fmt.Errorf("till: receipts: %w", err)
	}
	all := map[[8]byte]Taken{}
	for _, name := range names {
		t, err := readTakenFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process has just forgotten it
		}
		if err != nil {
			return nil, err
		}
		all[t.ID] = t
	}
	return all, nil
}

func readTakenFile(path string) (t Taken, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return t, fmt.Errorf("till: receipt: %w", err)
	}
	n, err := hex.Decode(t.ID[:], []byte(strings.TrimSuffix(filepath.Base(path), takenSuffix)))
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil || n != len(t.ID) {
		return t, fmt.Errorf("till: receipt: %s cannot be read", path)
	}
	return t, nil
}

// forgetTaken removes what was taken long before now, a time that the server has
// confirmed: by a clock that is ahead a receipt of this hour would be forgotten.
func forgetTaken(dir string, now time.Time) error {
	all, err := readTaken(dir)
	if err != nil {
		return err
	}
	for id, t := range all {
		if now.Sub(t.TakenAt) < keepTaken {
			continue
		}
		path := filepath.Join(takenDir(dir), hex.EncodeToString(id[:])+takenSuffix)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("till: receipt: %w", err)
		}
	}
	return nil
}
