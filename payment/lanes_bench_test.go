package payment

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkLanes has callers put jobs into lanes whose batches take no time,
// which is what the lanes themselves cost, or 300 µs, about as long as a commit.
func BenchmarkLanes(b *testing.B) {
	for _, c := range []struct {
		lanes, callers int
		takes          time.Duration
	}{
		{1, 1, 0}, {1, 64, 0}, {16, 64, 0}, {16, 512, 0}, {384, 512, 0},
		{1, 64, 300 * time.Microsecond}, {1, 512, 300 * time.Microsecond}, {16, 512, 300 * time.Microsecond},
	} {
		b.Run(fmt.Sprintf("%d lanes, %d callers, %v", c.lanes, c.callers, c.takes), func(b *testing.B) {
			var batches atomic.Int64
			l := newLanes(RealClock(time.Now), c.lanes, 4, func(context.Context, int, []job) error {
				batches.Add(1)
				if c.takes > 0 {
					time.Sleep(c.takes)
				}
				return nil
			})
			defer l.close()
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ReportAllocs()
			for range c.callers {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if err := l.do(context.Background(), int(i)%c.lanes, &claiming{ticket: newTicket()}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/float64(batches.Load()), "jobs/batch")
		})
	}
}
