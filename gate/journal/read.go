package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// place is where a tap's line begins.
type place struct {
	seq    uint64
	path   string
	offset int64
}

// maxLine bounds what is read as one line, in bytes.
const maxLine = 2*MaxPresentation + 256

// Read answers the durable taps that follow a number, in order, most of them at
// most. What is damaged is left out.
func (j *Journal) Read(after uint64, most int) (taps []Tap, err error) {
	j.mu.Lock()
	last, from := j.last, j.at
	segments := append([]segment(nil), j.segments...)
	j.mu.Unlock()
	for _, s := range segments {
		if s.last <= after || len(taps) >= most {
			continue
		}
		begin := int64(0)
		if from.path == s.path && from.seq == after {
			begin = from.offset
		}
		end, err := j.readSegment(s, begin, func(t Tap) bool {
			if t.Seq > after && t.Seq <= last {
				taps = append(taps, t)
				after = t.Seq
			}
			return t.Seq <= last && len(taps) < most
		})
		if err != nil {
			return nil, err
		}
		from = place{after, s.path, end}
	}
	j.mu.Lock()
	j.at = from
	j.mu.Unlock()
	return taps, nil
}

// readSegment calls each for every tap from an offset on until it answers false,
// and answers the offset behind the last one that it was content with.
func (j *Journal) readSegment(s segment, offset int64, each func(Tap) bool) (int64, error) {
	f, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return offset, nil // dropped meanwhile: the server has its taps
	}
	if err != nil {
		return 0, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, fmt.Errorf("journal: %w", err)
	}
	lines := bufio.NewReaderSize(f, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			offset += int64(len(line))
			continue // damaged: none of ours is so long
		}
		if err != nil {
			return offset, nil // the end, or what is being written just now
		}
		t, bad := parseLine(line[:len(line)-1], j.key)
		if bad == nil && !each(t) {
			return offset, nil
		}
		offset += int64(len(line))
	}
}
