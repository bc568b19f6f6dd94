package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Condition is one of the circumstances without which figures say nothing.
type Condition struct{ Name, Value string }

// Machine is what can be said of this machine and this program.
func Machine() []Condition {
	all := []Condition{
		{"processor", fmt.Sprintf("%s, %d usable", fileField("/proc/cpuinfo", "model name", runtime.GOARCH), runtime.NumCPU())},
		{"memory", fileField("/proc/meminfo", "MemTotal", "unknown")},
		{"system", strings.TrimSpace(runtime.GOOS + " " + firstLine("/proc/sys/kernel/osrelease"))},
		{"go", runtime.Version()},
	}
	if b, ok := debug.ReadBuildInfo(); ok {
		all = append(all, Condition{"paycode", versionOf(b)})
	}
	return all
}

func versionOf(b *debug.BuildInfo) string {
	version := b.Main.Version
	for _, s := range b.Settings {
		switch {
		case s.Key == "vcs.revision" && !strings.Contains(version, s.Value[:min(12, len(s.Value))]):
			version += " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true" && !strings.Contains(version, "dirty"):
			version += " with changes"
		}
	}
	return version
}

// fileField is the value of the first "name : value" line of a file, or instead.
func fileField(path, name, instead string) string {
	f, err := os.Open(path)
	if err != nil {
		return instead
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if n, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(n) == name {
			return strings.TrimSpace(value)
		}
	}
	return instead
}

func firstLine(path string) string {
	b, _ := os.ReadFile(path) // what cannot be said is left out
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}
