package gtfs_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paycode/paycode/gtfs"
)

// record is one of fare_rules.txt: what a fare, by its place, asks for. "" asks for nothing.
type record struct {
	fare                       int
	route, origin, destination string
	contains                   string
}

// cheapest is the definition, written out: of the prices of all fares of which a
// rule applies, the lowest. -1 where there is none.
func cheapest(records []record, prices []int, route, from, to string) int {
	best := -1
	for _, r := range records {
		applies := (r.route == "" || r.route == route) && (r.origin == "" || r.origin == from) && (r.destination == "" || r.destination == to)
		if applies && r.contains != "" {
			var begins, ends bool
			for _, s := range records {
				if s.fare == r.fare && s.route == r.route && s.origin == r.origin && s.destination == r.destination {
					begins, ends = begins || s.contains == from && from != "", ends || s.contains == to && to != ""
				}
			}
			applies = begins && ends
		}
		if applies && (best < 0 || prices[r.fare] < best) {
			best = prices[r.fare]
		}
	}
	return best
}

// TestDefinition holds the table to the definition in feeds that chance makes.
func TestDefinition(t *testing.T) {
	zones, routes := []string{"", "1", "2", "3", "4"}, []string{"", "A", "B", "C"}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		oneOf := func(all []string) string {
			if r.IntN(3) == 0 {
				return ""
			}
			return all[r.IntN(len(all))]
		}
		prices := make([]int, 1+r.IntN(4))
		var attributes, rules strings.Builder
		for i := range prices {
			prices[i] = 100 + r.IntN(4)
			fmt.Fprintf(&attributes, "%d,1.0%d,CNY\n", i, prices[i]-100)
		}
		var records []record
		for i := range len(prices) + r.IntN(12) {
			rec := record{i % len(prices), oneOf(routes), oneOf(zones), oneOf(zones), oneOf([]string{"", "", "", "1", "2", "3"})}
			records = append(records, rec)
			fmt.Fprintf(&rules, "%d,%s,%s,%s,%s\n", rec.fare, rec.route, rec.origin, rec.destination, rec.contains)
		}
		f, err := gtfs.Read(fstest.MapFS{
			"agency.txt": {Data: []byte("agency_name\nOne")}, "routes.txt": {Data: []byte("route_id\nA\nB\nC")},
			"stops.txt":           {Data: []byte("stop_id,zone_id\ns,\ns1,1\ns2,2\ns3,3\ns4,4")},
			"fare_attributes.txt": {Data: []byte("fare_id,price,currency_type\n" + attributes.String())},
			"fare_rules.txt":      {Data: []byte("fare_id,route_id,origin_id,destination_id,contains_id\n" + rules.String())},
		})
		if err != nil {
			t.Fatal(seed, err)
		}
		for _, route := range routes[1:] {
			top := -1
			for _, from := range zones {
				most := -1
				for _, to := range zones {
					fare := cheapest(records, prices, route, from, to)
					most = max(most, fare, cheapest(records, prices, route, to, from))
					if got, known := f.Fare(route, "s"+from, "s"+to); known != (fare >= 0) || known && got.Minor != int64(fare) {
						t.Fatalf("seed %d: %s from %q to %q costs %v, %v, want %d\n%s\n%s", seed, route, from, to, got, known, fare, &attributes, &rules)
					}
				}
				if got, known := f.Max(route, "s"+from); known != (most >= 0) || known && got.Minor != int64(most) {
					t.Fatalf("seed %d: %s at %q costs at most %v, %v, want %d", seed, route, from, got, known, most)
				}
				top = max(top, most)
			}
			if got, known := f.Max(route, ""); known != (top >= 0) || known && got.Minor != int64(top) {
				t.Fatalf("seed %d: %s costs at most %v, %v, want %d", seed, route, got, known, top)
			}
		}
	}
}
