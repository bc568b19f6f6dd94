package gtfs

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/paycode/paycode/money"
)

// Class is a fare class: a record of fare_attributes.txt.
type Class struct {
	ID    string
	Price money.Amount
	// Transfers is how many changes the fare allows, -1 for any number.
	Transfers int
	// TransferSeconds is how long it allows them; 0 where the feed does not say.
	TransferSeconds int
}

// The records of a feed refer to each other by where they stand: 1 is the first
// of its file, 0 is none, or in a rule any.

// class is a fare class, and the agency that it is of.
type class struct {
	Class
	agency int
}

// stop is a record of stops.txt.
type stop struct {
	id, name     string
	kind         int // location_type
	zone, parent int
}

// What location_type may be.
const (
	kindPlatform     = 0
	kindStation      = 1
	kindBoardingArea = 4
)

// route is a record of routes.txt.
type route struct {
	id, short, long string
	agency          int
}

// asks is what a rule asks of a ride. What it asks of the zones that are passed
// is only whether it asks: containing are the zones.
type asks struct {
	class, route, origin, destination int
	contains                          bool
}

// feed is what was read.
type feed struct {
	agencies, stopAt, routeAt, classAt, zones index
	ruleAt                                    map[asks]int

	stops      []stop
	parents    []parent
	routes     []route
	classes    []class
	rules      []asks
	containing [][]int // beside rules
}

// index says where something stands.
type index map[string]int

// add is where something new will stand; false if it is there already.
func (i index) add(id string) (at int, isNew bool) {
	if at, known := i[id]; known {
		return at, false
	}
	at = len(i) + 1
	i[strings.Clone(id)] = at
	return at, true
}

// parent is the parent_station of a stop, which may stand behind it.
type parent struct {
	of int // in stops, from 0
	id string
	at Error
}

// read reads the files, each after those that it refers to.
func read(files fs.FS) (*feed, error) {
	f := &feed{agencies: index{}, stopAt: index{}, routeAt: index{}, classAt: index{}, zones: index{}, ruleAt: map[asks]int{}}
	for _, file := range []struct {
		name   string
		needed []string
		row    func(*table)
		after  func() error
	}{
		{"agency.txt", []string{"agency_name"}, f.addAgency, nil},
		{"stops.txt", []string{"stop_id"}, f.addStop, f.join},
		{"routes.txt", []string{"route_id"}, f.addRoute, nil},
		{"fare_attributes.txt", []string{"fare_id", "price", "currency_type"}, f.addClass, nil},
	} {
		records := 0
		if err := each(files, file.name, file.needed, func(t *table) { file.row(t); records++ }); err != nil {
			return nil, missing(files, err)
		}
		if records == 0 {
			return nil, &Error{File: file.name, Reason: errors.New("has no records")}
		}
		if file.after != nil {
			if err := file.after(); err != nil {
				return nil, err
			}
		}
	}
	if err := each(files, "fare_rules.txt", []string{"fare_id"}, f.addRule); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return f, f.complete()
}

// missing says more of fares that are not there: a feed with Fares V2 only.
func missing(files fs.FS, err error) error {
	var where *Error
	if !errors.As(err, &where) || where.File != "fare_attributes.txt" || where.Reason != fs.ErrNotExist {
		return err
	}
	if v2, err := fs.Stat(files, "fare_products.txt"); err == nil && !v2.IsDir() {
		where.Reason = errors.New("file does not exist: this feed has Fares V2 only, which cannot be read")
	}
	return where
}
