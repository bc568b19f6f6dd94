package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"

	"zombiezen.com/go/sqlite"
)

// bind gives a statement's parameter its value.
func bind(s *sqlite.Stmt, i int, v any) error {
	switch v := v.(type) {
	case nil:
		s.BindNull(i)
	case int:
		s.BindInt64(i, int64(v))
	case int64:
		s.BindInt64(i, v)
	case string:
		s.BindText(i, v)
	case []byte:
		if v == nil { // as in PostgreSQL
			s.BindNull(i)
		} else {
			s.BindBytes(i, v)
		}
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return err
		}
		return bind(s, i, inner)
	default:
		return bindKind(s, i, reflect.ValueOf(v))
	}
	return nil
}

// bindKind binds values of named types.
func bindKind(s *sqlite.Stmt, i int, v reflect.Value) error {
	switch {
	case v.CanInt():
		s.BindInt64(i, v.Int())
	case v.CanUint() && v.Uint() < 1<<63:
		s.BindInt64(i, int64(v.Uint()))
	case v.Kind() == reflect.String:
		s.BindText(i, v.String())
	case v.Kind() == reflect.Bool:
		s.BindBool(i, v.Bool())
	default:
		return fmt.Errorf("sqlite: cannot keep a %v", v.Type())
	}
	return nil
}

// scan copies the columns of the row that a statement is at.
func scan(s *sqlite.Stmt, dest []any) error {
	if n := s.ColumnCount(); n != len(dest) {
		return fmt.Errorf("sqlite: %d columns for %d values", n, len(dest))
	}
	for i, d := range dest {
		if err := scanColumn(s, i, d); err != nil {
			return fmt.Errorf("column %s: %w", s.ColumnName(i), err)
		}
	}
	return nil
}

func scanColumn(s *sqlite.Stmt, i int, dest any) error {
	switch d := dest.(type) {
	case *int64:
		*d = s.ColumnInt64(i)
	case *int:
		*d = s.ColumnInt(i)
	case *string:
		*d = s.ColumnText(i)
	case *[]byte:
		*d = columnBytes(s, i)
	case *bool:
		*d = s.ColumnBool(i)
	case sql.Scanner:
		return d.Scan(column(s, i))
	default:
		return scanKind(s, i, reflect.ValueOf(dest))
	}
	return nil
}

// scanKind scans into pointers to named types.
func scanKind(s *sqlite.Stmt, i int, dest reflect.Value) error {
	if dest.Kind() != reflect.Pointer {
		return fmt.Errorf("sqlite: cannot scan into a %v", dest.Type())
	}
	switch v := dest.Elem(); {
	case v.CanInt():
		v.SetInt(s.ColumnInt64(i))
	case v.CanUint() && s.ColumnInt64(i) >= 0:
		v.SetUint(uint64(s.ColumnInt64(i)))
	case v.Kind() == reflect.String:
		v.SetString(s.ColumnText(i))
	default:
		return fmt.Errorf("sqlite: cannot scan into a %v", dest.Type())
	}
	return nil
}

// column is the value as it is kept.
func column(s *sqlite.Stmt, i int) any {
	switch s.ColumnType(i) {
	case sqlite.TypeInteger:
		return s.ColumnInt64(i)
	case sqlite.TypeText:
		return s.ColumnText(i)
	case sqlite.TypeBlob:
		return columnBytes(s, i)
	case sqlite.TypeFloat:
		return s.ColumnFloat(i)
	}
	return nil
}

func columnBytes(s *sqlite.Stmt, i int) []byte {
	if s.ColumnIsNull(i) {
		return nil
	}
	b := make([]byte, s.ColumnLen(i))
	s.ColumnBytes(i, b)
	return b
}
