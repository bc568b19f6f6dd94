// Package journal keeps a gate's taps on its disk: numbered, in order, each with
// the presentation as it was read and a checksum, and durable before the gate
// opens. What the power leaves half written is cut off at the next start, because
// nobody was let through for it; what somebody changed is found and told, and
// never uploaded as if it were true.
//
// A journal is a directory of segments, text files with one tap to a line:
//
//	SEQ AT KIND PRESENTATION CHECKSUM
//	17 2026-11-26T19:30:00.123Z ride 0oRDoQEm… 5a0f…
//
// AT is UTC, PRESENTATION standard base64, CHECKSUM the first 16 bytes of the
// HMAC-SHA-256 of what stands before it, in hex, with a key of this gate alone: a
// line cannot come from another gate's journal. Sequence numbers have no gaps.
package journal

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Errors of a journal.
var (
	// ErrFailed is for a tap that could not be made durable: the gate stays shut.
	ErrFailed = errors.New("journal: the tap is not on the disk")
	// ErrTooLong is for a presentation of more than MaxPresentation bytes.
	ErrTooLong = errors.New("journal: too long")
	// ErrClosed is for an append after Close.
	ErrClosed = errors.New("journal: closed")
)

// MaxPresentation is how long a presentation may be, in bytes.
const MaxPresentation = 2048

// SegmentTaps is how many taps a segment holds before the next one begins.
const SegmentTaps = 10_000

// Kind is what a tap is.
type Kind string

// The kinds of tap.
const (
	Entry Kind = "entry"
	Exit  Kind = "exit"
	Ride  Kind = "ride" // one tap for the whole ride
)

// Tap is one presentation that a gate accepted.
type Tap struct {
	Seq          uint64    // numbered from 1, by the gate
	At           time.Time // by the gate's clock, to a millisecond
	Kind         Kind
	Presentation []byte // as it was read; pass.Verifier reads it
}

// Damage is a place where the journal is not as it was written.
type Damage struct {
	Segment string // file name
	Line    int    // from 1; 0 for the segment as a whole
	Seq     uint64 // of the first tap that is affected, as far as it is known
	What    string // changed, missing, repeated
}

// String is the damage in words.
func (d Damage) String() string {
	return fmt.Sprintf("%s line %d: tap %d is %s", d.Segment, d.Line, d.Seq, d.What)
}

// Journal is an open journal. One process at a time may have it open. Its
// methods may be called concurrently.
type Journal struct {
	dir  string
	key  []byte
	open func(path string) (file, error)

	mu       sync.Mutex
	segments []segment // oldest first
	damage   []Damage
	torn     int      // bytes that were cut off at the start
	last     uint64   // of the taps that are durable
	next     uint64   // number of the next tap
	waiting  []*entry // in order
	more     *sync.Cond
	closed   bool
	failed   error // for good: what a failed fsync left is not known
	writing  file
	size     int64 // of the segment that is written, durable bytes
	done     chan struct{}
	at       place // where Read went on last
}

// file is a segment that is written; *os.File is one.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

// entry is a tap on its way to the disk.
type entry struct {
	tap  Tap
	done chan error
}

// Open opens the journal in dir, which is made if there is none, and calls each
// for every tap in it, oldest first. key is the secret of the checksums. after is
// the number up to which the server has the taps: a journal that was lost goes on
// behind it, so that no number ever means two taps.
func Open(dir string, key []byte, after uint64, each func(Tap)) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{dir: dir, key: key, open: openFile, done: make(chan struct{})}
	j.more = sync.NewCond(&j.mu)
	if err := j.load(after, each); err != nil {
		return nil, err
	}
	go j.write()
	return j, nil
}

// Append gives the tap the next number and answers at once; the channel says when
// it is durable (nil) or that it is not and will not be (ErrFailed). Taps are
// written in the order in which they are appended, those that wait together at
// once. Errors: ErrTooLong, ErrClosed.
func (j *Journal) Append(t Tap) (<-chan error, error) {
	if len(t.Presentation) > MaxPresentation {
		return nil, ErrTooLong
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, ErrClosed
	}
	e := &entry{t, make(chan error, 1)}
	j.waiting = append(j.waiting, e)
	j.more.Signal()
	return e.done, nil
}

// Last is the number of the last tap that is durable; 0 when there was none.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Damage is what was found damaged, and Torn how many bytes of taps that nobody
// was told of were cut off when the journal was opened.
func (j *Journal) Damage() (found []Damage, tornBytes int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Damage(nil), j.damage...), j.torn
}

// Err is why nothing can be written any more, or nil.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.failed
}

// Close writes what waits and lets go of the files.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.more.Signal()
	j.mu.Unlock()
	<-j.done
	if j.writing == nil {
		return nil
	}
	if err := j.writing.Close(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
