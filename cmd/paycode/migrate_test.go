package main

import (
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// TestServeChangesNoSchemaByItself gives it databases of other releases.
func TestServeChangesNoSchemaByItself(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.db")
	where := []string{"--db", "sqlite:" + file, "--master-key", filepath.Join(dir, "master.key")}
	says := func(args ...string) (int, string) {
		var out, log buffer
		status := run(t.Context(), append(args, where...), &streams{nil, &out, &log})
		return status, log.String()
	}
	if status, said := says("admin", "init"); status != 0 {
		t.Fatal(said)
	}
	c, err := sqlite.OpenConn(file, sqlite.OpenReadWrite)
	must(t, err)
	must(t, sqlitex.ExecuteTransient(c, `UPDATE settings SET value = 9999 WHERE name = 'version'`, nil))
	must(t, c.Close())
	for _, args := range [][]string{{"serve", "--listen", "localhost:0"}, {"serve", "--listen", "localhost:0", "--migrate"}} {
		if status, said := says(args...); status != 1 || !strings.Contains(said, "newer schema") {
			t.Errorf("%v: status %d: %s", args, status, said)
		}
	}
}
