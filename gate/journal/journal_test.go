package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	key   = bytes.Repeat([]byte{7}, 32)
	began = time.UnixMilli(1795284017123).UTC()
)

// tap is the n-th tap of these tests.
func tap(n int) Tap {
	return Tap{At: began.Add(time.Duration(n) * time.Second), Kind: Ride, Presentation: fmt.Appendf(nil, "presentation %d", n)}
}

func numbered(n int) Tap {
	t := tap(n)
	t.Seq = uint64(n)
	return t
}

// reopen opens the journal and answers what is in it.
func reopen(t *testing.T, dir string) (*Journal, []Tap) {
	t.Helper()
	var found []Tap
	j, err := Open(dir, key, 0, func(t Tap) { found = append(found, t) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, found
}

func appendTaps(t *testing.T, j *Journal, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := put(j, tap(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func put(j *Journal, t Tap) error {
	done, err := j.Append(t)
	if err != nil {
		return err
	}
	return <-done
}

// filled is a directory with a journal of n taps, and its only segment.
func filled(t *testing.T, n int) (dir, segment string) {
	t.Helper()
	dir = t.TempDir()
	j, _ := reopen(t, dir)
	appendTaps(t, j, 1, n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(dir, segmentName(1))
}

func check(t *testing.T, when string, j *Journal, found []Tap, want ...int) {
	t.Helper()
	var wanted []Tap
	for _, n := range want {
		wanted = append(wanted, numbered(n))
	}
	if diff := cmp.Diff(wanted, found); diff != "" {
		t.Errorf("%s: %s", when, diff)
	}
	read, err := j.Read(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, read); diff != "" {
		t.Errorf("%s: Read: %s", when, diff)
	}
}

func TestWhatIsAppendedIsThere(t *testing.T) {
	dir, _ := filled(t, 3)
	j, found := reopen(t, dir)
	check(t, "reopened", j, found, 1, 2, 3)
	if j.Last() != 3 {
		t.Errorf("last %d, want 3", j.Last())
	}
	appendTaps(t, j, 4, 5)
	for _, c := range []struct {
		after uint64
		most  int
		want  []Tap
	}{
		{0, 2, []Tap{numbered(1), numbered(2)}},
		{2, 2, []Tap{numbered(3), numbered(4)}}, // where the last Read ended
		{1, 1, []Tap{numbered(2)}},
		{4, 9, []Tap{numbered(5)}},
		{5, 9, nil},
	} {
		got, err := j.Read(c.after, c.most)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("Read(%d, %d): %v %s", c.after, c.most, err, diff)
		}
	}
	if _, err := j.Append(Tap{Presentation: make([]byte, MaxPresentation+1)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a long one: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if _, err := j.Append(tap(6)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestPowerLoss cuts the file at every byte of its last line: the taps before it
// are there, and the journal goes on with the number that nobody was told of.
func TestPowerLoss(t *testing.T) {
	dir, segment := filled(t, 3)
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	lastLine := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for size := lastLine; size <= len(whole); size++ {
		for _, zeros := range []int{0, len(whole) - size} { // of a file whose length arrived before its bytes
			if err := os.WriteFile(segment, append(whole[:size:size], make([]byte, zeros)...), 0o600); err != nil {
				t.Fatal(err)
			}
			j, found := reopen(t, dir)
			when := fmt.Sprintf("%d bytes and %d zeros of %d", size-lastLine, zeros, len(whole)-lastLine)
			if size == len(whole) {
				check(t, when, j, found, 1, 2, 3)
				continue
			}
			check(t, when, j, found, 1, 2)
			damage, torn := j.Damage()
			if len(damage) > 0 || torn != size-lastLine+zeros {
				t.Errorf("%s: damage %v, torn %d", when, damage, torn)
			}
			appendTaps(t, j, 3, 3)
			j.Close()
			j, found = reopen(t, dir)
			check(t, when+", gone on", j, found, 1, 2, 3)
			j.Close()
		}
	}
}

func TestTornBytesArePutAside(t *testing.T) {
	dir, segment := filled(t, 2)
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segment, whole[:len(whole)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	reopen(t, dir)
	aside, err := os.ReadFile(segment + tornSuffix)
	if want := whole[bytes.IndexByte(whole, '\n')+1 : len(whole)-1]; err != nil || !bytes.Equal(aside, want) {
		t.Errorf("put aside: %q, %v, want %q", aside, err, want)
	}
}

// TestTamperedLine changes every byte of the second line in turn: it is found and
// told, the others count, and what follows gets new numbers.
func TestTamperedLine(t *testing.T) {
	dir, segment := filled(t, 3)
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for i := range lines[1] {
		changed := bytes.Clone(whole)
		changed[len(lines[0])+i] ^= 1
		if err := os.WriteFile(segment, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		j, found := reopen(t, dir)
		damage, torn := j.Damage()
		if len(damage) == 0 || damage[0].Seq != 2 || damage[0].Line != 2 || torn != 0 {
			t.Errorf("byte %d: damage %v, torn %d", i, damage, torn)
		}
		if i < len(lines[1])-1 { // without its end a line takes the next one with it
			check(t, fmt.Sprintf("byte %d", i), j, found, 1, 3)
		}
		appendTaps(t, j, 4, 4)
		if last, err := j.Read(j.Last()-1, 9); err != nil || len(last) != 1 || last[0].Seq < 3 {
			t.Errorf("byte %d: goes on with %v, %v", i, last, err)
		}
		j.Close()
	}
}

func TestTamperedOrder(t *testing.T) {
	dir, segment := filled(t, 4)
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	l := strings.SplitAfter(string(whole), "\n")
	strange := string(appendLine(nil, []byte("another gate's key"), numbered(3)))
	for _, c := range []struct {
		name, text string
		want       []int
		damage     []Damage
	}{
		{"deleted", l[0] + l[2] + l[3], []int{1, 3, 4}, []Damage{{Line: 2, Seq: 2, What: "missing"}}},
		{"swapped", l[0] + l[2] + l[1] + l[3], []int{1, 3, 4}, []Damage{{Line: 2, Seq: 2, What: "missing"}, {Line: 3, Seq: 2, What: "repeated"}}},
		{"twice", l[0] + l[1] + l[1] + l[2] + l[3], []int{1, 2, 3, 4}, []Damage{{Line: 3, Seq: 2, What: "repeated"}}},
		{"of another gate", l[0] + l[1] + strange + l[3], []int{1, 2, 4}, []Damage{{Line: 3, Seq: 3, What: "changed"}}},
		{"the first one deleted", l[1] + l[2] + l[3], []int{2, 3, 4}, []Damage{{Line: 1, Seq: 1, What: "missing"}}},
	} {
		if err := os.WriteFile(segment, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var found []Tap
		j, err := Open(dir, key, 0, func(t Tap) { found = append(found, t) })
		if err != nil {
			t.Fatal(err)
		}
		var wanted []Tap
		for _, n := range c.want {
			wanted = append(wanted, numbered(n))
		}
		if diff := cmp.Diff(wanted, found); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		for i := range c.damage {
			c.damage[i].Segment = filepath.Base(segment)
		}
		damage, _ := j.Damage()
		if diff := cmp.Diff(c.damage, damage); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		j.Close()
	}
}

func TestSegments(t *testing.T) {
	dir := t.TempDir()
	j, _ := reopen(t, dir)
	const n = 2*SegmentTaps + 5
	var all sync.WaitGroup
	for i := range n {
		done, err := j.Append(tap(i + 1))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	j.Close()
	j, found := reopen(t, dir)
	if len(found) != n || len(j.segments) < 2 {
		t.Fatalf("%d taps in %d segments", len(found), len(j.segments))
	}
	for seq := uint64(0); ; {
		taps, err := j.Read(seq, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(taps) == 0 {
			if seq != n {
				t.Errorf("read up to %d, want %d", seq, n)
			}
			break
		}
		for _, got := range taps {
			if seq++; got.Seq != seq {
				t.Fatalf("read %d, want %d", got.Seq, seq)
			}
		}
	}

	// Dropped is only what the server has and what is old enough.
	young, old := began, began.Add(1000*time.Hour)
	for _, c := range []struct {
		upTo   uint64
		before time.Time
		want   int
	}{{0, old, len(j.segments)}, {n, young, len(j.segments)}, {j.segments[0].last - 1, old, len(j.segments)}, {j.segments[0].last, old, len(j.segments) - 1}, {n, old, 1}} {
		if err := j.Drop(c.upTo, c.before); err != nil || len(j.segments) != c.want {
			t.Errorf("Drop(%d, %v): %d segments left, want %d, %v", c.upTo, c.before, len(j.segments), c.want, err)
		}
	}
	appendTaps(t, j, n+1, n+1)
	j.Close()
	j, found = reopen(t, dir)
	if damage, _ := j.Damage(); len(damage) > 0 || j.Last() != n+1 || found[len(found)-1].Seq != n+1 {
		t.Errorf("after dropping: last %d, damage %v", j.Last(), damage)
	}
}

func TestMissingSegment(t *testing.T) {
	dir := t.TempDir()
	for _, s := range []struct{ first, last int }{{1, 2}, {3, 4}, {5, 6}} {
		var text []byte
		for n := s.first; n <= s.last; n++ {
			text = appendLine(text, key, numbered(n))
		}
		if err := os.WriteFile(filepath.Join(dir, segmentName(uint64(s.first))), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, segmentName(3))); err != nil {
		t.Fatal(err)
	}
	j, found := reopen(t, dir)
	check(t, "a segment is gone", j, found, 1, 2, 5, 6)
	if damage, _ := j.Damage(); len(damage) != 1 || damage[0].Seq != 3 || damage[0].What != "missing" {
		t.Errorf("damage %v", damage)
	}
}

// TestLostJournal: what the server has already is never numbered again.
func TestLostJournal(t *testing.T) {
	for _, had := range []int{0, 3} {
		dir, _ := filled(t, had)
		j, err := Open(dir, key, 41, func(Tap) {})
		if err != nil {
			t.Fatal(err)
		}
		appendTaps(t, j, 42, 42)
		if damage, _ := j.Damage(); j.Last() != 42 || (len(damage) > 0) != (had > 0) {
			t.Errorf("of %d taps: last %d, damage %v", had, j.Last(), damage)
		}
		j.Close()
		j, found := reopen(t, dir)
		if len(found) != had+1 || j.Last() != 42 {
			t.Errorf("of %d taps: %d found, last %d", had, len(found), j.Last())
		}
	}
}
