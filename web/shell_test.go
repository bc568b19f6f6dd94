package web

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"
)

// versionOf loads the tree, with some files in place of those in it, and answers the stamped service worker.
func versionOf(t *testing.T, replaced fstest.MapFS) string {
	t.Helper()
	pages := map[string]*file{}
	for _, from := range []fs.FS{files, replaced} {
		if err := load(pages, from, "/"); err != nil {
			t.Fatal(err)
		}
	}
	if err := stampShell(pages); err != nil {
		t.Fatal(err)
	}
	return string(pages[worker].plain)
}

func TestShellVersionFollowsItsFiles(t *testing.T) {
	now := versionOf(t, nil)
	if bytes.Contains([]byte(now), []byte(unstampedLine)) {
		t.Error("the version was not written")
	}
	if versionOf(t, nil) != now {
		t.Error("the same files have two versions")
	}
	for _, tc := range []struct {
		name  string
		moves bool
	}{
		{"wallet/wallet.js", true},
		{"wallet/index.html", true},
		{"base.css", true},
		{"cashier/index.html", false},
		{"vendor/barcode-detector.js", false},
	} {
		changed := versionOf(t, fstest.MapFS{tc.name: {Data: []byte("changed")}})
		if got := changed != now; got != tc.moves {
			t.Errorf("changing %s changes the version: %t, want %t", tc.name, got, tc.moves)
		}
	}
}

func TestShellWithoutVersionLine(t *testing.T) {
	for _, pages := range []map[string]*file{{}, {worker: {plain: []byte("const VERSION = 'mine';")}}} {
		if err := stampShell(pages); err == nil {
			t.Error("no error")
		}
	}
}
