package storetest

import (
	"fmt"
	"testing"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// BenchRelay measures how fast events of a thousand merchants are relayed,
// none of whom listens: found out, rolled up, deleted.
func BenchRelay(b *testing.B, open OpenEngine, buckets int) {
	o := newOffice(b, open, buckets)
	merchants := make([]ids.Merchant, 1000)
	for i := range merchants {
		merchants[i] = ids.New[ids.Merchant](o.ids, o.clock(), o.ids.AnyBucket())
	}
	for bucket := range buckets {
		o.must(o.engine.Write(o.Context(), bucket, func(tx store.Tx) error {
			for i := bucket; i < b.N; i += buckets {
				m := merchants[i%len(merchants)]
				account := ledger.Merchant(m)
				tx.Queue(`INSERT INTO outbox (bucket, id, kind, payer_id, device_id, merchant_id, payment_id, refund_id,
					account_kind, account_owner, currency, credit, created_at) VALUES ($1, $2, $3, NULL, NULL, $4, NULL, NULL, $5, $6, 'CNY', 1, 0)`,
					bucket, ids.New[ids.Event](o.ids, o.clock(), bucket), string(payment.EventSucceeded), m, int(account.Kind), account.Owner[:])
			}
			return nil
		}))
	}
	r := o.relay(o.db)
	r.Relay.Receiver = o.hears(o.db)
	b.ResetTimer()
	o.must(r.Drain(o.Context()))
	b.StopTimer()
	if n := o.waiting(); n != 0 || r.published[payment.EventSucceeded] != b.N {
		b.Error(fmt.Sprint(n, " are left, ", r.published[payment.EventSucceeded], " were published"))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
