package denylist

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Delta is the change of the list from one number to a later one.
type Delta struct {
	Since, Until uint64
	Add, Remove  []ID
}

// ErrAbsent is for a directory without a list: not an empty list, but none.
var ErrAbsent = errors.New("denylist: there is no list")

// ErrGap is for a delta that does not begin where the list ends.
var ErrGap = errors.New("denylist: the delta does not follow on the list")

// List is a deny list on the disk and in memory. Its methods may be called
// concurrently; Apply and Reset by one at a time.
type List struct {
	dir string

	mu     sync.RWMutex
	set    *set
	number uint64
	deltas []string // files that are not in the base yet, in order
	extra  int      // ids in them
}

// When deltas are merged into the base.
const (
	mergeFiles = 64
	mergeIDs   = 50_000
)

const baseFile = "base"

// Open opens the list in dir, which is made if there is none. With ErrAbsent and
// ErrDamaged it answers an empty list of number 0 on which Reset can be called.
func Open(dir string) (*List, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("denylist: %w", err)
	}
	l := &List{dir: dir, set: &set{}}
	if err := l.load(); err != nil {
		if !errors.Is(err, ErrAbsent) && !errors.Is(err, ErrDamaged) {
			return nil, err
		}
		l.set, l.number, l.deltas, l.extra = &set{}, 0, nil, 0
		return l, err
	}
	return l, nil
}

func (l *List) load() error {
	h, ids, removes, err := read(filepath.Join(l.dir, baseFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrAbsent
	case err != nil:
		return err
	case h.since != 0 || len(removes) > 0:
		return fmt.Errorf("%w: the base is none", ErrDamaged)
	default:
		l.set, l.number = fill(ids), h.until
	}
	names, err := filepath.Glob(filepath.Join(l.dir, "*"+deltaSuffix)) // sorted
	if err != nil {
		return fmt.Errorf("denylist: %w", err)
	}
	for _, name := range names {
		if err := l.loadDelta(name); err != nil {
			return err
		}
	}
	return nil
}

func (l *List) loadDelta(name string) error {
	h, adds, removes, err := read(name)
	if err != nil {
		return err
	}
	if h.until <= l.number { // merged, and a crash came before it was deleted
		return os.Remove(name)
	}
	if h.since != l.number {
		return fmt.Errorf("%w: what leads to %s is missing", ErrDamaged, name)
	}
	l.apply(name, Delta{h.since, h.until, adds, removes})
	return nil
}

const deltaSuffix = ".delta"

// Has reports whether a pass is on the list.
func (l *List) Has(id ID) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.set.has(id)
}

// Number is the number up to which the list is known, and Len how many passes are on it.
func (l *List) Number() (number uint64, passes int) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.number, l.set.count
}

// Apply changes the list. When it returns nil the change survives a loss of
// power; otherwise nothing has changed. The caller has checked the signature.
// Errors: ErrGap.
func (l *List) Apply(d Delta) error {
	if number, _ := l.Number(); d.Since != number || d.Until <= d.Since {
		return fmt.Errorf("%w: from %d to %d, at %d", ErrGap, d.Since, d.Until, number)
	}
	name := filepath.Join(l.dir, fmt.Sprintf("%020d%s", d.Until, deltaSuffix))
	h := header{d.Since, d.Until, len(d.Add), len(d.Remove)}
	err := save(name, h, func(each func(ID)) {
		for _, id := range d.Add {
			each(id)
		}
		for _, id := range d.Remove {
			each(id)
		}
	})
	if err != nil {
		return fmt.Errorf("denylist: %w", err)
	}
	l.apply(name, d)
	if len(l.deltas) >= mergeFiles || l.extra >= mergeIDs {
		return l.merge()
	}
	return nil
}

// apply changes what is in memory.
func (l *List) apply(name string, d Delta) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range d.Add {
		l.set.add(id)
	}
	for _, id := range d.Remove {
		l.set.remove(id)
	}
	l.number = d.Until
	l.deltas = append(l.deltas, name)
	l.extra += len(d.Add) + len(d.Remove)
}

// merge writes the whole list, and then deletes the deltas that are in it.
func (l *List) merge() error {
	err := save(filepath.Join(l.dir, baseFile), header{until: l.number, adds: l.set.count}, l.set.each)
	if err != nil {
		return fmt.Errorf("denylist: %w", err)
	}
	for _, name := range l.deltas {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("denylist: %w", err)
		}
	}
	l.deltas, l.extra = nil, 0
	return nil
}

// Reset puts what these deltas come to, from 0 on, in place of the list: for one
// that was lost, or that the server began anew. Until it returns the old list
// counts. Errors: ErrGap.
func (l *List) Reset(deltas []Delta) error {
	fresh := &List{dir: l.dir, set: &set{}}
	for _, d := range deltas {
		if d.Since != fresh.number || d.Until < d.Since {
			return fmt.Errorf("%w: from %d to %d, at %d", ErrGap, d.Since, d.Until, fresh.number)
		}
		fresh.apply("", d)
	}
	old, err := filepath.Glob(filepath.Join(l.dir, "*"+deltaSuffix))
	if err != nil {
		return fmt.Errorf("denylist: %w", err)
	}
	// Beside the new base the old deltas might be taken for its own. The newest
	// goes first, so that a crash leaves an older list and none with holes.
	for _, name := range slices.Backward(old) {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("denylist: %w", err)
		}
	}
	fresh.deltas = nil
	if err := fresh.merge(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set, l.number, l.deltas, l.extra = fresh.set, fresh.number, nil, 0
	return nil
}
