package bench

import (
	"testing"
	"time"
)

func TestHistogramIsRightToThePercent(t *testing.T) {
	var h, part Histogram
	for us := 1; us <= 100_000; us++ {
		if us%2 == 0 {
			h.Add(time.Duration(us) * time.Microsecond)
		} else {
			part.Add(time.Duration(us) * time.Microsecond)
		}
	}
	h.merge(&part)
	for _, q := range []float64{0.0001, 0.01, 0.5, 0.95, 0.99, 0.999, 1} {
		want := time.Duration(q*100_000) * time.Microsecond
		if got := h.Quantile(q); got < want || float64(got) > float64(want)*1.017 {
			t.Errorf("quantile %v = %v, want %v", q, got, want)
		}
	}
	if h.total != 100_000 || h.max != 100*time.Millisecond {
		t.Errorf("total %d, max %v", h.total, h.max)
	}
}

func TestHistogramOfNothingAndOfAges(t *testing.T) {
	var h Histogram
	if h.Quantile(0.99) != 0 {
		t.Error("a percentile of nothing")
	}
	h.Add(24 * time.Hour)
	if got := h.Quantile(0.5); got != 24*time.Hour {
		t.Errorf("a day is %v", got)
	}
}

func TestBucketsAreInOrder(t *testing.T) {
	for us := uint64(0); us < 1<<20; us++ {
		b := bucketOf(us)
		if upper := upperOf(b); upper < time.Duration(us)*time.Microsecond || bucketOf(uint64(upper.Microseconds())) != b {
			t.Fatalf("%d µs is in bucket %d, whose upper end is %v", us, b, upper)
		}
	}
}
