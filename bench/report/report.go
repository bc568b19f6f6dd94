// Package report shows what was measured: as a table for terminals, as figures
// for programs, and as one page of HTML that needs nothing from anywhere.
package report

import (
	"time"

	"github.com/paycode/paycode/bench"
)

// Report is everything that a run has to say.
type Report struct {
	When       time.Time
	Conditions []bench.Condition
	Measured   *bench.Measured
	Contests   []Contest
	Paid       bench.Result  // of all runs together
	Audited    int64         // postings that were added up at the end
	AuditTook  time.Duration // for all of them
	Books      string        // empty when they agree with what the tills were told, else how they do not
}

// Contest is a comparison in which everyone took turns. The first entry is ours.
type Contest struct {
	Name, About string
	Turns       []bench.Turns
}

// Row is a line of a contest's table.
type Row struct {
	*bench.Turns
	Ratio float64 // our rate as a multiple of this one's, median over the rounds; 0 for ourselves
}

// Rows are the contest's entries with our ratio to each.
func (c Contest) Rows() []Row {
	var rows []Row
	for i := range c.Turns {
		row := Row{Turns: &c.Turns[i]}
		if i > 0 {
			row.Ratio = bench.Ratio(&c.Turns[0], row.Turns)
		}
		rows = append(rows, row)
	}
	return rows
}

// ms is a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// us is a duration in microseconds.
func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

const megabyte = 1e6
