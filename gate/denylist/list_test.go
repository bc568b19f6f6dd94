package denylist

import (
	"encoding/binary"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func id(n uint64) ID { return ID(binary.BigEndian.AppendUint64(nil, n)) }

func open(t *testing.T, dir string) *List {
	t.Helper()
	l, err := Open(dir)
	if errors.Is(err, ErrAbsent) {
		err = l.Reset(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestAgainstMap applies random deltas to a list and to a map, with restarts.
func TestAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	l, want := open(t, dir), map[ID]bool{}
	number := uint64(0)
	for range 300 {
		d := Delta{Since: number, Until: number + 1 + r.Uint64N(5)}
		for range r.IntN(40) {
			d.Add = append(d.Add, id(r.Uint64N(1000)<<54))
		}
		for known := range maps.Keys(want) {
			if r.IntN(4) == 0 {
				d.Remove = append(d.Remove, known)
			}
		}
		if err := l.Apply(d); err != nil {
			t.Fatal(err)
		}
		number = d.Until
		for _, i := range d.Add {
			want[i] = true
		}
		for _, i := range d.Remove {
			delete(want, i)
		}
		if r.IntN(10) == 0 {
			l = open(t, dir)
		}
		if n, passes := l.Number(); n != number || passes != len(want) {
			t.Fatalf("number %d with %d passes, want %d with %d", n, passes, number, len(want))
		}
		for n := range uint64(1000) {
			if i := id(n << 54); l.Has(i) != want[i] {
				t.Fatalf("number %d: Has(%x) = %t", number, i, l.Has(i))
			}
		}
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*"+deltaSuffix)); len(names) >= mergeFiles {
		t.Errorf("%d deltas were never merged", len(names))
	}
}

func TestGaps(t *testing.T) {
	l := open(t, t.TempDir())
	if err := l.Apply(Delta{Since: 0, Until: 5, Add: []ID{id(1)}}); err != nil {
		t.Fatal(err)
	}
	for _, d := range []Delta{{Since: 0, Until: 5}, {Since: 6, Until: 7}, {Since: 5, Until: 5}, {Since: 5, Until: 4}, {Since: 4, Until: 6}} {
		d.Add = []ID{id(2)}
		if err := l.Apply(d); !errors.Is(err, ErrGap) {
			t.Errorf("from %d to %d: %v", d.Since, d.Until, err)
		}
	}
	if n, passes := l.Number(); n != 5 || passes != 1 || l.Has(id(2)) {
		t.Errorf("number %d with %d passes", n, passes)
	}
	if err := l.Reset([]Delta{{Since: 0, Until: 3, Add: []ID{id(3)}}, {Since: 2, Until: 4}}); !errors.Is(err, ErrGap) || !l.Has(id(1)) {
		t.Errorf("reset with a gap: %v", err)
	}
}

func TestReset(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	for n := range uint64(3) {
		if err := l.Apply(Delta{Since: n, Until: n + 1, Add: []ID{id(n)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Reset([]Delta{{Since: 0, Until: 1, Add: []ID{id(8), id(9)}}, {Since: 1, Until: 2, Remove: []ID{id(9)}}}); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*List{l, open(t, dir)} {
		if n, passes := l.Number(); n != 2 || passes != 1 || !l.Has(id(8)) || l.Has(id(0)) {
			t.Errorf("number %d with %d passes", n, passes)
		}
	}
}

// TestCrashes stops Apply between any two steps: what is on the disk is the list
// before or after.
func TestCrashes(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	for n := range uint64(mergeFiles - 1) {
		if err := l.Apply(Delta{Since: n, Until: n + 1, Add: []ID{id(n << 40)}}); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string][]byte{}
	names, _ := filepath.Glob(filepath.Join(dir, "*"+deltaSuffix))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	if err := l.Apply(Delta{Since: mergeFiles - 1, Until: mergeFiles, Add: []ID{id(7)}}); err != nil { // merges
		t.Fatal(err)
	}
	// The base is new, and some of the deltas in it were not deleted yet.
	for _, name := range slices.Sorted(maps.Keys(files))[40:] {
		if err := os.WriteFile(name, files[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, dir)
	if n, passes := again.Number(); n != mergeFiles || passes != mergeFiles || !again.Has(id(7)) || !again.Has(id(3<<40)) {
		t.Errorf("number %d with %d passes", n, passes)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*"+deltaSuffix)); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

// TestDamage changes every byte of base and delta, and cuts them everywhere.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if err := l.Reset([]Delta{{Until: 4, Add: []ID{id(1), id(2)}}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(Delta{Since: 4, Until: 5, Add: []ID{id(3)}, Remove: []ID{id(1)}}); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(names) != 2 {
		t.Fatalf("files %v", names)
	}
	for _, name := range names {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			bad := slices.Clone(good)
			bad[i] ^= 0x10
			for _, data := range [][]byte{bad, good[:i]} {
				if err := os.WriteFile(name, data, 0o600); err != nil {
					t.Fatal(err)
				}
				l, err := Open(dir)
				if !errors.Is(err, ErrDamaged) || l.Has(id(2)) {
					t.Errorf("%s, byte %d: %v", filepath.Base(name), i, err)
				}
			}
		}
		if err := os.WriteFile(name, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if l, err := Open(dir); err != nil || !l.Has(id(2)) || !l.Has(id(3)) || l.Has(id(1)) {
		t.Errorf("as it was: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, baseFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrAbsent) {
		t.Errorf("without its base: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(header{since: 1, until: 2, adds: 1}.append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, adds, removes, ok := parse(data)
		if ok && len(adds)+len(removes) != h.adds+h.removes {
			t.Errorf("%d and %d ids of %d and %d", len(adds), len(removes), h.adds, h.removes)
		}
	})
}

const million = 1_000_000

// millionaire is a list of a million passes, as it is after a restart or, grown,
// after deltas.
func millionaire(tb testing.TB, grown bool) *List {
	r := rand.New(rand.NewPCG(3, 4))
	ids := make([]ID, million)
	for i := range ids {
		ids[i] = id(r.Uint64())
	}
	if !grown {
		return &List{set: fill(ids)}
	}
	l := &List{set: &set{}}
	for len(ids) > 0 {
		l.apply("", Delta{Add: ids[:20_000]})
		ids = ids[20_000:]
	}
	return l
}

// TestAMillionPasses holds the list to 16 MB.
func TestAMillionPasses(t *testing.T) {
	for _, grown := range []bool{false, true} {
		before := heap()
		l := millionaire(t, grown)
		mb := float64(heap()-before) / (1 << 20)
		if _, passes := l.Number(); passes != million {
			t.Fatalf("%d passes", passes)
		}
		t.Logf("a million passes, grown by deltas %t: %.1f MB", grown, mb)
		if mb > 16 {
			t.Errorf("%.1f MB, want 16 at most", mb)
		}
		runtime.KeepAlive(l)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkHas looks up in a million passes, one in two of which is there.
func BenchmarkHas(b *testing.B) {
	before := heap()
	l := millionaire(b, true)
	b.ReportMetric(float64(heap()-before)/(1<<20), "MB")
	r := rand.New(rand.NewPCG(3, 4))
	asked := make([]ID, 1<<16)
	for i := range asked {
		asked[i] = id(r.Uint64() ^ uint64(i&1))
	}
	i, found := 0, 0
	for b.Loop() {
		if l.Has(asked[i&(1<<16-1)]) {
			found++
		}
		i++
	}
	if found == 0 {
		b.Error("nothing was found")
	}
}
