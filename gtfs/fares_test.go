package gtfs_test

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/gtfs"
	"github.com/paycode/paycode/money"
)

// said is how tests write what Fare and Max answer.
func said(a money.Amount, known bool) string {
	if !known {
		return "unknown"
	}
	return a.String()
}

func open(t testing.TB, path string) *gtfs.Fares {
	t.Helper()
	f, err := gtfs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSampleFeed: the sample feed that was published with the specification,
// where fares depend on the route alone, and one route has none.
func TestSampleFeed(t *testing.T) {
	f := open(t, "testdata/sample-feed")
	for _, c := range []struct{ line, from, to, want string }{
		{"AB", "BEATTY_AIRPORT", "BULLFROG", "1.25 USD"},
		{"AB", "", "", "1.25 USD"},
		{"10", "Bullfrog (Demo)", "Nye County Airport (Demo)", "1.25 USD"},
		{"Airport - Amargosa Valley", "BEATTY_AIRPORT", "AMV", "5.25 USD"},
		{"CITY", "NADAV", "EMSI", "unknown"},
		{"60", "NADAV", "EMSI", "unknown"},
		{"10", "bullfrog (demo)", "EMSI", "unknown"},
		{"10", "BULLFROG", "NOWHERE", "unknown"},
		{"", "BULLFROG", "EMSI", "unknown"},
	} {
		if got := said(f.Fare(c.line, c.from, c.to)); got != c.want {
			t.Errorf("%s from %s to %s costs %s, want %s", c.line, c.from, c.to, got, c.want)
		}
	}
	want := []gtfs.Class{{ID: "p", Price: money.Amount{Minor: 125, Currency: "USD"}}, {ID: "a", Price: money.Amount{Minor: 525, Currency: "USD"}}}
	if diff := cmp.Diff(want, f.Classes()); diff != "" || f.Currency() != "USD" {
		t.Error(f.Currency(), diff)
	}
}

// TestMetro: a feed with zones, stations, two agencies, and names that need care.
func TestMetro(t *testing.T) {
	f := open(t, "testdata/metro")
	for _, c := range []struct{ line, from, to, want string }{
		{"L1", "C1", "C2", "3.00 CNY"},                                // in a zone
		{"L1", "Central", `Hill, "Old Town"`, "5.00 CNY"},             // between two
		{"L1", "Harbour", "Central", "3.00 CNY"},                      // a station on the border is in both
		{"L1", "Harbour", "O", "3.00 CNY"},                            //
		{"L1", "H1", "O", "5.00 CNY"},                                 // but a platform is where it is
		{"L1", "Airport", "A1-b", "5.00 CNY"},                         // a zone without a rule of its own
		{"Line 2", "O", "O", "3.00 CNY"},                              //
		{"XP", "Central", "Airport", "25.00 CNY"},                     // zone 3 is none of those that contain
		{"XP", "Central", "O", "12.50 CNY"},                           // both ends are
		{"X", "Central", "Central", "12.50 CNY"},                      // whether it left zone 1 nobody knows
		{"X", "C", "Depot", "25.00 CNY"},                              // without a zone
		{"Ring", "C1", "C1", "2.00 CNY"},                              // two routes of one name, and of one price
		{"B2", "C1", "A", "4.00 CNY"},                                 //
		{"B2", "A-x", "A1-b", "4.00 CNY"},                             // an entrance and a boarding area
		{"1", "C1", "C1", "unknown"},                                  // metro or bus
		{"L1", "Market", "C1", "unknown"},                             // in zone 1 or in zone 2
		{"L1", "M2", "O", "3.00 CNY"},                                 // says which
		{"L1", "Exit A", "C1", "unknown"},                             // a name of an entrance is no station's
		{"L1", "Central", "", "5.00 CNY"}, {"L1", "", "", "5.00 CNY"}, // never less than it can be
	} {
		if got := said(f.Fare(c.line, c.from, c.to)); got != c.want {
			t.Errorf("%s from %s to %s costs %s, want %s", c.line, c.from, c.to, got, c.want)
		}
	}
	for _, c := range []struct{ line, station, want string }{
		{"L1", "Central", "5.00 CNY"}, {"XP", "O", "25.00 CNY"}, {"XP", "", "25.00 CNY"}, {"Ring", "", "4.00 CNY"}, {"Ring", "Market", "unknown"}, {"9", "", "unknown"},
	} {
		if got := said(f.Max(c.line, c.station)); got != c.want {
			t.Errorf("%s at %s costs %s at most, want %s", c.line, c.station, got, c.want)
		}
	}
	if c := f.Classes()[0]; c.ID != "short" || c.Transfers != -1 || c.TransferSeconds != 7200 {
		t.Errorf("%+v", c)
	}
}

func TestCheck(t *testing.T) {
	metro, sample := open(t, "testdata/metro"), open(t, "testdata/sample-feed")
	for _, c := range []struct {
		feed               *gtfs.Fares
		line, station, say string
	}{
		{metro, "L1", "Central", ""}, {metro, "Ring", "", ""},
		{metro, "1", "Central", `line: may be any of L1, B1, which`},
		{metro, "L1", "Market", `station: may be any of M1, M2, which`},
		{metro, "L9", "Central", `line: is not in the feed`},
		{metro, "L1", "Nowhere", `station: is not in the feed`},
		{sample, "CITY", "EMSI", `line: has no fare in the feed`},
	} {
		err := c.feed.Check(c.line, c.station)
		_, known := c.feed.Max(c.line, c.station)
		if (err == nil) != known || c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s at %s: %v, and the highest fare is known: %v", c.line, c.station, err, known)
		}
	}
}

// examples are those of the specification's page of fare examples.
func TestExamples(t *testing.T) {
	const routes = "route_id\nRoute_1\nRoute_2\nRoute_3"
	const zones = "stop_id,zone_id\nS1,1\nS2,2\nS3,3"
	for _, c := range []struct {
		name, attributes, rules string
		want                    []string // line from to fare
	}{
		{"1: all trips have the same fare", "only_fare,1.00,USD,0,", "", []string{"Route_1 S1 S2 1.00 USD"}},
		{"4: local and express routes", "local,1.75,USD,0,0\nexpress,5.00,USD,0,0", "local,Route_1,,,\nexpress,Route_2,,,\nexpress,Route_3,,,",
			[]string{"Route_1 S1 S1 1.75 USD", "Route_2 S1 S1 5.00 USD", "Route_3 S3 S1 5.00 USD"}},
		{"5: the least expensive applies", "plus,2.00,USD,0,\nsimple,1.75,USD,0,0", "", []string{"Route_1 S1 S2 1.75 USD"}},
		{"6: pairs of stations", "a,1.75,USD,0,\nb,3.25,USD,0,\nc,5.65,USD,0,", "a,,1,2,\nb,,1,3,\nc,,3,1,",
			[]string{"Route_1 S1 S2 1.75 USD", "Route_2 S1 S3 3.25 USD", "Route_1 S3 S1 5.65 USD", "Route_1 S2 S1 unknown"}},
		// Where the example looks at the zones between, the cheapest way that the ends allow counts.
		{"7: zones that are passed", "F1,4.15,USD,0,0\nF2,2.20,USD,0,0\nF4,2.95,USD,0,0\nF5,1.25,USD,0,0\nF6,1.95,USD,0,0",
			"F1,,,,1\nF1,,,,2\nF1,,,,3\nF2,,,,1\nF2,,,,2\nF4,,,,2\nF4,,,,3\nF5,,,,1\nF6,,,,2",
			[]string{"Route_1 S2 S3 2.95 USD", "Route_1 S1 S2 2.20 USD", "Route_1 S1 S1 1.25 USD", "Route_1 S1 S3 4.15 USD", "Route_1 S3 S3 2.95 USD"}},
	} {
		f, err := gtfs.Read(fstest.MapFS{
			"agency.txt": {Data: []byte("agency_name\nDemo")}, "stops.txt": {Data: []byte(zones)}, "routes.txt": {Data: []byte(routes)},
			"fare_attributes.txt": {Data: []byte("fare_id,price,currency_type,payment_method,transfers\n" + c.attributes)},
			"fare_rules.txt":      {Data: []byte("fare_id,route_id,origin_id,destination_id,contains_id\n" + c.rules)},
		})
		if err != nil {
			t.Fatal(c.name, err)
		}
		for _, want := range c.want {
			ride := strings.SplitN(want, " ", 4)
			if got := said(f.Fare(ride[0], ride[1], ride[2])); got != ride[3] {
				t.Errorf("%s: %s costs %s", c.name, want, got)
			}
		}
	}
}

// pack writes a feed as it is published.
func pack(t *testing.T, dir, under string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "feed.zip")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	z := zip.NewWriter(out)
	for _, name := range []string{"stops.txt", "agency.txt", "routes.txt", "fare_rules.txt", "fare_attributes.txt"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(under + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpen(t *testing.T) {
	if got := said(open(t, pack(t, "testdata/metro", "")).Fare("L1", "C1", "O")); got != "5.00 CNY" {
		t.Error(got)
	}
	for path, want := range map[string]string{
		pack(t, "testdata/metro", "feed/"): "agency.txt: file does not exist",
		"testdata":                         "agency.txt: file does not exist",
		"testdata/none.zip":                "no such file",
		"doc.go":                           "neither a directory nor a .zip",
	} {
		if _, err := gtfs.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// only fails for the files that a feed is large because of.
type only struct{ fs.FS }

func (o only) Open(name string) (fs.File, error) {
	switch name {
	case "stop_times.txt", "shapes.txt", "trips.txt":
		panic(name + " was opened")
	}
	return o.FS.Open(name)
}

func TestTimetablesAreNotRead(t *testing.T) {
	if _, err := gtfs.Read(only{os.DirFS("testdata/metro")}); err != nil {
		t.Error(err)
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	f := open(t, "testdata/metro")
	if n := testing.AllocsPerRun(100, func() { f.Fare("L1", "Central", "O"); f.Max("XP", "Central") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
