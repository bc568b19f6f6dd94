package gtfs_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paycode/paycode/gtfs"
)

func BenchmarkFare(b *testing.B) {
	f := open(b, "testdata/metro")
	b.ReportAllocs()
	for b.Loop() {
		f.Fare("L1", "Central", "Airport")
	}
}

// BenchmarkRead reads a network of 500 stations with a fare for each pair, as
// metros have that charge by distance: 250 000 rules.
func BenchmarkRead(b *testing.B) {
	const stations = 500
	var stops, attributes, rules strings.Builder
	stops.WriteString("stop_id,zone_id\n")
	attributes.WriteString("fare_id,price,currency_type\n")
	rules.WriteString("fare_id,origin_id,destination_id\n")
	for i := range stations {
		fmt.Fprintf(&stops, "stop%d,%d\n", i, i)
		for j := range stations {
			fmt.Fprintf(&rules, "%d,%d,%d\n", max(i-j, j-i)/25, i, j)
		}
	}
	for i := range stations / 25 {
		fmt.Fprintf(&attributes, "%d,%d.00,CNY\n", i, 2+i)
	}
	feed := fstest.MapFS{
		"agency.txt": {Data: []byte("agency_name\nOne")}, "routes.txt": {Data: []byte("route_id\nL1")},
		"stops.txt": {Data: []byte(stops.String())}, "fare_attributes.txt": {Data: []byte(attributes.String())}, "fare_rules.txt": {Data: []byte(rules.String())},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gtfs.Read(feed); err != nil {
			b.Fatal(err)
		}
	}
}
