package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mostBytes is what the program may come to on 32-bit ARM: more, and somebody
// has brought in what a watch has no room for.
const mostBytes = 5 << 20

var showed = regexp.MustCompile(`(?m)^code +70\d{16}\t\S+ each\npresentation +PP1:`)

// A watch is 32-bit ARM of any age; a page or a runtime of its maker, WebAssembly.
func TestRunsOnSmallDevices(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	node := []string{"node", filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec_node.js")}
	for _, target := range []struct {
		env []string
		run []string // what runs it here; nil to build it only
	}{
		{[]string{"GOOS=linux", "GOARCH=arm", "GOARM=5"}, []string{"qemu-arm-static"}},
		{[]string{"GOOS=linux", "GOARCH=arm", "GOARM=6"}, nil},
		{[]string{"GOOS=linux", "GOARCH=arm", "GOARM=7"}, []string{"qemu-arm-static"}},
		{[]string{"GOOS=js", "GOARCH=wasm"}, node},
		{[]string{"GOOS=wasip1", "GOARCH=wasm"}, nil},
	} {
		t.Run(strings.Join(target.env, ","), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "watch")
			build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, ".")
			build.Env = append(append(os.Environ(), "CGO_ENABLED=0"), target.env...)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(target.env[1], "arm") && info.Size() > mostBytes {
				t.Errorf("%d bytes, more than %d", info.Size(), mostBytes)
			}
			if target.run == nil {
				return
			}
			out, err := exec.Command(target.run[0], append(target.run[1:], file)...).CombinedOutput()
			if err != nil || !showed.Match(out) {
				t.Errorf("%v: %v\n%s", target.run, err, out)
			}
			t.Logf("%d bytes\n%s", info.Size(), out)
		})
	}
}

// The program brings in the code core and nothing that needs a network.
func TestLinksTheCoreOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if p == "net" || p == "net/http" || p == "crypto/tls" {
			t.Errorf("it links %s", p)
		}
	}
}
