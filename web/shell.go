package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// workers are the service workers, each beside the page that it keeps.
var workers = []string{"/wallet/sw.js", "/cashier/sw.js"}

// versionLine is what a worker says of its version: in the source tree, and with a stamp.
func versionLine(worker, stamp string) []byte {
	return fmt.Appendf(nil, "const VERSION = '%s-%s';", path.Base(path.Dir(worker)), stamp)
}

const unstamped = "unstamped"

// stampShells writes into each service worker a version that follows from the
// bytes of every file that it names. A browser looks for a new service worker by
// comparing this one file: without the stamp, phones would go on for ever with
// the files of their first visit.
func stampShells(pages map[string]*file) error {
	for _, worker := range workers {
		if err := stampShell(pages, worker); err != nil {
			return err
		}
	}
	return nil
}

func stampShell(pages map[string]*file, worker string) error {
	sw, ok := pages[worker]
	if !ok || !bytes.Contains(sw.plain, versionLine(worker, unstamped)) {
		return fmt.Errorf("web: %s has no version line to stamp", worker)
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		listed := "'" + strings.TrimSuffix(name, "index.html") + "'"
		if name == worker || bytes.Contains(sw.plain, []byte(listed)) {
			fmt.Fprintln(sum, name, pages[name].tag)
		}
	}
	body := bytes.Replace(sw.plain, versionLine(worker, unstamped), versionLine(worker, hex.EncodeToString(sum.Sum(nil)[:8])), 1)
	var err error
	pages[worker], err = newFile(sw.contentType, body)
	return err
}
