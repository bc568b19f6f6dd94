package postgres_test

import (
	"regexp"
	"testing"
)

// TestCitusScriptKnowsEveryTable: a table that is left out would stay on the
// coordinator alone, and one that is distributed by itself apart from the others.
func TestCitusScriptKnowsEveryTable(t *testing.T) {
	line := regexp.MustCompile(`(?m)^SELECT create_distributed_table\('([a-z0-9_]+)', 'bucket', colocate_with => '([a-z]+)'\);$`)
	found := map[string]string{}
	for _, m := range line.FindAllStringSubmatch(citusScript(t), -1) {
		if _, twice := found[m[1]]; twice {
			t.Errorf("%s twice", m[1])
		}
		found[m[1]] = m[2]
	}
	for name, key := range keys() {
		with, there := found[name]
		if !there {
			t.Errorf("%s is not distributed", name)
		}
		if want := map[bool]string{true: "none", false: "buckets"}[name == "buckets"]; with != want {
			t.Errorf("%s is with %q, want %q", name, with, want)
		}
		if !regexp.MustCompile(`^\(bucket\b`).MatchString(key) {
			t.Errorf("the key %s of %s does not begin with the bucket", key, name)
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("there is no table %s", name)
	}
}
