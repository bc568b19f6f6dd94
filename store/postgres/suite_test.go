package postgres_test

import (
	"fmt"
	"testing"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/postgres"
	"github.com/paycode/paycode/store/postgres/pgtest"
	"github.com/paycode/paycode/store/storetest"
)

// TestSuite is the one of every engine, on every layout of the tables.
func TestSuite(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Run("Payment", func(t *testing.T) { storetest.Payment(t, k.db, audited, k.buckets...) })
			t.Run("Deny", func(t *testing.T) { storetest.Deny(t, k.engine) })
			t.Run("Fares", func(t *testing.T) { storetest.Fares(t, k.db) })
			t.Run("Issuing", func(t *testing.T) { storetest.Issuing(t, k.db) })
			t.Run("Outbox", func(t *testing.T) { storetest.Outbox(t, k.engine) })
			t.Run("Burn", func(t *testing.T) { storetest.Burn(t, k.engine) })
			t.Run("Settlement", func(t *testing.T) { storetest.Settlement(t, k.engine) })
			t.Run("Webhooks", func(t *testing.T) { storetest.Webhooks(t, k.engine) })
			if k.partitions > 0 {
				return // what is left reads, or keeps rows of a few: no layout of one server is different for it
			}
			t.Run("Access", func(t *testing.T) { storetest.Access(t, k.db) })
			t.Run("Audit", func(t *testing.T) { storetest.Audit(t, k.engine) })
			t.Run("Presence", func(t *testing.T) { storetest.Presence(t, k.engine) })
			t.Run("Reports", func(t *testing.T) { storetest.Reports(t, k.engine) })
		})
	}
}

func TestRides(t *testing.T) { storetest.Rides(t, kinds()[0].db, 1500) }

// TestOvertaken: a batch that read without locks is not written on what was read.
func TestOvertaken(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) { storetest.Overtaken(t, k.db) })
	}
}

// TestSerializable: what is right under READ COMMITTED is right, and ends, under
// the strictest isolation too, which some distributed databases know alone.
func TestSerializable(t *testing.T) {
	k := kinds()[0]
	strict := func(t testing.TB, buckets int) *store.DB {
		url := k.database(t, k, buckets) + "&default_transaction_isolation=serializable"
		return store.New(open(t, url, postgres.Options{Buckets: buckets, Tracer: newWatch(t)}))
	}
	storetest.Payment(t, strict, audited, 16)
}

func BenchmarkPayments(b *testing.B) {
	for _, callers := range []int{1, 64} {
		for _, buckets := range []int{1, 16} {
			b.Run(fmt.Sprint(callers, " callers, ", buckets, " buckets"), func(b *testing.B) {
				storetest.BenchPayments(b, durable(b).db, buckets, callers)
			})
		}
	}
}

func BenchmarkRelay(b *testing.B) {
	for _, buckets := range []int{1, 16} {
		b.Run(fmt.Sprint(buckets, " buckets"), func(b *testing.B) { storetest.BenchRelay(b, durable(b).engine, buckets) })
	}
}

// durable is a server that waits for the disk, without a tracer in the way.
func durable(b *testing.B) bench { return bench{pgtest.Start(b)} }

type bench struct{ server *pgtest.Server }

func (d bench) engine(t testing.TB, buckets int) store.Engine {
	return open(t, d.server.NewDatabase(t), postgres.Options{Buckets: buckets})
}

func (d bench) db(t testing.TB, buckets int) *store.DB { return store.New(d.engine(t, buckets)) }
