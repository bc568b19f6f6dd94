package gtfs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// named is what gates' names stand for.
type named struct {
	at    map[string]int
	vague map[string]string // a name that stands for several things, and their identifiers
}

// naming resolves names. An identifier means what has it, whatever else has that
// name. A name that several have means what they mean if that is the same.
type naming struct {
	ids   map[string]int
	names map[string][]string
}

func (n naming) add(id string, at int, names ...string) {
	n.ids[id] = at
	for _, name := range names {
		// A route's short and long name may be the same.
		if same := n.names[name]; name != "" && (len(same) == 0 || same[len(same)-1] != id) {
			n.names[name] = append(same, id)
		}
	}
}

func (n naming) resolve() named {
	out := named{maps.Clone(n.ids), map[string]string{}}
	for name, ids := range n.names {
		if _, isID := n.ids[name]; isID {
			continue
		}
		out.at[name] = n.ids[ids[0]]
		if slices.ContainsFunc(ids, func(id string) bool { return n.ids[id] != n.ids[ids[0]] }) {
			delete(out.at, name)
			out.vague[name] = strings.Join(ids, ", ")
		}
	}
	return out
}

// places are the areas of a feed: sets of zones in which a stop lies. Most are
// one zone. A station whose platforms are in two lies in both.
type places struct {
	named
	areas [][]int // of zones that rules ask for, in order
}

// places finds the area of every stop.
func (f *feed) places() places {
	stations, asked := f.stationZones(), f.askedZones()
	p, areaAt := places{}, index{}
	names := naming{map[string]int{}, map[string][]string{}}
	for at, s := range f.stops {
		area := slices.Sorted(slices.Values(f.area(at, stations)))
		area = slices.DeleteFunc(slices.Compact(area), func(z int) bool { return !asked[z] })
		at, isNew := areaAt.add(fmt.Sprint(area))
		if isNew {
			p.areas = append(p.areas, area)
		}
		// A platform with the name of its station is the station, to whoever names it.
		// What entrances are called says nothing: many are called "A".
		switch {
		case s.kind > kindStation, s.parent != 0 && f.stops[s.parent-1].name == s.name:
			names.add(s.id, at-1)
		default:
			names.add(s.id, at-1, s.name)
		}
	}
	p.named = names.resolve()
	return p
}

// stationZones are the zones of the platforms of each station, beside stops. By
// the reference the zone of a station itself is ignored; it counts here where
// none of the platforms has one, or none is told.
func (f *feed) stationZones() [][]int {
	zones := make([][]int, len(f.stops))
	for _, s := range f.stops {
		if s.kind == kindPlatform && s.parent != 0 && s.zone != 0 {
			zones[s.parent-1] = append(zones[s.parent-1], s.zone)
		}
	}
	for i, s := range f.stops {
		if s.kind == kindStation && s.zone != 0 && zones[i] == nil {
			zones[i] = []int{s.zone}
		}
	}
	return zones
}

// area is the zones of a stop. A boarding area is in those of its platform, an
// entrance, or a platform of which nothing is said, in those of its station.
func (f *feed) area(at int, stations [][]int) []int {
	switch s := f.stops[at]; {
	case s.kind == kindStation:
		return stations[at]
	case s.kind == kindPlatform && s.zone != 0:
		return []int{s.zone}
	case s.parent != 0:
		return f.area(s.parent-1, stations)
	}
	return nil
}

// askedZones are those that any rule asks for. Others make no difference.
func (f *feed) askedZones() []bool {
	asked := make([]bool, len(f.zones)+1)
	for i, r := range f.rules {
		asked[r.origin], asked[r.destination] = true, true
		for _, z := range f.containing[i] {
			asked[z] = true
		}
	}
	return asked
}
