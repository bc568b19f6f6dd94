package gtfs

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/paycode/paycode/field"
)

// Bounds of a feed. A small archive can unpack to any size.
const (
	maxFile  = 256 << 20 // bytes of one file, unpacked
	maxValue = 255       // characters of a value that is used
)

// table reads one file of a feed, record by record, as the reference's section
// "File requirements" has it: UTF-8 with or without a byte-order mark, RFC 4180
// with either line break, columns in any order, unknown ones left alone.
//
// The first thing that is wrong is kept in err and ends the reading, so that a
// record can be taken apart without a check at each value.
type table struct {
	name    string
	csv     *csv.Reader
	columns map[string]int
	width   int      // how many columns there are
	record  []string // at most width; what is missing is empty
	err     error
}

// errLarge ends the reading of a file past maxFile.
var errLarge = fmt.Errorf("is larger than %d MB", maxFile>>20)

// bounded fails where io.LimitReader would end: a fare table cut short is not a
// fare table.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errLarge
	}
	return n, err
}

// each calls row for each record of a file that has the needed columns. All its
// errors are of type *Error; fs.ErrNotExist is the reason when there is no such file.
func each(feed fs.FS, name string, needed []string, row func(*table)) error {
	f, err := feed.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{File: name, Reason: fs.ErrNotExist}
	} else if err != nil {
		return &Error{File: name, Reason: err}
	}
	defer f.Close()
	in := bufio.NewReader(&bounded{f, maxFile})
	if mark, _ := in.Peek(3); string(mark) == "\xef\xbb\xbf" {
		in.Discard(3)
	}
	t := &table{name: name, csv: csv.NewReader(in), columns: map[string]int{}}
	t.csv.FieldsPerRecord, t.csv.ReuseRecord = -1, true
	t.header(needed)
	for t.next() {
		row(t)
	}
	return t.err
}

// read is the next record, nil when there is none.
func (t *table) read() []string {
	record, err := t.csv.Read()
	var parse *csv.ParseError
	switch {
	case err == nil:
		return record
	case errors.Is(err, io.EOF):
	case errors.As(err, &parse):
		t.failed(Error{Line: parse.Line, Column: parse.Column, Reason: parse.Err})
	default:
		t.failed(Error{Reason: err})
	}
	return nil
}

// header reads the names of the columns.
func (t *table) header(needed []string) {
	names := t.read()
	t.width = len(names)
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, twice := t.columns[name]; twice && name != "" {
			t.failed(Error{Line: 1, Field: name, Reason: errors.New("this column stands there twice")})
		}
		t.columns[name] = i
	}
	for _, name := range needed {
		if _, there := t.columns[name]; !there {
			t.failed(Error{Line: 1, Field: name, Reason: errors.New("this column is missing")})
		}
	}
}

// next goes to the next record. It is false after the last, and when anything was wrong.
func (t *table) next() bool {
	if t.err != nil {
		return false
	}
	t.record = t.read()
	if len(t.record) > t.width {
		// Most likely a comma that should be quoted: what comes behind it would be
		// taken for other columns. A record that is short leaves out empty values.
		line, column := t.csv.FieldPos(t.width)
		t.failed(Error{Line: line, Column: column, Reason: fmt.Errorf("has %d values for %d columns", len(t.record), t.width)})
	}
	return t.record != nil && t.err == nil
}

// failed keeps the first error.
func (t *table) failed(e Error) {
	if t.err == nil {
		e.File = t.name
		t.err = &e
	}
}

// at is where a value stands in this record, or would stand.
func (t *table) at(column string) Error {
	e := Error{File: t.name, Field: column}
	if i, there := t.columns[column]; there && i < len(t.record) {
		e.Line, e.Column = t.csv.FieldPos(i)
	} else {
		e.Line, _ = t.csv.FieldPos(0)
	}
	return e
}

// fail says what is wrong with a value of this record.
func (t *table) fail(column, format string, args ...any) {
	e := t.at(column)
	e.Reason = fmt.Errorf(format, args...)
	t.failed(e)
}

// text is a value without surrounding blanks, empty where it is left out.
func (t *table) text(column string) string {
	i, there := t.columns[column]
	if !there || i >= len(t.record) {
		return ""
	}
	s := strings.TrimSpace(t.record[i])
	var wrong *field.Error
	if errors.As(field.Text(column, s, 0, maxValue), &wrong) {
		t.fail(column, "%s", wrong.Problem)
	}
	return s
}

// kept is a text that outlives its record, which is one string of which little is kept.
func (t *table) kept(column string) string { return strings.Clone(t.text(column)) }

// needed is a text that may not be left out.
func (t *table) needed(column string) string {
	s := t.text(column)
	if s == "" {
		t.fail(column, "is empty")
	}
	return s
}

// number is a whole number from 0 to most, and what is said where it is left out.
func (t *table) number(column string, most uint64, otherwise int) int {
	s := t.text(column)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || n > most {
		t.fail(column, "must be a whole number from 0 to %d, not %.20q", most, s)
	}
	return int(n)
}
