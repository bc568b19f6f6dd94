package store

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is one numbered step of the schema.
type Migration struct {
	Version    int
	Name       string
	Statements []string // run one by one, in one transaction where the engine can
}

// Migrations lists all steps, first to last.
func Migrations() []Migration {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // only for a malformed pattern
	}
	var all []Migration
	for _, f := range files {
		text, err := migrations.ReadFile(f)
		if err != nil {
			panic(err) // the file is part of the program
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f, "migrations/"), ".sql")
		version, err := strconv.Atoi(name[:4])
		if err != nil {
			panic("store: a migration's name begins with four digits: " + f)
		}
		all = append(all, Migration{version, name, statements(string(text))})
	}
	slices.SortFunc(all, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return all
}

// statements cuts a file where a line ends with a semicolon; our files have none inside a statement.
func statements(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ";\n") {
		if s := strings.TrimSpace(withoutComments(part)); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func withoutComments(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}
