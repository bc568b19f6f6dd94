package gtfs

import (
	"cmp"
	"fmt"
	"slices"
)

// lines are the routes of a feed, by what their rides cost: routes for which the
// same rules hold are one line.
type lines struct {
	named
	rules [][]int // of each line, in feed.rules
}

// lines finds the rules of every route.
func (f *feed) lines() lines {
	for _, zones := range f.containing {
		slices.Sort(zones)
	}
	everywhere := make([][]int, len(f.agencies)+1) // rules for every route of an agency
	own := make([][]int, len(f.routes))
	for i, r := range f.rules {
		if r.route == 0 {
			agency := f.classes[r.class-1].agency
			everywhere[agency] = append(everywhere[agency], i)
		} else {
			own[r.route-1] = append(own[r.route-1], i)
		}
	}
	l, lineAt := lines{}, index{}
	names := naming{map[string]int{}, map[string][]string{}}
	for i, r := range f.routes {
		slices.SortFunc(own[i], f.compare)
		key := fmt.Append(nil, r.agency)
		for _, at := range own[i] {
			rule := f.rules[at]
			rule.route = 0 // what differs between routes with the same fares
			key = fmt.Append(key, rule, f.containing[at])
		}
		at, isNew := lineAt.add(string(key))
		if isNew {
			l.rules = append(l.rules, slices.Concat(everywhere[r.agency], own[i]))
		}
		names.add(r.id, at-1, r.short, r.long)
	}
	l.named = names.resolve()
	return l
}

// compare orders rules of one route, whatever their order in the file.
func (f *feed) compare(a, b int) int {
	x, y := f.rules[a], f.rules[b]
	return cmp.Or(cmp.Compare(x.class, y.class), cmp.Compare(x.origin, y.origin), cmp.Compare(x.destination, y.destination),
		cmp.Compare(len(f.containing[a]), len(f.containing[b])))
}
