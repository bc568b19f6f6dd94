package postgres

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// errValue is for a value of a kind that the store does not keep.
var errValue = errors.New("postgres: not a value that is kept")

// plainAll makes of arguments what the driver writes without looking twice:
// nil, int64, string, []byte and columns of rows.
func plainAll(args []any) ([]any, error) {
	all := make([]any, len(args))
	var err error
	for i, a := range args {
		if all[i], err = plain(a); err != nil {
			return nil, fmt.Errorf("$%d: %w", i+1, err)
		}
	}
	return all, nil
}

func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, int64, string, column:
		return v, nil
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		return int64(flag(v)), nil
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return plain(inner)
	}
	switch k := reflect.ValueOf(v); {
	case k.CanInt():
		return k.Int(), nil
	case k.CanUint() && k.Uint() < 1<<63:
		return int64(k.Uint()), nil
	case k.Kind() == reflect.String:
		return k.String(), nil
	default:
		return nil, fmt.Errorf("%w: %v", errValue, k.Type())
	}
}

// flag is a truth as it is kept in an INTEGER.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cell is a column of a row as it is kept.
type cell struct {
	kind   cellKind
	number int64
	bytes  []byte // of the connection's buffer: valid until the next row
}

type cellKind int

const (
	null cellKind = iota
	number
	text
	blob
)

// cellOf reads a value in the binary form that is asked for of these types.
func cellOf(f *pgconn.FieldDescription, b []byte) (cell, error) {
	if b == nil {
		return cell{}, nil
	}
	switch {
	case f.DataTypeOID == pgtype.Int8OID && len(b) == 8:
		return cell{number, int64(binary.BigEndian.Uint64(b)), nil}, nil
	case f.DataTypeOID == pgtype.Int4OID && len(b) == 4:
		return cell{number, int64(int32(binary.BigEndian.Uint32(b))), nil}, nil
	case f.DataTypeOID == pgtype.BoolOID && len(b) == 1:
		return cell{number, int64(b[0]), nil}, nil
	case f.DataTypeOID == pgtype.TextOID || f.DataTypeOID == pgtype.NameOID:
		return cell{text, 0, b}, nil
	case f.DataTypeOID == pgtype.ByteaOID || f.DataTypeOID == pgtype.UUIDOID:
		return cell{blob, 0, b}, nil
	}
	return cell{}, fmt.Errorf("%w: type %d", errValue, f.DataTypeOID)
}

// any is the value for a sql.Scanner.
func (c cell) any() any {
	switch c.kind {
	case number:
		return c.number
	case text:
		return string(c.bytes)
	case blob:
		return bytes.Clone(c.bytes)
	}
	return nil
}

// scanRow copies the columns of the row that rows are at.
func scanRow(rows pgx.Rows, dest []any) error {
	values, fields := rows.RawValues(), rows.FieldDescriptions()
	if len(values) != len(dest) {
		return fmt.Errorf("postgres: %d columns for %d values", len(values), len(dest))
	}
	for i, d := range dest {
		c, err := cellOf(&fields[i], values[i])
		if err == nil {
			err = c.scan(d)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", fields[i].Name, err)
		}
	}
	return nil
}

func (c cell) scan(dest any) error {
	switch d := dest.(type) {
	case sql.Scanner:
		return d.Scan(c.any())
	case *int64:
		*d = c.number
		return c.wants(number)
	case *string:
		*d = string(c.bytes)
		return c.wants(text)
	case *[]byte:
		*d = bytes.Clone(c.bytes)
		if c.kind == null {
			return nil
		}
		return c.wants(blob)
	case *bool:
		*d = c.number != 0
		return c.wants(number)
	}
	return c.scanKind(reflect.ValueOf(dest))
}

// scanKind scans into pointers to named types.
func (c cell) scanKind(dest reflect.Value) error {
	if dest.Kind() != reflect.Pointer {
		return fmt.Errorf("%w: into a %v", errValue, dest.Type())
	}
	switch v := dest.Elem(); {
	case v.CanInt():
		v.SetInt(c.number)
		return c.wants(number)
	case v.CanUint() && c.number >= 0:
		v.SetUint(uint64(c.number))
		return c.wants(number)
	case v.Kind() == reflect.String:
		v.SetString(string(c.bytes))
		return c.wants(text)
	}
	return fmt.Errorf("%w: into a %v", errValue, dest.Type())
}

func (c cell) wants(kind cellKind) error {
	if c.kind != kind {
		return fmt.Errorf("%w: of another kind", errValue)
	}
	return nil
}
