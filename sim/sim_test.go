package sim

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"io"
	"runtime/debug"
	"testing"
)

// fixedSeeds are lived through by every run of the tests, and one that is new.
var fixedSeeds = []uint64{1, 2, 3, 2026_11_22}

// operationsEach is how many operations each seed of the tests has.
const operationsEach = 6000

func freshSeed() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]) >> 1
}

// TestTown lives through the fixed worlds and some that nobody has seen yet.
func TestTown(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	seeds := append(fixedSeeds, freshSeed())
	for _, seed := range seeds {
		result, err := Run(t.Context(), Options{Seed: seed, Operations: operationsEach})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: %d operations in %d worlds, %d transactions, %d deaths", seed, result.Operations, result.Worlds, result.Committed, result.Deaths)
		if result.Failure != nil {
			explain(t, result.Failure)
		}
	}
}

func explain(t *testing.T, f *Failure) {
	t.Helper()
	var story bytes.Buffer
	shortest, err := Shrink(f)
	if err == nil {
		err = Explain(&story, shortest)
	}
	if err != nil {
		t.Error(err)
	}
	t.Errorf("%v\n%s", f, story.String())
}

func TestSameSeedSameStory(t *testing.T) {
	for _, seed := range []uint64{1, 7, 42, freshSeed()} {
		_, one, err1 := Tell(io.Discard, seed, 800)
		_, two, err2 := Tell(io.Discard, seed, 800)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if one != two {
			t.Errorf("seed %d: two stories", seed)
		}
	}
}

// TestShorterIsABeginning: with fewer operations a world does the same until
// its people go home.
func TestShorterIsABeginning(t *testing.T) {
	var long, short bytes.Buffer
	if _, _, err := Tell(&long, 5, 900); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Tell(&short, 5, 450); err != nil {
		t.Fatal(err)
	}
	same := 0
	for same < short.Len() && long.Bytes()[same] == short.Bytes()[same] {
		same++
	}
	if lines := bytes.Count(long.Bytes()[:same], []byte("\n")); lines < 300 {
		t.Errorf("only %d lines are the same", lines)
	}
}
