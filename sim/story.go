package sim

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"
	"time"
)

// story is what happened, line by line. It is only written down when somebody
// wants to read it: telling takes longer than happening.
type story struct {
	lines []string
	sum   hash.Hash
}

func newStory() *story { return &story{sum: sha256.New()} }

// say adds a line: at which simulated time, who, and what.
func (s *story) say(at time.Time, who, format string, args ...any) {
	line := at.Format("15:04:05.000000 ") + fmt.Sprintf("%-15s ", who) + fmt.Sprintf(format, args...)
	s.lines = append(s.lines, line)
	fmt.Fprintln(s.sum, line)
}

// Bounds of what is shown of a story.
const (
	mostRelevant = 80
	mostRecent   = 60
)

// about picks the lines that mention one of the words, and the last ones of all.
func (s *story) about(words []string) (relevant, recent []string) {
	for _, line := range s.lines {
		if mentions(line, words) {
			relevant = append(relevant, line)
		}
	}
	return last(relevant, mostRelevant), last(s.lines, mostRecent)
}

func last(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// mentions reports whether a line has one of the words, as a word.
func mentions(line string, words []string) bool {
	for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" ,:;()[]", r) }) {
		for _, w := range words {
			if part == w || strings.HasPrefix(part, w+"/") {
				return true
			}
		}
	}
	return false
}
