package bench

import (
	"fmt"
	"math/bits"
	"time"
)

// Histogram counts latencies. Up to 64 µs each microsecond has its own count;
// above, each doubling is cut into 64 parts, so that a percentile is right to
// 1.6 %, up to more than a minute.
type Histogram struct {
	counts [subBuckets * 22]int64
	total  int64
	max    time.Duration
}

const (
	subBits    = 6
	subBuckets = 1 << subBits
)

// Add counts one.
func (h *Histogram) Add(d time.Duration) {
	h.counts[min(bucketOf(uint64(d.Microseconds())), len(h.counts)-1)]++
	h.total++
	h.max = max(h.max, d)
}

// bucketOf keeps the highest seven bits of µs.
func bucketOf(us uint64) int {
	shift := max(bits.Len64(us)-subBits-1, 0)
	return shift<<subBits + int(us>>shift)
}

// upperOf is the largest latency of a bucket.
func upperOf(bucket int) time.Duration {
	shift := max(bucket>>subBits-1, 0)
	us := (uint64(bucket-shift<<subBits)+1)<<shift - 1
	return time.Duration(us) * time.Microsecond
}

func (h *Histogram) merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.max = max(h.max, other.max)
}

// Quantile is the latency that a share q of all stay at or below; 0 without any.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := max(1, int64(q*float64(h.total)+0.5))
	for i, n := range h.counts {
		if rank -= n; rank <= 0 && h.total > 0 && i < len(h.counts)-1 {
			return min(upperOf(i), h.max)
		}
	}
	return h.max
}

// Max is the longest latency.
func (h *Histogram) Max() time.Duration { return h.max }

// Count is how many latencies were counted.
func (h *Histogram) Count() int64 { return h.total }

// String is in short what it holds.
func (h Histogram) String() string {
	return fmt.Sprintf("%d, p50 %v, p99 %v, max %v", h.total, h.Quantile(0.5), h.Quantile(0.99), h.max)
}
