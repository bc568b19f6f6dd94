package payment

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkLanes has callers put jobs into lanes whose batches take 300 µs,
// about as long as a commit: what is left is what the lanes themselves cost.
func BenchmarkLanes(b *testing.B) {
	for _, c := range []struct{ lanes, callers int }{{1, 1}, {1, 64}, {1, 512}, {16, 64}, {16, 512}, {384, 512}} {
		b.Run(fmt.Sprintf("%d lanes, %d callers", c.lanes, c.callers), func(b *testing.B) {
			var batches atomic.Int64
			l := newLanes(RealClock(time.Now), c.lanes, 4, func(context.Context, int, []job) error {
				batches.Add(1)
				time.Sleep(300 * time.Microsecond)
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
