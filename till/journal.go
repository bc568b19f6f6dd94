package till

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/paycode/paycode/atomicfile"
	"github.com/paycode/paycode/money"
)

// Entry is an order whose outcome is not known. The payer's code is not kept.
type Entry struct {
	OrderNo   string       `json:"order_no"`
	Amount    money.Amount `json:"amount"` // zero when the order was not charged from here
	Began     time.Time    `json:"began"`
	Canceling bool         `json:"canceling"` // a cancel may be on its way
}

// Journal remembers the orders under way in a directory, one file each, so that
// several tills may share it. A nil Journal remembers nothing.
type Journal struct{ dir string }

// OpenJournal makes the directory if there is none.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("till: journal: %w", err)
	}
	return &Journal{dir}, nil
}

// Open lists the orders whose outcome is not known, oldest first: what a till
// has to Settle when it starts.
func (j *Journal) Open() ([]Entry, error) {
	if j == nil {
		return nil, nil
	}
	names, err := filepath.Glob(filepath.Join(j.dir, "*"+suffix))
	if err != nil {
		return nil, fmt.Errorf("till: journal: %w", err)
	}
	var open []Entry
	for _, name := range names {
		e, err := read(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // another till has just settled it
		}
		if err != nil {
			return nil, err
		}
		open = append(open, e)
	}
	slices.SortFunc(open, func(a, b Entry) int { return a.Began.Compare(b.Began) })
	return open, nil
}

const suffix = ".order"

// path is by hash: order numbers may hold what file names may not.
func (j *Journal) path(orderNo string) string {
	sum := sha256.Sum256([]byte(orderNo))
	return filepath.Join(j.dir, hex.EncodeToString(sum[:16])+suffix)
}

// begin saves an order that is not under way yet. ErrOpen.
func (j *Journal) begin(e Entry) error {
	if j == nil {
		return nil
	}
	if _, err := os.Stat(j.path(e.OrderNo)); err == nil {
		return fmt.Errorf("%w: %s", ErrOpen, e.OrderNo)
	}
	return j.save(e)
}

// save has e on disk when it returns.
func (j *Journal) save(e Entry) error {
	if j == nil {
		return nil
	}
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("till: journal: %w", err)
	}
	if err := atomicfile.Write(j.path(e.OrderNo), data); err != nil {
		return fmt.Errorf("till: journal: %w", err)
	}
	return nil
}

// load answers what is remembered of an order, or an entry with its number alone.
func (j *Journal) load(orderNo string) (Entry, error) {
	nothing := Entry{OrderNo: orderNo}
	if j == nil {
		return nothing, nil
	}
	e, err := read(j.path(orderNo))
	if errors.Is(err, os.ErrNotExist) {
		return nothing, nil
	}
	return e, err
}

// drop forgets an order that is settled, unless somebody else began to cancel it
// meanwhile and is not done. It need not be durable: an order that is settled
// twice is settled.
func (j *Journal) drop(settled Entry) error {
	if j == nil {
		return nil
	}
	now, err := j.load(settled.OrderNo)
	if err != nil || now.Canceling && !settled.Canceling {
		return err
	}
	if err := os.Remove(j.path(settled.OrderNo)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("till: journal: %w", err)
	}
	return nil
}

func read(path string) (e Entry, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return e, fmt.Errorf("till: journal: %w", err)
	}
	if err := json.Unmarshal(data, &e); err != nil || e.OrderNo == "" {
		return Entry{}, fmt.Errorf("till: journal: %s cannot be read", path)
	}
	return e, nil
}
