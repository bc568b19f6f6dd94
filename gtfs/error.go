package gtfs

import "fmt"

// Error is what is wrong with a feed, and where.
type Error struct {
	File   string // such as "fare_rules.txt"
	Line   int    // from 1; 0 when it is the file as a whole
	Column int    // of the line, in bytes from 1; 0 when it is the line as a whole
	Field  string // such as "origin_id"; may be empty
	Reason error
}

// Error is "fare_rules.txt:3:5: origin_id: names no zone".
func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Line)
	}
	if e.Column > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Column)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return where + ": " + e.Reason.Error()
}

// Unwrap is the reason.
func (e *Error) Unwrap() error { return e.Reason }
