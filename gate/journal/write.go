package journal

import (
	"fmt"
	"os"
	"path/filepath"
)

func openFile(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// begin opens the newest segment for writing, or makes the first.
func (j *Journal) begin() error {
	if len(j.segments) == 0 || j.segments[len(j.segments)-1].last+1 != j.next {
		return j.rotate()
	}
	s := j.segments[len(j.segments)-1]
	f, err := j.open(s.path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	// What an earlier process wrote and did not get to sync is read as if it were
	// durable; now it is.
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("journal: %w", err)
	}
	info, err := os.Stat(s.path)
	if err != nil {
		f.Close()
		return fmt.Errorf("journal: %w", err)
	}
	j.writing, j.size = f, info.Size()
	return syncDir(j.dir)
}

// rotate begins the next segment.
func (j *Journal) rotate() error {
	s := segment{path: filepath.Join(j.dir, segmentName(j.next)), first: j.next, last: j.next - 1}
	f, err := j.open(s.path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := syncDir(j.dir); err != nil {
		f.Close()
		return err
	}
	if j.writing != nil {
		j.writing.Close() // all that counts is synced
	}
	j.writing, j.size = f, 0
	j.segments = append(j.segments, s)
	return nil
}

// write is the one writer: it takes all taps that wait and makes them durable
// together, for as long as the journal is open.
func (j *Journal) write() {
	defer close(j.done)
	for {
		j.mu.Lock()
		for len(j.waiting) == 0 && !j.closed {
			j.more.Wait()
		}
		batch := j.waiting
		j.waiting = nil
		if len(batch) == 0 {
			j.mu.Unlock()
			return
		}
		err := j.prepare()
		for i, e := range batch {
			e.tap.Seq = j.next + uint64(i)
		}
		j.mu.Unlock()
		if err == nil {
			err = j.put(batch)
		}
		j.finish(batch, err)
	}
}

// prepare begins a new segment when this one is full.
func (j *Journal) prepare() error {
	if j.failed != nil {
		return j.failed
	}
	if s := j.segments[len(j.segments)-1]; s.last+1-s.first < SegmentTaps {
		return nil
	}
	return j.rotate()
}

// put writes a batch and waits for the disk. Only the writer calls it.
func (j *Journal) put(batch []*entry) error {
	var lines []byte
	for _, e := range batch {
		lines = appendLine(lines, j.key, e.tap)
	}
	if _, err := j.writing.Write(lines); err != nil {
		// Disk full, say: what is there of it goes, and there may be room later.
		if cut := j.writing.Truncate(j.size); cut != nil {
			j.fail(cut)
		}
		return err
	}
	if err := j.writing.Sync(); err != nil {
		// What is on the disk is not known, and the system may say next time that
		// all is well: nothing is written any more until the gate starts again.
		j.fail(err)
		return err
	}
	j.size += int64(len(lines))
	return nil
}

func (j *Journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failed = err
}

// finish tells everybody in a batch.
func (j *Journal) finish(batch []*entry, err error) {
	if err == nil {
		j.mu.Lock()
		s := &j.segments[len(j.segments)-1]
		t := batch[len(batch)-1].tap
		j.last, j.next, s.last, s.until = t.Seq, t.Seq+1, t.Seq, t.At
		j.mu.Unlock()
	}
	for _, e := range batch {
		if err != nil {
			e.done <- fmt.Errorf("%w: %w", ErrFailed, err)
		} else {
			e.done <- nil
		}
	}
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
