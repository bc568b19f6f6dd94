package paycode_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// module is the prefix of our own packages.
const module = "github.com/paycode/paycode"

// The floors of the house (ARCHITECTURE.md), each with the floors whose rooms
// its own rooms may use.
var floors = []struct {
	name  string
	rooms []string
	below []string
}{
	{"pure", []string{"", "vectors", "nfc", "emvqr", "ledger", "money", "ids", "bearer", "field", "terminal", "atomicfile", "clock", "pass", "otp", "gtfs", "platform", "sdk/js"}, nil},
	{"trades", []string{"payment", "statement", "settlement", "issuing", "outbox", "presence", "access", "webhook", "clearing"}, []string{"pure"}},
	{"store", []string{"store", "store/sqlite", "store/postgres", "store/postgres/pgtest", "store/storetest"}, []string{"pure", "trades"}},
	{"world", []string{"api", "api/alipay", "api/events", "api/wechat", "web"}, []string{"pure", "trades"}},
	{"parties", []string{"client", "wallet", "till", "gate", "gate/journal", "gate/denylist", "nfc/pcsc", "nfc/vpcd", "nfc/pcsc/pcsctest"}, []string{"pure"}},
	{"house", []string{"server", "demo", "bench", "bench/codes", "bench/fill", "bench/pgbench", "bench/report"}, []string{"pure", "trades", "store", "world", "parties"}},
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Doc  string
	Imports, GoFiles []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,GoFiles", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func roomOf(importPath string) (string, bool) {
	rest, ours := strings.CutPrefix(importPath, module)
	return strings.TrimPrefix(rest, "/"), ours
}

func floorOf(room string) string {
	for _, f := range floors {
		if slices.Contains(f.rooms, room) {
			return f.name
		}
	}
	return ""
}

func TestImportsPointDown(t *testing.T) {
	below := map[string][]string{}
	for _, f := range floors {
		below[f.name] = append(f.below, f.name)
	}
	for _, p := range packages(t) {
		room, _ := roomOf(p.ImportPath)
		floor := floorOf(room)
		if floor == "" {
			continue // commands and tests' own programs may use everything
		}
		for _, i := range p.Imports {
			used, ours := roomOf(i)
			if ours && !slices.Contains(below[floor], floorOf(used)) {
				t.Errorf("%s (floor %s) imports %s (floor %s)", room, floor, used, floorOf(used))
			}
		}
	}
}

func TestEveryPackageIsExplained(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
