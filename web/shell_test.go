package web

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// versionOf loads the tree, with some files in place of those in it, and answers a stamped service worker.
func versionOf(t *testing.T, worker string, replaced fstest.MapFS) string {
	t.Helper()
	pages := map[string]*file{}
	for _, from := range []fs.FS{files, replaced} {
		if err := load(pages, from, "/"); err != nil {
			t.Fatal(err)
		}
	}
	if err := stampShells(pages); err != nil {
		t.Fatal(err)
	}
	return string(pages[worker].plain)
}

func TestShellVersionFollowsItsFiles(t *testing.T) {
	for worker, moves := range map[string]map[string]bool{
		"/wallet/sw.js": {
			"wallet/wallet.js": true, "wallet/index.html": true, "base.css": true, "shell.js": true,
			"cashier/index.html": false, "vendor/barcode-detector.js": false,
		},
		"/cashier/sw.js": {
			"cashier/cashier.js": true, "cashier/index.html": true, "base.css": true, "shell.js": true, "vendor/barcode-detector.js": true,
			"wallet/wallet.js": false, "wallet/index.html": false,
		},
	} {
		now := versionOf(t, worker, nil)
		if bytes.Contains([]byte(now), versionLine(worker, unstamped)) {
			t.Errorf("%s: the version was not written", worker)
		}
		if versionOf(t, worker, nil) != now {
			t.Errorf("%s: the same files have two versions", worker)
		}
		for name, moves := range moves {
			changed := versionOf(t, worker, fstest.MapFS{name: {Data: []byte("changed")}})
			if got := changed != now; got != moves {
				t.Errorf("%s: changing %s changes the version: %t, want %t", worker, name, got, moves)
			}
		}
	}
}

func TestShellWithoutVersionLine(t *testing.T) {
	for _, pages := range []map[string]*file{{}, {workers[0]: {plain: []byte("const VERSION = 'mine';")}}} {
		if err := stampShells(pages); err == nil {
			t.Error("no error")
		}
	}
}

// TestTillOpensWithoutNetwork: all that the cashier page brings along is kept, the
// camera's reader included.
func TestTillOpensWithoutNetwork(t *testing.T) {
	pages, err := loadAll()
	if err != nil {
		t.Fatal(err)
	}
	kept := pages["/cashier/sw.js"].plain
	wanted, seen := []string{"/cashier/index.html"}, map[string]bool{}
	for len(wanted) > 0 {
		name := wanted[0]
		wanted = wanted[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		if !bytes.Contains(kept, []byte("'"+strings.TrimSuffix(name, "index.html")+"'")) {
			t.Errorf("%s is not kept", name)
		}
		wanted = append(wanted, brings(name, string(pages[name].plain))...)
	}
	if len(seen) < 30 {
		t.Errorf("only %d files were found", len(seen))
	}
}

// brings lists what a page or module brings along.
func brings(name, text string) (all []string) {
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		target := m[1] + m[2]
		if strings.HasPrefix(target, ".") {
			target = resolve(name, target)
		}
		if !strings.HasPrefix(target, "/") || strings.HasSuffix(target, "/sw.js") || strings.HasPrefix(name, "/vendor/") {
			continue
		}
		all = append(all, target)
	}
	return all
}
