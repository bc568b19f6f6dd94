package pass_test

import (
	"os"
	"os/exec"
	"testing"
)

// Watches and cards are 32-bit ARM, pages WebAssembly.
func TestBuildsForSmallDevices(t *testing.T) {
	for _, target := range [][]string{{"GOOS=linux", "GOARCH=arm"}, {"GOOS=js", "GOARCH=wasm"}} {
		build := exec.Command("go", "build", ".")
		build.Env = append(append(os.Environ(), "CGO_ENABLED=0"), target...)
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", target, err, out)
		}
	}
}
