package gtfs

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/money"
)

// Fares are what every ride of a feed costs. They never change, so any number of
// goroutines may ask.
//
// Lines are named by route_id, route_short_name or route_long_name, stations by
// stop_id or stop_name, to the letter. An identifier goes before a name. A name
// that several have stands for nothing if they do not all cost the same, as
// Check tells: then gates have to use the identifier.
type Fares struct {
	lines, places named
	classes       []Class        // as in the feed
	prices        []money.Amount // from the cheapest
	areas         int
	// What follows holds places in prices from 1, and 0 where no fare is known.
	fare []int32 // [line][from area][to area]
	most []int32 // [line][area]: of rides that begin or end there
	top  []int32 // [line]
}

// Open reads a feed: a .zip, or a directory with the same files. Errors about
// what it holds are of type *Error.
func Open(path string) (*Fares, error) {
	if about, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("gtfs: %w", err)
	} else if about.IsDir() {
		return Read(os.DirFS(path))
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("gtfs: %s is neither a directory nor a .zip: %w", path, err)
	}
	defer archive.Close()
	return Read(archive)
}

// Read reads the files of a feed, which stand at the root. Errors are of type *Error.
func Read(files fs.FS) (*Fares, error) {
	f, err := read(files)
	if err != nil {
		return nil, err
	}
	return f.price()
}

// Currency is that of all fares.
func (f *Fares) Currency() money.Currency { return f.prices[0].Currency }

// Classes are the fare classes in the order of the feed.
func (f *Fares) Classes() []Class { return slices.Clone(f.classes) }

// Fare is what a ride on a line costs from a station to another: the cheapest
// fare that applies. It is false where none does, and for names that Check
// refuses. An empty station is one whose zone is not known: only fares that do
// not ask for it apply.
func (f *Fares) Fare(line, from, to string) (money.Amount, bool) {
	l, known := f.lines.at[line]
	a, knownFrom := f.places.at[from]
	b, knownTo := f.places.at[to]
	if !known || !knownFrom || !knownTo {
		return money.Amount{}, false
	}
	return f.amount(f.fare[(l*f.areas+a)*f.areas+b])
}

// Max is the highest fare of a ride on a line that began, or ended, at a station,
// when nobody knows where the other end is. Without a station it is the highest
// of the line. Since timetables are not read, the other end may be any station
// of the feed. It is false where no fare is known, and for names that Check refuses.
func (f *Fares) Max(line, station string) (money.Amount, bool) {
	l, known := f.lines.at[line]
	a, knownStation := f.places.at[station]
	switch {
	case !known || !knownStation:
		return money.Amount{}, false
	case station == "":
		return f.amount(f.top[l])
	}
	return f.amount(f.most[l*f.areas+a])
}

func (f *Fares) amount(place int32) (money.Amount, bool) {
	if place == 0 {
		return money.Amount{}, false
	}
	return f.prices[place-1], true
}

// Check says why no fare is known for rides on a line from a station, or to it,
// or anywhere on the line for an empty station: a *field.Error about "line" or
// "station", as a gate has them. It is nil where Max knows one.
func (f *Fares) Check(line, station string) error {
	if err := f.lines.check("line", line); err != nil {
		return err
	}
	if err := f.places.check("station", station); err != nil {
		return err
	}
	if _, known := f.Max(line, station); !known {
		return field.Wrong("line", "has no fare in the feed for rides from or to the station")
	}
	return nil
}

func (n named) check(what, name string) error {
	if ids, vague := n.vague[name]; vague {
		return field.Wrong(what, "may be any of %s, which do not cost the same", ids)
	}
	if _, known := n.at[name]; !known {
		return field.Wrong(what, "is not in the feed that tells fares")
	}
	return nil
}
