package gtfs

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/paycode/paycode/money"
)

// unique is an identifier that no record before has.
func (t *table) unique(column string, known index) string {
	id := strings.Clone(t.needed(column))
	if _, isNew := known.add(id); !isNew {
		t.fail(column, "%q stands in this file already", id)
	}
	return id
}

// refers is where the record stands that a value names; 0 for an empty value.
func (t *table) refers(column string, known index, what string) int {
	id := t.text(column)
	at, there := known[id]
	if !there && id != "" {
		t.fail(column, "%q is no %s of this feed", id, what)
	}
	return at
}

func (f *feed) addAgency(t *table) {
	id := t.text("agency_id")
	if _, isNew := f.agencies.add(id); !isNew {
		t.fail("agency_id", "%q stands in this file already", id)
	}
}

// agency is that of a route or fare, which must name it where there are several.
func (f *feed) agency(t *table) int {
	at := t.refers("agency_id", f.agencies, "agency")
	if at == 0 && len(f.agencies) > 1 {
		t.fail("agency_id", "is empty, and there are %d agencies", len(f.agencies))
	}
	return cmp.Or(at, 1)
}

func (f *feed) addStop(t *table) {
	s := stop{id: t.unique("stop_id", f.stopAt), name: t.kept("stop_name"), kind: t.number("location_type", kindBoardingArea, kindPlatform)}
	if zone := t.text("zone_id"); zone != "" {
		s.zone, _ = f.zones.add(zone)
	}
	if p := t.kept("parent_station"); p != "" {
		f.parents = append(f.parents, parent{len(f.stops), p, t.at("parent_station")})
	} else if s.kind > kindStation {
		t.fail("parent_station", "is empty, which location_type %d does not allow", s.kind)
	}
	f.stops = append(f.stops, s)
}

// join finds the parents of stops, which are one step up only: so there is no circle.
func (f *feed) join() error {
	for _, p := range f.parents {
		at, s := f.stopAt[p.id], &f.stops[p.of]
		want := kindStation
		if s.kind == kindBoardingArea {
			want = kindPlatform
		}
		switch {
		case at == 0:
			p.at.Reason = fmt.Errorf("%q is no stop of this feed", p.id)
		case s.kind == kindStation:
			p.at.Reason = errors.New("must be empty for a station")
		case f.stops[at-1].kind != want:
			p.at.Reason = fmt.Errorf("%q has location_type %d, not %d", p.id, f.stops[at-1].kind, want)
		default:
			s.parent = at
			continue
		}
		return &p.at
	}
	return nil
}

func (f *feed) addRoute(t *table) {
	f.routes = append(f.routes, route{t.unique("route_id", f.routeAt), t.kept("route_short_name"), t.kept("route_long_name"), f.agency(t)})
}

func (f *feed) addClass(t *table) {
	c := class{Class{t.unique("fare_id", f.classAt), t.price(), t.number("transfers", 1000, -1), t.number("transfer_duration", 1<<30, 0)}, f.agency(t)}
	if len(f.classes) > 0 && f.classes[0].Price.Currency != c.Price.Currency {
		t.fail("currency_type", "is %s, and fares before are in %s: rides are charged in one currency", c.Price.Currency, f.classes[0].Price.Currency)
	}
	f.classes = append(f.classes, c)
}

// price is read without a fraction in between. Zeros beyond the minor unit mean
// nothing: some feeds write 1.500000.
func (t *table) price() money.Amount {
	currency, err := money.ParseCurrency(t.needed("currency_type"))
	if err != nil {
		t.fail("currency_type", "%w", err)
		return money.Amount{}
	}
	text := t.needed("price")
	decimal := text
	if whole, part, ok := strings.Cut(text, "."); ok && len(part) > currency.Exponent() {
		decimal = whole + "." + part[:currency.Exponent()] + strings.TrimRight(part[currency.Exponent():], "0")
	}
	price, err := money.ParseDecimal(decimal, currency)
	if err != nil {
		t.fail("price", "%w", err)
	} else if price.Minor > money.MaxMinor {
		t.fail("price", "is more than one payment may be: %s", price)
	}
	return price
}

func (f *feed) addRule(t *table) {
	if t.needed("fare_id") == "" {
		return
	}
	r := asks{
		class: t.refers("fare_id", f.classAt, "fare"), route: t.refers("route_id", f.routeAt, "route"),
		origin: t.refers("origin_id", f.zones, "stop's zone"), destination: t.refers("destination_id", f.zones, "stop's zone"),
	}
	passed := t.refers("contains_id", f.zones, "stop's zone")
	r.contains = passed != 0
	if r.route != 0 && t.err == nil && f.routes[r.route-1].agency != f.classes[r.class-1].agency {
		t.fail("route_id", "%q is of another agency than the fare", f.routes[r.route-1].id)
	}
	at, known := f.ruleAt[r]
	if !known {
		at = len(f.rules)
		f.ruleAt[r], f.rules, f.containing = at, append(f.rules, r), append(f.containing, nil)
	}
	if r.contains {
		f.containing[at] = append(f.containing[at], passed)
	}
}

// complete gives fares their rules where the feed has none. A fare that no rule
// names is refused where others are named: the reference does not say whether it
// applies to nothing or, as some programs have it, to everything, where it would
// make every ride as cheap as a child's ticket.
func (f *feed) complete() error {
	ruled := make([]bool, len(f.classes)+1)
	for _, r := range f.rules {
		ruled[r.class] = true
	}
	for i, c := range f.classes {
		if len(f.rules) > 0 && !ruled[i+1] {
			return &Error{File: "fare_rules.txt", Reason: fmt.Errorf("has no record for fare %q: say for which rides it is (with fare_id alone: for all), or take it out of fare_attributes.txt", c.ID)}
		}
	}
	if len(f.rules) == 0 {
		for i := range f.classes {
			f.rules, f.containing = append(f.rules, asks{class: i + 1}), append(f.containing, nil)
		}
	}
	return nil
}
