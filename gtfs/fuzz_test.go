package gtfs_test

import (
	"errors"
	"os"
	"testing"
	"testing/fstest"

	"github.com/paycode/paycode/gtfs"
)

// Whatever a feed holds, it is read or refused with the file that is wrong; what
// is read prices no ride at less than nothing or more than Max.
func FuzzRead(f *testing.F) {
	for _, dir := range []string{"testdata/sample-feed/", "testdata/metro/"} {
		var seed [5][]byte
		for i, name := range files {
			data, err := os.ReadFile(dir + name)
			if err != nil {
				f.Fatal(err)
			}
			seed[i] = data
		}
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, agency, stops, routes, attributes, rules []byte) {
		feed := fstest.MapFS{}
		for i, data := range [][]byte{agency, stops, routes, attributes, rules} {
			feed[files[i]] = &fstest.MapFile{Data: data}
		}
		fares, err := gtfs.Read(feed)
		if err != nil {
			var where *gtfs.Error
			if fares != nil || !errors.As(err, &where) || where.File == "" {
				t.Fatalf("%v, %v", fares, err)
			}
			return
		}
		for _, line := range []string{"AB", "L1", "X", "Ring"} {
			for _, from := range []string{"C1", "Harbour", "BULLFROG"} {
				most, knownMost := fares.Max(line, from)
				for _, to := range []string{"O", "A", "AMV"} {
					fare, known := fares.Fare(line, from, to)
					if known && (!knownMost || fare.Minor < 0 || fare.Minor > most.Minor || fare.Currency != fares.Currency()) {
						t.Fatalf("%s from %s to %s costs %v, at most %v", line, from, to, fare, most)
					}
				}
			}
		}
	})
}
