package gtfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paycode/paycode/gtfs"
)

// files are those of a feed that is read.
var files = []string{"agency.txt", "stops.txt", "routes.txt", "fare_attributes.txt", "fare_rules.txt"}

// metro is the feed with zones, in memory, to be spoilt.
func metro(t testing.TB) fstest.MapFS {
	t.Helper()
	feed := fstest.MapFS{}
	for _, name := range files {
		data, err := os.ReadFile("testdata/metro/" + name)
		if err != nil {
			t.Fatal(err)
		}
		feed[name] = &fstest.MapFile{Data: bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))}
	}
	return feed
}

func TestRejects(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{"stops.txt", "stop_id", "Stop_ID", `stops.txt:1: stop_id: this column is missing`},
		{"stops.txt", "wheelchair_boarding", "zone_id", `stops.txt:1: zone_id: this column stands there twice`},
		{"stops.txt", `"Hill, ""Old Town"""`, `Hill, Old Town`, `stops.txt:8:23: has 7 values for 6 columns`},
		{"stops.txt", `"Hill, ""Old Town"""`, `"Hill`, `extraneous or missing " in quoted-field`},
		{"stops.txt", "Depot,D", `Depot,"D`, `stops.txt:`},
		{"stops.txt", "Depot,D", "Depot,", `stops.txt:15:7: stop_id: is empty`},
		{"stops.txt", "Depot,D", "Depot,M2", `stops.txt:15:7: stop_id: "M2" stands in this file already`},
		{"stops.txt", "Depot,D", "Depot,\xff", `stops.txt:15:7: stop_id: must be UTF-8`},
		{"stops.txt", "Depot,D", "De\tpot,D", `stops.txt:15:1: stop_name: must not hold control characters`},
		{"stops.txt", "Depot,D", strings.Repeat("x", 256) + ",D", `stops.txt:15:1: stop_name: must have 0 to 255 characters`},
		{"stops.txt", "Depot,D", "Depot,D,,5", `stops.txt:15:10: location_type: must be a whole number from 0 to 4, not "5"`},
		{"stops.txt", "Depot,D", "Depot,D,,-1", `location_type: must be a whole number`},
		{"stops.txt", "Depot,D", "Depot,D,,2", `stops.txt:15: parent_station: is empty, which location_type 2 does not allow`},
		{"stops.txt", "Depot,D", "Depot,D,,,D", `stops.txt:15:11: parent_station: "D" has location_type 0, not 1`},
		{"stops.txt", "Depot,D", "Depot,D,,1,C", `parent_station: must be empty for a station`},
		{"stops.txt", "Depot,D", "Depot,D,,4,C", `parent_station: "C" has location_type 1, not 0`},
		{"stops.txt", "Depot,D", "Depot,D,,,X", `parent_station: "X" is no stop of this feed`},
		{"routes.txt", "B1,bus", "B1,tram", `routes.txt:5:4: agency_id: "tram" is no agency of this feed`},
		{"routes.txt", "B1,bus", "B1,", `routes.txt:5:4: agency_id: is empty, and there are 2 agencies`},
		{"routes.txt", "B1,bus", "L1,bus", `route_id: "L1" stands in this file already`},
		{"agency.txt", "bus,City", "metro,City", `agency.txt:3:1: agency_id: "metro" stands in this file already`},
		{"fare_attributes.txt", "12.5,", "12.505,", `fare_attributes.txt:5:15: price: money: not an amount of CNY: "12.505"`},
		{"fare_attributes.txt", "12.5,", "-12.5,", `price: money: not an amount`},
		{"fare_attributes.txt", "12.5,", ".5,", `price: money: not an amount`},
		{"fare_attributes.txt", "12.5,", "1e3,", `price: money: not an amount`},
		{"fare_attributes.txt", "12.5,", "12.5.000,", `price: money: not an amount`},
		{"fare_attributes.txt", "12.5,", ",", `price: is empty`},
		{"fare_attributes.txt", "12.5,", "10000000000.01,", `price: is more than one payment may be: 10000000000.01 CNY`},
		{"fare_attributes.txt", "12.5,", "99999999999999999999,", `price: money: not an amount`},
		{"fare_attributes.txt", "12.5,CNY", "12.5,cny", `currency_type: money: not a known ISO 4217`},
		{"fare_attributes.txt", "12.5,CNY", "12.5,EUR", `fare_attributes.txt:5:20: currency_type: is EUR, and fares before are in CNY`},
		{"fare_attributes.txt", "12.5,CNY,1,0", "12.5,CNY,1,many", `transfers: must be a whole number`},
		{"fare_attributes.txt", "5400", "-1", `transfer_duration: must be a whole number`},
		{"fare_attributes.txt", "express-short,", "express,", `fare_id: "express" stands in this file already`},
		{"fare_attributes.txt", "0,bus,\n", "0,,\n", `agency_id: is empty, and there are 2 agencies`},
		{"fare_rules.txt", "bus,,1,1", "tram,,1,1", `fare_rules.txt:11:1: fare_id: "tram" is no fare of this feed`},
		{"fare_rules.txt", "bus,,1,1", ",,1,1", `fare_rules.txt:11:1: fare_id: is empty`},
		{"fare_rules.txt", "short,L1,1,1", "short,L9,1,1", `fare_rules.txt:2:7: route_id: "L9" is no route of this feed`},
		{"fare_rules.txt", "short,L1,1,1", "short,L1,1,7", `fare_rules.txt:2:12: destination_id: "7" is no stop's zone of this feed`},
		{"fare_rules.txt", "short,L1,1,1", "short,L1,7,1", `origin_id: "7" is no stop's zone of this feed`},
		{"fare_rules.txt", "short,L1,1,1,", "short,L1,1,1,7", `contains_id: "7" is no stop's zone of this feed`},
		{"fare_rules.txt", "short,L1,1,1", "short,B1,1,1", `route_id: "B1" is of another agency than the fare`},
		{"fare_rules.txt", "bus-far,,,,\n", "", `fare_rules.txt: has no record for fare "bus-far"`},
	} {
		feed := metro(t)
		whole := string(feed[c.file].Data)
		spoilt := strings.Replace(whole, c.old, c.new, 1)
		if spoilt == whole {
			t.Errorf("%s has no %q", c.file, c.old)
		}
		feed[c.file].Data = []byte(spoilt)
		f, err := gtfs.Read(feed)
		var where *gtfs.Error
		if f != nil || !errors.As(err, &where) || where.File != c.file || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q instead of %q:\n got  %v\n want %s", c.new, c.old, err, c.want)
		}
	}
}

// TestMissingFiles: all but fare_rules.txt are needed, with records in them.
func TestMissingFiles(t *testing.T) {
	for _, name := range files {
		feed := metro(t)
		header, _, _ := bytes.Cut(feed[name].Data, []byte("\n"))
		for what, file := range map[string]*fstest.MapFile{"missing": nil, "empty": {}, "header": {Data: header}, "directory": {Mode: fs.ModeDir}} {
			if delete(feed, name); file != nil {
				feed[name] = file
			}
			_, err := gtfs.Read(feed)
			optional := name == "fare_rules.txt" && (what == "missing" || what == "header")
			if (err == nil) != optional || err != nil && !strings.HasPrefix(err.Error(), name+":") {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
	feed := metro(t)
	delete(feed, "fare_attributes.txt")
	feed["fare_products.txt"] = &fstest.MapFile{}
	if _, err := gtfs.Read(feed); err == nil || !strings.Contains(err.Error(), "Fares V2") {
		t.Error(err)
	}
}

// TestTooManyPairs: a feed whose table would not fit is refused before it is made.
func TestTooManyPairs(t *testing.T) {
	feed := metro(t)
	var stops, rules strings.Builder
	stops.WriteString("stop_id,zone_id\n")
	rules.WriteString("fare_id,origin_id\n")
	for i := range 7000 {
		fmt.Fprintf(&stops, "%d,%d\n", i, i)
		for _, fare := range []string{"short", "long", "express", "express-short", "bus", "bus-far"} {
			fmt.Fprintf(&rules, "%s,%d\n", fare, i)
		}
	}
	feed["stops.txt"].Data, feed["fare_rules.txt"].Data = []byte(stops.String()), []byte(rules.String())
	if _, err := gtfs.Read(feed); err == nil || !strings.Contains(err.Error(), "tells fares of 2 lines between 7001 areas") {
		t.Error(err)
	}
}
