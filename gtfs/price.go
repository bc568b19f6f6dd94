package gtfs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/paycode/paycode/money"
)

// maxPairs bounds the table of fares: a line for each two areas. It takes four
// bytes for each, so this is 128 MB; a thousand stations with a zone each take
// four megabytes for each line that has its own rules.
const maxPairs = 32 << 20

// pricing fills the table of a feed.
type pricing struct {
	*Fares
	feed     *feed
	rank     []int32 // of each class, from 1 for the cheapest
	zones    [][]int // of each area
	areasOf  [][]int // of each zone; of 0 all
	realEnds int     // areas that are those of stops; one more may be nowhere
}

// price makes the table. It goes from rules to rides: what a rule says is written
// wherever it applies and nothing cheaper stands.
func (f *feed) price() (*Fares, error) {
	lines, places := f.lines(), f.places()
	p := pricing{Fares: &Fares{lines: lines.named, places: places.named}, feed: f}
	p.rankClasses()
	p.placeAreas(places.areas)
	n := len(lines.rules)
	if p.areas > maxPairs || n > maxPairs/(p.areas*p.areas) {
		return nil, &Error{File: "fare_rules.txt", Reason: fmt.Errorf("tells fares of %d lines between %d areas, which is more than %d pairs", n, p.areas, maxPairs)}
	}
	p.fare, p.most, p.top = make([]int32, n*p.areas*p.areas), make([]int32, n*p.areas), make([]int32, n)
	for line, rules := range lines.rules {
		for _, at := range p.distinct(rules) {
			p.apply(line, at)
		}
		p.highest(line)
	}
	return p.Fares, nil
}

// rankClasses orders fares by price. Of the same price they are one.
func (p *pricing) rankClasses() {
	at := map[int64]int32{}
	for _, c := range p.feed.classes {
		p.classes = append(p.classes, c.Class)
		at[c.Price.Minor] = 0
	}
	for i, minor := range slices.Sorted(maps.Keys(at)) {
		at[minor] = int32(i + 1)
		p.prices = append(p.prices, money.Amount{Minor: minor, Currency: p.classes[0].Price.Currency})
	}
	for _, c := range p.classes {
		p.rank = append(p.rank, at[c.Price.Minor])
	}
}

// placeAreas adds nowhere, the area of an empty station, and finds the areas of
// each zone.
func (p *pricing) placeAreas(areas [][]int) {
	p.realEnds = len(areas)
	nowhere := slices.IndexFunc(areas, func(zones []int) bool { return len(zones) == 0 })
	if nowhere < 0 {
		nowhere, areas = len(areas), append(areas, nil)
	}
	p.places.at[""] = nowhere
	p.zones, p.areas, p.areasOf = areas, len(areas), make([][]int, len(p.feed.zones)+1)
	for area, zones := range areas {
		p.areasOf[0] = append(p.areasOf[0], area)
		for _, z := range zones {
			p.areasOf[z] = append(p.areasOf[z], area)
		}
	}
}

// distinct leaves of rules that ask the same only the cheapest, so that the work
// is bounded by the table and not by how often a feed says a thing.
func (p *pricing) distinct(rules []int) []int {
	type question struct {
		origin, destination int
		contains            string
	}
	best := map[question]int{}
	for _, at := range rules {
		r := p.feed.rules[at]
		q := question{origin: r.origin, destination: r.destination}
		if r.contains {
			q.contains = fmt.Sprint(p.feed.containing[at])
		}
		if was, there := best[q]; !there || p.rank[r.class-1] < p.rank[p.feed.rules[was].class-1] {
			best[q] = at
		}
	}
	return slices.Sorted(maps.Values(best))
}

// apply writes the fare of a rule wherever it applies.
func (p *pricing) apply(line, at int) {
	r := p.feed.rules[at]
	from, to := p.within(p.areasOf[r.origin], p.feed.containing[at]), p.within(p.areasOf[r.destination], p.feed.containing[at])
	for _, a := range from {
		row := p.fare[(line*p.areas+a)*p.areas:][:p.areas]
		for _, b := range to {
			if row[b] == 0 || p.rank[r.class-1] < row[b] {
				row[b] = p.rank[r.class-1]
			}
		}
	}
}

// within leaves the areas of which a zone is listed. No list leaves all.
func (p *pricing) within(areas, listed []int) []int {
	if listed == nil {
		return areas
	}
	return slices.DeleteFunc(slices.Clone(areas), func(area int) bool {
		return !slices.ContainsFunc(p.zones[area], func(z int) bool { _, in := slices.BinarySearch(listed, z); return in })
	})
}

// highest finds the highest fares of a line between real stations, and those of
// rides of which one end is nowhere.
func (p *pricing) highest(line int) {
	for a := range p.areas {
		for b := range p.realEnds {
			fare := max(p.fare[(line*p.areas+a)*p.areas+b], p.fare[(line*p.areas+b)*p.areas+a])
			p.most[line*p.areas+a] = max(p.most[line*p.areas+a], fare)
		}
		if a < p.realEnds {
			p.top[line] = max(p.top[line], p.most[line*p.areas+a])
		}
	}
}
