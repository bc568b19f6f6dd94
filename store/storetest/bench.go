package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/payment"
)

// BenchPayments measures durable payments through the processor, without HTTP:
// callers at once, each with a fresh code of one of a thousand payers.
func BenchPayments(b *testing.B, open Opener, buckets, callers int) {
	const payers, nonces = 1000, int(paycode.MaxNonce) + 1
	w := newTown(b, open, buckets)
	m := w.merchant()
	people := make([]person, payers)
	for i := range people {
		people[i] = w.person(1e6)
	}
	start := w.clock()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				if i%(payers*nonces) == 0 {
					w.at(start.Add(time.Duration(i/(payers*nonces)) * time.Minute))
				}
				p := people[i%payers]
				slot := paycode.Slot{Counter: w.profile.CounterAt(start) + paycode.Counter(i/(payers*nonces)), Nonce: paycode.Nonce(i / payers % nonces)}
				if got := w.charge(m, fmt.Sprint("b", i), w.profile.NewText(&p.seed, p.alias, slot), 1); got.Status != payment.Succeeded {
					b.Errorf("payment %d: %s %s", i, got.Status, got.Decline)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
}
