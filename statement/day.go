package statement

import (
	"errors"
	"time"
)

// errDay is for what names no day.
var errDay = errors.New("must be a day as YYYY-MM-DD")

// Day is when a day begins and ends in a zone; it has 23 or 25 hours where clocks are changed.
func Day(date string, zone *time.Location) (from, to time.Time, err error) {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil || d.Year() < 1970 {
		return from, to, errDay
	}
	y, m, n := d.Date()
	return time.Date(y, m, n, 0, 0, 0, 0, zone), time.Date(y, m, n+1, 0, 0, 0, 0, zone), nil
}
