package sqlite

import (
	"strings"

	"github.com/paycode/paycode/store"
)

const (
	selectIndexes = `SELECT t.name, CASE i.origin WHEN 'pk' THEN t.name ELSE i.name END, (SELECT COUNT(*) FROM pragma_index_info(i.name))
		FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`
	insertStatistics = `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)`
)

// statistics tells the planner, once and for all, what the tables look like
// when they are full: a million rows, all in one bucket, told apart by the rest
// of a key. Without them it takes bucket = $1 for a good search and reads a
// whole table where an index stands ready, because bucket leads every key.
// See https://www.sqlite.org/optoverview.html#manctrl.
func statistics(tx store.Tx) error {
	if _, err := tx.Exec(`ANALYZE sqlite_schema`); err != nil { // makes sqlite_stat1, and reads no table
		return err
	}
	if _, err := tx.Exec(`DELETE FROM sqlite_stat1`); err != nil {
		return err
	}
	type index struct {
		table, name string
		columns     int
	}
	var all []index
	err := tx.Rows(selectIndexes, nil, func(scan func(...any) error) error {
		var i index
		err := scan(&i.table, &i.name, &i.columns)
		all = append(all, i)
		return err
	})
	for _, i := range all {
		tx.Queue(insertStatistics, i.table, i.name, rowsAlike(i.columns))
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`ANALYZE sqlite_schema`) // has this connection read what was written
	return err
}

// rowsAlike is a row of sqlite_stat1: how many rows there are, then how many
// are alike in the first column, in the first two, and so on.
func rowsAlike(columns int) string {
	const rows, some, one = " 1000000", " 100", " 1"
	if columns == 1 {
		return strings.TrimSpace(rows + one)
	}
	return strings.TrimSpace(rows + rows + strings.Repeat(some, columns-2) + one)
}
