package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The wallet's service worker and the version it has in the source tree.
const (
	worker          = "/wallet/sw.js"
	unstampedLine   = "const VERSION = 'wallet-unstamped';"
	stampedLineForm = "const VERSION = 'wallet-%s';"
)

// stampShell writes into the wallet's service worker a version that follows from
// the bytes of every file that it names. A browser looks for a new service worker
// by comparing this one file: without the stamp, phones would go on for ever with
// the files of their first visit.
func stampShell(pages map[string]*file) error {
	sw, ok := pages[worker]
	if !ok || !bytes.Contains(sw.plain, []byte(unstampedLine)) {
		return errors.New("web: the service worker has no version line to stamp")
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		listed := "'" + strings.TrimSuffix(name, "index.html") + "'"
		if name == worker || bytes.Contains(sw.plain, []byte(listed)) {
			fmt.Fprintln(sum, name, pages[name].tag)
		}
	}
	stamped := fmt.Sprintf(stampedLineForm, hex.EncodeToString(sum.Sum(nil)[:8]))
	body := bytes.Replace(sw.plain, []byte(unstampedLine), []byte(stamped), 1)
	var err error
	pages[worker], err = newFile(sw.contentType, body)
	return err
}
