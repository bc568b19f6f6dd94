package sqlite

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/store"
)

// nextSchema is that of a release to come, with one migration more.
func nextSchema(statements ...string) store.Schema {
	s := schema()
	s.Migrations = append(slices.Clone(s.Migrations), store.Migration{Version: s.Newest() + 1, Name: "9999_made_up", Statements: statements})
	return s
}

// older is a database that this release made, with something in it.
func older(t *testing.T) (path string, c *conn) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a.db")
	e, err := Open(t.Context(), path, Options{Buckets: 3})
	if err == nil {
		err = e.Close()
	}
	if err == nil {
		c, err = connect(path)
	}
	if err == nil {
		err = c.run(`INSERT INTO gates (bucket, id, name, line, station, created_at) VALUES (0, x'01', 'north', '', '', 7)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	return path, c
}

func TestAnOlderSchemaIsMigratedOnlyWhenAsked(t *testing.T) {
	path, c := older(t)
	next := nextSchema(`CREATE TABLE made_up (bucket INTEGER NOT NULL, PRIMARY KEY (bucket))`, `ALTER TABLE gates ADD COLUMN level BIGINT NOT NULL DEFAULT 2`)

	if _, err := next.Open(c, 1); !errors.Is(err, store.ErrOutdated) {
		t.Errorf("opened: %v, want ErrOutdated", err)
	}
	now := schema().Newest()
	want := store.Plan{Version: now, Missing: []store.Migration{{Version: now + 1, Name: "9999_made_up", Statements: []string{
		`CREATE TABLE made_up (bucket INTEGER NOT NULL, PRIMARY KEY (bucket)) WITHOUT ROWID`, `ALTER TABLE gates ADD COLUMN level BIGINT NOT NULL DEFAULT 2`,
	}}}}
	if plan, err := next.Plan(c); err != nil || !cmp.Equal(plan, want) {
		t.Errorf("plan, %v: %s", err, cmp.Diff(want, plan))
	}
	for range 2 { // the second time there is nothing to do
		if err := c.migrate(next); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := next.Open(c, 1); n != 3 || err != nil {
		t.Errorf("%d buckets, %v, want 3 as before", n, err)
	}
	var level, tables int
	if err := c.Row(`SELECT level FROM gates WHERE bucket = 0 AND created_at = 7`, nil, &level); err != nil || level != 2 {
		t.Errorf("level %d, %v", level, err)
	}
	if err := c.Row(`SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'made_up'`, nil, &tables); err != nil || tables == 0 {
		t.Errorf("the planner knows nothing of the new table: %v", err)
	}
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("this release opened the next one's database: %v", err)
	}
	if _, err := Plan(path); !errors.Is(err, store.ErrNewer) {
		t.Errorf("plan: %v, want ErrNewer", err)
	}
}

func TestAMigrationThatFailsLeavesNothing(t *testing.T) {
	_, c := older(t)
	if err := c.migrate(nextSchema(`ALTER TABLE gates ADD COLUMN level BIGINT`, `ALTER TABLE nowhere ADD COLUMN x BIGINT`)); err == nil {
		t.Fatal("migrated")
	}
	if p, err := schema().Plan(c); err != nil || p.Version != schema().Newest() {
		t.Errorf("version %d, %v, want 1", p.Version, err)
	}
	var columns int
	if err := c.Row(`SELECT COUNT(*) FROM pragma_table_info('gates') WHERE name = 'level'`, nil, &columns); err != nil || columns != 0 {
		t.Errorf("half of it stayed: %d, %v", columns, err)
	}
}

func TestPlanMakesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent.db")
	if _, err := Plan(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("plan of no file: %v", err)
	}
	if err := Migrate(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("migrate of no file: %v", err)
	}
}
