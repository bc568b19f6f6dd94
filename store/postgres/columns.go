package postgres

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/paycode/paycode/store"
)

// element is a type that arrays are made of.
type element struct{ oid, array uint32 }

// elements are the types of columns, by their names in a store.ForEach.
var elements = map[string]element{
	"bytea":   {pgtype.ByteaOID, pgtype.ByteaArrayOID},
	"uuid":    {pgtype.UUIDOID, pgtype.UUIDArrayOID},
	"text":    {pgtype.TextOID, pgtype.TextArrayOID},
	"bigint":  {pgtype.Int8OID, pgtype.Int8ArrayOID},
	"integer": {pgtype.Int4OID, pgtype.Int4ArrayOID},
}

// column is one column of a set of rows. It is written as an array without
// being copied together first: this is the hot path of a payment.
type column struct {
	rows [][]any
	at   int
	of   uint32 // the type of its elements
}

// columnsOf are the arguments of a statement for a set of rows: the bucket, then the columns.
func columnsOf(s *store.ForEach, bucket int, rows [][]any) []any {
	args := make([]any, 1+len(s.Types))
	args[0] = int64(bucket)
	for i, kind := range s.Types {
		args[1+i] = column{rows, i, elements[kind].oid}
	}
	return args
}

// columnCodec writes columns in the binary form of an array; nobody reads one.
type columnCodec struct{ *pgtype.ArrayCodec }

// FormatSupported implements pgtype.Codec.
func (columnCodec) FormatSupported(format int16) bool { return format == pgtype.BinaryFormatCode }

// PreferredFormat implements pgtype.Codec.
func (columnCodec) PreferredFormat() int16 { return pgtype.BinaryFormatCode }

// PlanEncode implements pgtype.Codec.
func (columnCodec) PlanEncode(_ *pgtype.Map, _ uint32, _ int16, value any) pgtype.EncodePlan {
	if _, ok := value.(column); !ok {
		return nil
	}
	return columnPlan{}
}

type columnPlan struct{}

// Encode implements pgtype.EncodePlan, as array_send of PostgreSQL does: one
// dimension, whether there are NULLs, the elements' type, how many, from 1 on.
func (columnPlan) Encode(value any, buf []byte) ([]byte, error) {
	c := value.(column)
	for _, n := range [...]uint32{1, 1, c.of, uint32(len(c.rows)), 1} {
		buf = binary.BigEndian.AppendUint32(buf, n)
	}
	var err error
	for i, row := range c.rows {
		if c.at >= len(row) {
			return nil, fmt.Errorf("%w: row %d has %d columns only", errValue, i, len(row))
		}
		if buf, err = appendElement(buf, row[c.at], c.of); err != nil {
			return nil, fmt.Errorf("column %d of row %d: %w", c.at+1, i, err)
		}
	}
	return buf, nil
}

// appendElement writes one value behind its length.
func appendElement(buf []byte, v any, of uint32) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		if v != nil && (of == pgtype.ByteaOID || of == pgtype.UUIDOID && len(v) == 16) {
			return append(binary.BigEndian.AppendUint32(buf, uint32(len(v))), v...), nil
		}
	case string:
		if of == pgtype.TextOID {
			return append(binary.BigEndian.AppendUint32(buf, uint32(len(v))), v...), nil
		}
	case int64:
		return appendNumber(buf, v, of)
	case int:
		return appendNumber(buf, int64(v), of)
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return appendElement(buf, inner, of)
	}
	if inner, err := plain(v); err != nil || inner != nil {
		return nil, fmt.Errorf("%w: a %T in an array of type %d", errValue, v, of)
	}
	return binary.BigEndian.AppendUint32(buf, ^uint32(0)), nil // NULL
}

func appendNumber(buf []byte, n int64, of uint32) ([]byte, error) {
	switch {
	case of == pgtype.Int8OID:
		return binary.BigEndian.AppendUint64(append(buf, 0, 0, 0, 8), uint64(n)), nil
	case of == pgtype.Int4OID && n == int64(int32(n)):
		return binary.BigEndian.AppendUint32(append(buf, 0, 0, 0, 4), uint32(n)), nil
	}
	return nil, fmt.Errorf("%w: %d in an array of type %d", errValue, n, of)
}
