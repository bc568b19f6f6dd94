package main

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// deployed is the text of a file in deploy/.
func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", name))
	must(t, err)
	return string(text)
}

// understands fails unless the program takes these arguments with this
// environment, every variable of which must be some flag's.
func understands(t *testing.T, args []string, env map[string]string) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	parser, err := kong.New(&cli{}, defaults(), kong.DefaultEnvars("PAYCODE"))
	must(t, err)
	known := map[string]bool{}
	must(t, kong.Visit(parser.Model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok {
			for _, name := range f.Envs {
				known[name] = true
			}
		}
		return next(nil)
	}))
	for name := range env {
		if strings.HasPrefix(name, "PAYCODE_") && !known[name] {
			t.Errorf("%s is no flag's variable", name)
		}
	}
	if _, err := parser.Parse(args); err != nil {
		t.Errorf("paycode %s: %v", strings.Join(args, " "), err)
	}
}

// instructions are those of a Dockerfile, by their first word.
func instructions(t *testing.T) map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(deployed(t, "Dockerfile")) {
		if word, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok && word != "#" {
			all[word] = append(all[word], rest)
		}
	}
	return all
}

// words are those of the JSON array in an instruction.
func words(t *testing.T, instruction string) (all []string) {
	t.Helper()
	must(t, json.Unmarshal([]byte(instruction[strings.Index(instruction, "["):]), &all))
	return all
}

func variables(list string) map[string]string {
	all := map[string]string{}
	for _, pair := range strings.Fields(list) {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

func TestTheImageRuns(t *testing.T) {
	do := instructions(t)
	env := variables(do["ENV"][0])
	entry := words(t, do["ENTRYPOINT"][0])
	understands(t, append(entry[1:], words(t, do["CMD"][0])...), env)
	check := words(t, do["HEALTHCHECK"][0])
	understands(t, check[1:], nil)
	if entry[0] != check[0] || env["PAYCODE_LISTEN"] != ":"+do["EXPOSE"][0] {
		t.Errorf("entry %s, health check %s, listening on %s", entry, check, env["PAYCODE_LISTEN"])
	}
}

// TestTheImageIsBuilt runs the Dockerfile's own line. In an image from scratch
// there is nothing to link with.
func TestTheImageIsBuilt(t *testing.T) {
	dir := t.TempDir()
	lines := instructions(t)["RUN"]
	i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "go build") })
	build := exec.Command("sh", "-c", strings.ReplaceAll(lines[i], "/out", dir))
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", lines[i], err, out)
	}
	program := filepath.Join(dir, "paycode")
	file, err := elf.Open(program)
	must(t, err)
	defer file.Close()
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("it needs %v, %v", libraries, err)
	}
	run := exec.Command(program, "--help")
	run.Env = []string{}
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "admin") {
		t.Errorf("%v\n%s", err, out)
	}
}

// composition is what matters to us in compose.yaml.
type composition struct {
	Services map[string]struct {
		Environment map[string]string
		Volumes     []string
		DependsOn   map[string]any `yaml:"depends_on"`
		Command     []string
	}
	Volumes map[string]any
}

func TestCompose(t *testing.T) {
	var c composition
	must(t, yaml.Unmarshal([]byte(deployed(t, "compose.yaml")), &c))
	image := variables(instructions(t)["ENV"][0])
	servers := 0
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, err := os.Stat(filepath.Join("../../deploy", source)); strings.HasPrefix(source, ".") && err != nil {
				t.Errorf("%s: %v", name, err)
			} else if _, ok := c.Volumes[source]; !strings.HasPrefix(source, ".") && !ok {
				t.Errorf("%s: no volume %s", name, source)
			}
		}
		for other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s", name, other)
			}
		}
		if strings.HasPrefix(name, "paycode") {
			servers++
			env := map[string]string{}
			for _, from := range []map[string]string{image, s.Environment} {
				for k, v := range from {
					env[k] = regexp.MustCompile(`\$\{(\w+)[^}]*\}`).ReplaceAllString(v, "example")
				}
			}
			understands(t, []string{"serve"}, env)
			for _, said := range regexp.MustCompile(`(?m)docker compose run --rm \S+ (.*?)(?:  +#|$)`).FindAllStringSubmatch(deployed(t, "compose.yaml"), -1) {
				understands(t, strings.Fields(said[1]), env)
			}
		}
	}
	if servers != 2 {
		t.Errorf("%d servers", servers)
	}
	for _, file := range []string{"Caddyfile", "prometheus.yml"} {
		addresses := regexp.MustCompile(`([a-z0-9-]+):(\d{4})`).FindAllStringSubmatch(deployed(t, file), -1)
		for _, a := range addresses {
			if _, ok := c.Services[a[1]]; !ok || ":"+a[2] != image["PAYCODE_LISTEN"] {
				t.Errorf("%s names %s", file, a[0])
			}
		}
		if len(addresses) != servers {
			t.Errorf("%s names %d servers", file, len(addresses))
		}
	}
}

// TestTheUnitRuns has systemd judge the unit, where there is systemd.
func TestTheUnitRuns(t *testing.T) {
	unit := deployed(t, "paycode.service")
	env := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^Environment=(.*)$`).FindAllStringSubmatch(unit, -1) {
		for k, v := range variables(line[1]) {
			env[k] = v
		}
	}
	// What %d stands for is read by the command line's parser.
	start := regexp.MustCompile(`(?m)^ExecStart=\S+/paycode (.*)$`).FindStringSubmatch(unit)
	understands(t, strings.Fields(start[1]), env)

	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("there is no systemd here")
		return
	}
	self, err := os.Executable()
	must(t, err)
	file := filepath.Join(t.TempDir(), "paycode.service")
	must(t, os.WriteFile(file, []byte(strings.Replace(unit, "/usr/local/bin/paycode", self, 1)), 0o600))
	for _, judge := range [][]string{{"verify", file}, {"security", "--offline=true", "--threshold=20", "--no-pager", file}} {
		if out, err := exec.Command(analyze, judge...).CombinedOutput(); err != nil {
			t.Errorf("systemd-analyze %s: %v\n%s", judge[0], err, out)
		}
	}
}

// promtool is installed by .ci/install.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestPrometheusTakesWhatWeGiveIt(t *testing.T) {
	promtool(t, "check", "config", "../../deploy/prometheus.yml")
	promtool(t, "test", "rules", "../../deploy/alerts_test.yml")

	var rules strings.Builder
	rules.WriteString("groups:\n- name: panels\n  rules:\n")
	for i, expr := range panels(t) {
		fmt.Fprintf(&rules, "  - record: panel_%d\n    expr: %q\n", i, strings.ReplaceAll(expr, "$__rate_interval", "1m"))
	}
	file := filepath.Join(t.TempDir(), "panels.yml")
	must(t, os.WriteFile(file, []byte(rules.String()), 0o600))
	promtool(t, "check", "rules", file)
}

// panels are the expressions of the dashboard.
func panels(t *testing.T) (all []string) {
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	must(t, json.Unmarshal([]byte(deployed(t, "grafana/paycode.json")), &board))
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	if len(all) < 20 {
		t.Errorf("%d expressions", len(all))
	}
	return all
}
