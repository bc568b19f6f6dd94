package sim

import (
	"fmt"
	"io"
	"strings"
)

// Shrink looks for the shortest beginning of a failed world that fails as well.
// The same seed with fewer operations lives the same life and goes home earlier,
// so that what went wrong before is found, and little has happened since.
func Shrink(f *Failure) (*Failure, error) {
	low, high, shortest := 1, f.Operations, f
	for low < high {
		middle := (low + high) / 2
		shorter, err := again(f.Seed, middle, nil)
		switch {
		case err != nil:
			return nil, err
		case shorter == nil:
			low = middle + 1
		default:
			shorter.Before = f.Before
			shortest, high = shorter, middle
		}
	}
	shortest.Budget = high
	return shortest, nil
}

// again lives one world, and answers how it failed; nil when it did not.
func again(seed uint64, budget int, s *story) (*Failure, error) {
	w, err := newWorld(seed, budget, s)
	if err != nil {
		return nil, err
	}
	v := w.run()
	if v == nil {
		return nil, nil
	}
	return &Failure{Seed: seed, Operations: w.operations, Budget: budget, Violation: v}, nil
}

// Tell lives one world and writes down all that happens in it. The second answer
// sums the story up: two that are the same have the same sum.
func Tell(out io.Writer, seed uint64, budget int) (*Failure, [32]byte, error) {
	s := newStory()
	f, err := again(seed, budget, s)
	if err == nil {
		_, err = io.WriteString(out, strings.Join(s.lines, "\n")+"\n")
	}
	return f, [32]byte(s.sum.Sum(nil)), err
}

// Explain tells how a world failed: which rule, the lines of the story that
// concern it, the last lines of all, and how to see it again.
func Explain(out io.Writer, f *Failure) error {
	s := newStory()
	told, err := again(f.Seed, f.Budget, s)
	if err != nil {
		return err
	}
	if told == nil || told.Violation.Error() != f.Violation.Error() {
		return fmt.Errorf("sim: seed %d with %d operations does not fail the same way again: it is not deterministic", f.Seed, f.Budget)
	}
	relevant, recent := s.about(f.Violation.About)
	fmt.Fprintf(out, "VIOLATION: %s\n%s\n", f.Violation.Rule, f.Violation.Facts)
	chapter(out, "What concerns "+strings.Join(f.Violation.About, ", "), relevant)
	chapter(out, "The last that happened", recent)
	_, err = fmt.Fprintf(out, "\nTo see it again: paycode sim --seed %d --ops %d --story\n", f.Seed, f.Budget)
	return err
}

func chapter(out io.Writer, title string, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(out, "\n%s:\n  %s\n", title, strings.Join(lines, "\n  "))
	}
}
