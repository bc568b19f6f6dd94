package gtfs_test

import (
	"os"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/paycode/paycode/gtfs"
)

// TestDocument: the feed of docs/fares.md is one, and costs what is told there.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/fares.md")
	if err != nil {
		t.Fatal(err)
	}
	feed := fstest.MapFS{}
	for _, file := range regexp.MustCompile("(?s)\\*\\*(\\w+\\.txt)\\*\\*[^\n]*\n\n```csv\n(.*?)```").FindAllSubmatch(text, -1) {
		feed[string(file[1])] = &fstest.MapFile{Data: file[2]}
	}
	f, err := gtfs.Read(feed)
	if err != nil || len(feed) != len(files) {
		t.Fatal(len(feed), err)
	}
	for _, c := range []struct{ line, from, to, want string }{
		{"L1", "Central", "Hill", "3.00 CNY"}, {"L1", "Central", "Port", "5.00 CNY"}, {"X", "Hill", "Port", "12.00 CNY"},
	} {
		if got := said(f.Fare(c.line, c.from, c.to)); got != c.want {
			t.Errorf("%s from %s to %s costs %s, want %s", c.line, c.from, c.to, got, c.want)
		}
	}
	if bus, alone := said(f.Max("Bus 7", "")), said(f.Max("L1", "Central")); bus != "2.00 CNY" || alone != "5.00 CNY" {
		t.Error(bus, alone)
	}
}
