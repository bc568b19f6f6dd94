package codes

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestCompareMeasuresWhatWorks(t *testing.T) {
	rows, err := Compare(t.Context(), 1, time.Millisecond, func(int) {})
	if err != nil || len(rows) != Pairs {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.What == "" || r.Ours.Nanoseconds <= 0 || r.Theirs.Nanoseconds <= 0 || r.Ratio <= 0 || r.Theirs.Allocations == 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestCompareStopsAtWhatDoesNotWork(t *testing.T) {
	broken := pair{"broken", func() error { return errWrong }, func() error { return nil }}
	if _, err := compare(t.Context(), broken, 1, time.Millisecond); !errors.Is(err, errWrong) {
		t.Errorf("ours broken: %v", err)
	}
	broken.ours, broken.theirs = broken.theirs, broken.ours
	if _, err := compare(t.Context(), broken, 1, time.Millisecond); !errors.Is(err, errWrong) {
		t.Errorf("theirs broken: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Compare(ctx, 1, time.Millisecond, func(int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestMiddle(t *testing.T) {
	if got := middle([]float64{3, 1, 2}); got != 2 {
		t.Error(got)
	}
}
