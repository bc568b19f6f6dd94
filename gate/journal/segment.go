package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// segment is one file of the journal.
type segment struct {
	path  string
	first uint64    // number of the first tap that was meant for it
	last  uint64    // of its last tap; first-1 while it is empty
	until time.Time // At of its last tap
}

const (
	segmentPrefix = "taps-"
	segmentSuffix = ".log"
	tornSuffix    = ".torn"
)

func segmentName(first uint64) string {
	return fmt.Sprintf("%s%020d%s", segmentPrefix, first, segmentSuffix)
}

// load reads all segments.
func (j *Journal) load(after uint64, each func(Tap)) error {
	names, err := filepath.Glob(filepath.Join(j.dir, segmentPrefix+"*"+segmentSuffix))
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	slices.Sort(names)
	for i, name := range names {
		digits := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), segmentPrefix), segmentSuffix)
		first, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || first == 0 {
			return fmt.Errorf("journal: %s is no segment's name", name)
		}
		if err := j.loadSegment(name, first, i == len(names)-1, each); err != nil {
			return err
		}
	}
	if j.last < after {
		if j.next > 1 { // it had taps, and the server has later ones
			j.harm(j.dir, 0, j.last+1, "missing")
		}
		j.last, j.next = after, after+1
	}
	j.next = max(j.next, 1)
	return j.begin()
}

// loadSegment reads one segment and cuts off what the power left half written.
func (j *Journal) loadSegment(path string, first uint64, newest bool, each func(Tap)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if newest {
		if data, err = j.cutTorn(path, data); err != nil {
			return err
		}
	}
	s := segment{path: path, first: first, last: first - 1}
	if j.next == 0 {
		j.next = first // older segments were uploaded and dropped
	}
	if first > j.next {
		j.harm(path, 0, j.next, "missing")
	}
	j.next = max(j.next, first)
	for number := 1; len(data) > 0; number++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		t, err := parseLine(line, j.key)
		switch {
		case err != nil:
			j.harm(path, number, j.next, "changed")
			j.next++
			continue
		case t.Seq < j.next:
			j.harm(path, number, t.Seq, "repeated")
			continue
		case t.Seq > j.next:
			j.harm(path, number, j.next, "missing")
		}
		j.next, s.last, s.until = t.Seq+1, t.Seq, t.At
		each(t)
	}
	s.last = max(s.last, j.next-1)
	j.last = j.next - 1
	j.segments = append(j.segments, s)
	return nil
}

// cutTorn cuts off what was being written when the power went. Such a tail has no
// end of line or holds bytes that never arrived, which file systems show as zeros;
// nobody was let through for it, because that waits for the disk. The bytes are
// put aside: a last line that somebody spoiled on purpose looks the same.
func (j *Journal) cutTorn(path string, data []byte) ([]byte, error) {
	good := len(data)
	if end := bytes.LastIndexByte(data, '\n') + 1; end < good {
		good = end
	}
	if zero := bytes.IndexByte(data[:good], 0); zero >= 0 {
		good = bytes.LastIndexByte(data[:zero], '\n') + 1
	}
	if good == len(data) {
		return data, nil
	}
	if err := os.WriteFile(path+tornSuffix, data[good:], 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	if err := f.Truncate(int64(good)); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j.torn += len(data) - good
	return data[:good], nil
}

func (j *Journal) harm(path string, line int, seq uint64, what string) {
	j.damage = append(j.damage, Damage{filepath.Base(path), line, seq, what})
}

// Drop deletes the segments whose taps the server has, up to a number, and of
// which none is younger than a time. The segment that is written stays.
func (j *Journal) Drop(upTo uint64, before time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.segments) > 1 && j.segments[0].last <= upTo && j.segments[0].until.Before(before) {
		if err := os.Remove(j.segments[0].path); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		j.segments = j.segments[1:]
	}
	return nil
}
