package journal

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// spoilt is a segment on a disk that fails when it is told to.
type spoilt struct {
	*os.File
	writes, syncs *atomic.Int64
	full, dead    *atomic.Bool
	half          int // bytes that still fit on a full disk
	held          chan struct{}
}

var errDisk = errors.New("disk")

func (s spoilt) Write(b []byte) (int, error) {
	s.writes.Add(1)
	if s.full.Load() {
		n, err := s.File.Write(b[:s.half])
		return n, errors.Join(errDisk, err)
	}
	return s.File.Write(b)
}

func (s spoilt) Sync() error {
	s.syncs.Add(1)
	if s.held != nil {
		<-s.held
	}
	if s.dead.Load() {
		return errDisk
	}
	return s.File.Sync()
}

// onDisk opens a journal on a disk that may be spoilt.
func onDisk(t *testing.T, dir string) (*Journal, *spoilt) {
	t.Helper()
	d := &spoilt{writes: new(atomic.Int64), syncs: new(atomic.Int64), full: new(atomic.Bool), dead: new(atomic.Bool), half: 10}
	j, err := Open(dir, key, 0, func(Tap) {})
	if err != nil {
		t.Fatal(err)
	}
	j.mu.Lock()
	d.File = j.writing.(*os.File)
	j.writing = d
	j.mu.Unlock()
	t.Cleanup(func() { j.Close() })
	return j, d
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	j, disk := onDisk(t, dir)
	appendTaps(t, j, 1, 2)
	disk.full.Store(true)
	if err := put(j, tap(3)); !errors.Is(err, ErrFailed) || !errors.Is(err, errDisk) {
		t.Errorf("on a full disk: %v", err)
	}
	disk.full.Store(false)
	appendTaps(t, j, 3, 4)
	j.Close()
	j, found := reopen(t, dir)
	check(t, "after there was room again", j, found, 1, 2, 3, 4)
	if damage, torn := j.Damage(); len(damage) > 0 || torn > 0 {
		t.Errorf("damage %v, torn %d", damage, torn)
	}
}

// TestDeadDisk: after a failed fsync the system may claim that the next one went
// well; nothing is believed any more until the gate starts again.
func TestDeadDisk(t *testing.T) {
	j, disk := onDisk(t, t.TempDir())
	appendTaps(t, j, 1, 1)
	disk.dead.Store(true)
	if err := put(j, tap(2)); !errors.Is(err, ErrFailed) {
		t.Errorf("fsync failed: %v", err)
	}
	disk.dead.Store(false)
	if err := put(j, tap(2)); !errors.Is(err, ErrFailed) || j.Err() == nil {
		t.Errorf("after a failed fsync: %v, %v", err, j.Err())
	}
	if j.Last() != 1 {
		t.Errorf("last %d, want 1", j.Last())
	}
}

// TestTapsTogether: those that come while the disk is busy share one write and
// one fsync, and none is answered before it.
func TestTapsTogether(t *testing.T) {
	j, disk := onDisk(t, t.TempDir())
	disk.held = make(chan struct{})
	first, err := j.Append(tap(1))
	if err != nil {
		t.Fatal(err)
	}
	for disk.syncs.Load() == 0 {
	}
	var all sync.WaitGroup
	for n := 2; n <= 100; n++ {
		done, err := j.Append(tap(n))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	select {
	case <-first:
		t.Error("answered before the disk was")
	default:
	}
	close(disk.held)
	all.Wait()
	if n := disk.syncs.Load(); n != 2 {
		t.Errorf("%d fsyncs for 100 taps, want 2", n)
	}
	taps, err := j.Read(0, 1000)
	if err != nil || len(taps) != 100 {
		t.Errorf("%d taps, %v", len(taps), err)
	}
}

func FuzzParseLine(f *testing.F) {
	line := appendLine(nil, key, numbered(1))
	f.Add(line[:len(line)-1])
	f.Add([]byte("1 2026-11-26T19:30:00.000Z ride AA== 00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseLine(text, key)
		if err != nil {
			return
		}
		if again := appendLine(nil, key, got); string(again) != string(text)+"\n" {
			t.Errorf("%q is read as %q", text, again)
		}
	})
}

// BenchmarkAppend is one tap after the other, each waiting for the disk.
func BenchmarkAppend(b *testing.B) {
	j, err := Open(b.TempDir(), key, 0, func(Tap) {})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	t := tap(1)
	t.Presentation = make([]byte, 230)
	for b.Loop() {
		if err := put(j, t); err != nil {
			b.Fatal(err)
		}
	}
}
