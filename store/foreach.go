package store

import (
	"fmt"
	"strings"
)

// ForEach is a statement for a set of rows. An engine inside the process runs
// One for each row; an engine far away runs All once, with an array for each
// column: that is one plan, one message and one pass instead of hundreds, and
// the most that a PostgreSQL does in a second.
//
// $1 is the bucket in both. $2, $3 … are the values of a row in One, the arrays
// of all rows in All, whose types in PostgreSQL are Types.
type ForEach struct {
	One, All string
	Types    []string
}

// column is one of a list such as "id uuid, order_no text".
type column struct{ name, kind string }

func columns(list string) (all []column) {
	for part := range strings.SplitSeq(list, ",") {
		if f := strings.Fields(part); len(f) == 2 {
			all = append(all, column{f[0], f[1]})
		}
	}
	return all
}

// each joins what say makes of every column and its number in a statement.
func each(all []column, first int, separator string, say func(c column, n int) string) string {
	var parts []string
	for i, c := range all {
		parts = append(parts, say(c, first+i))
	}
	return strings.Join(parts, separator)
}

func name(c column, _ int) string { return c.name }

func parameter(_ column, n int) string { return fmt.Sprintf("$%d", n) }

// unnested are the arrays of All as the rows of a table x, whose columns are
// called as the parameters: x.c2, x.c3 …
func unnested(all []column) string {
	arrays := each(all, 2, ", ", func(c column, n int) string { return fmt.Sprintf("$%d::%s[]", n, c.kind) })
	return fmt.Sprintf("unnest(%s) AS x(%s)", arrays, each(all, 2, ", ", func(_ column, n int) string { return fmt.Sprint("c", n) }))
}

func is(c column, n int) string { return fmt.Sprintf("%s = $%d", c.name, n) }

func isNestedOfT(c column, n int) string { return "t." + isNested(c, n) }

func isNested(c column, n int) string { return c.name + " = " + nested(c, n) }

func nested(_ column, n int) string { return fmt.Sprint("x.c", n) }

func types(all []column) (list []string) {
	for _, c := range all {
		list = append(list, c.kind)
	}
	return list
}

// InsertEach adds rows to a table: list has their columns and types, such as
// "id uuid, name text", and key the columns of its key after the bucket, or
// nothing. Those whose key is there already are left alone and not counted. The
// table of buckets is joined so that a distributed database sees where the rows
// go: arrays alone would be sent through its coordinator.
func InsertEach(table, list, key string) *ForEach {
	all := columns(list)
	names := "bucket, " + each(all, 2, ", ", name)
	skip := ""
	if key != "" {
		skip = fmt.Sprintf(" ON CONFLICT (bucket, %s) DO NOTHING", key)
	}
	return &ForEach{
		One: fmt.Sprintf("INSERT INTO %s (%s) VALUES ($1, %s)%s", table, names, each(all, 2, ", ", parameter), skip),
		All: fmt.Sprintf("INSERT INTO %s (%s) SELECT b.bucket, %s FROM buckets b, %s WHERE b.bucket = $1%s",
			table, names, each(all, 2, ", ", nested), unnested(all), skip),
		Types: types(all),
	}
}

// insertNew is InsertEach for keys that only a lost race could find there
// already. To look for them first costs PostgreSQL a third of the insertion, so
// there the race is an error of the statement, which undoes the transaction.
func insertNew(table, list, key string) *ForEach {
	s := InsertEach(table, list, key)
	s.All = InsertEach(table, list, "").All
	return s
}

// addEach adds rows, and where the key is there already adds to its sum instead.
func addEach(table, list, key, sum string) *ForEach {
	s := InsertEach(table, list, key)
	for _, query := range []*string{&s.One, &s.All} {
		*query = strings.Replace(*query, "DO NOTHING", fmt.Sprintf("DO UPDATE SET %s = %s.%s + excluded.%s", sum, table, sum, sum), 1)
	}
	return s
}

// insertEachOf is InsertEach for rows that belong to rows of another table, by
// its key, the first of the columns: where there is no owner, nothing is added.
// As a search it answers the keys of the rows that are new.
func insertEachOf(owners, key, table, list, unique string) *ForEach {
	all := columns(list)
	of, names := columns(key), "bucket, "+each(all, 2, ", ", name)
	add := fmt.Sprintf("INSERT INTO %s (%s)", table, names)
	end := fmt.Sprintf(" ON CONFLICT (bucket, %s) DO NOTHING RETURNING %s", unique, unique)
	owner := each(of, 2, "", isNested)
	return &ForEach{
		One: fmt.Sprintf("%s SELECT bucket, %s FROM %s WHERE bucket = $1 AND %s%s", add, each(all, 2, ", ", parameter), owners, each(of, 2, "", is), end),
		All: fmt.Sprintf("%s SELECT y.bucket, %s FROM %s CROSS JOIN LATERAL (SELECT t.bucket FROM %s t WHERE t.bucket = $1 AND t.%s OFFSET 0) AS y%s",
			add, each(all, 2, ", ", nested), unnested(all), owners, owner, end),
		Types: types(all),
	}
}

// updateEach sets columns of the rows that the keys name.
func updateEach(table, keys, list string) *ForEach {
	by, set := columns(keys), columns(list)
	all := append(append([]column{}, by...), set...)
	behind := 2 + len(by)
	return &ForEach{
		One: fmt.Sprintf("UPDATE %s SET %s WHERE bucket = $1 AND %s", table, each(set, behind, ", ", is), each(by, 2, " AND ", is)),
		All: fmt.Sprintf("UPDATE %s AS t SET %s FROM %s WHERE t.bucket = $1 AND %s",
			table, each(set, behind, ", ", isNested), unnested(all), each(by, 2, " AND ", isNestedOfT)),
		Types: types(all),
	}
}

// findEach searches rows by their keys, which are columns of the tables in
// query, the first of them named t. The rows are locked where lock names
// tables, in the order in which the keys are given: a caller sorts them, so that two
// transactions never wait for each other in a circle. A single writer needs no locks.
//
// OFFSET 0 keeps PostgreSQL from turning the search round: it looks up one key
// after the other, whatever it believes about the size of its tables, of which it
// knows nothing until it has counted them. A wrong belief reads a whole bucket.
func findEach(query, keys, lock string) *ForEach {
	by := columns(keys)
	if lock != "" {
		lock = " FOR UPDATE OF " + lock
	}
	return &ForEach{
		One: fmt.Sprintf("%s WHERE t.bucket = $1 AND %s", query, each(by, 2, " AND ", is)),
		All: fmt.Sprintf("SELECT y.* FROM %s CROSS JOIN LATERAL (%s WHERE t.bucket = $1 AND %s OFFSET 0%s) AS y",
			unnested(by), query, each(by, 2, " AND ", isNested), lock),
		Types: types(by),
	}
}

// deleteEach deletes the rows that the keys name, as a search that finds what
// it deletes: the columns of answer, or nothing. It does not matter how many
// were there. By a single key the rows are searched for as a list: as a join, a
// planner that takes the table for empty reads the list once for every row of it.
func deleteEach(table, keys, answer string) *ForEach {
	by := columns(keys)
	if answer != "" {
		answer = " RETURNING " + answer
	}
	all := fmt.Sprintf("DELETE FROM %s AS t USING %s WHERE t.bucket = $1 AND %s%s", table, unnested(by), each(by, 2, " AND ", isNestedOfT), answer)
	if len(by) == 1 {
		all = fmt.Sprintf("DELETE FROM %s AS t WHERE t.bucket = $1 AND t.%s = ANY ($2::%s[])%s", table, by[0].name, by[0].kind, answer)
	}
	return &ForEach{
		One:   fmt.Sprintf("DELETE FROM %s WHERE bucket = $1 AND %s%s", table, each(by, 2, " AND ", is), answer),
		All:   all,
		Types: types(by),
	}
}
