package store

import (
	"fmt"
	"time"
)

// Times are kept as unix microseconds; the zero time as 0.

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// stamp scans a kept time.
type stamp time.Time

// Scan implements sql.Scanner.
func (s *stamp) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("store: a time kept as %T", src)
	}
	*s = stamp(fromMicros(us))
	return nil
}
