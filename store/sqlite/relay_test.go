package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/sqlite"
	"github.com/paycode/paycode/store/storetest"
)

func openEngine(t testing.TB, buckets int) store.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "paycode.db"), sqlite.Options{Buckets: buckets})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestOutbox(t *testing.T) { storetest.Outbox(t, openEngine) }

func TestPresence(t *testing.T) { storetest.Presence(t, openEngine) }

func TestAudit(t *testing.T) { storetest.Audit(t, openEngine) }

func TestBurn(t *testing.T) { storetest.Burn(t, openEngine) }

func TestSettlement(t *testing.T) { storetest.Settlement(t, openEngine) }

func TestReports(t *testing.T) { storetest.Reports(t, openEngine) }

func TestWebhooks(t *testing.T) { storetest.Webhooks(t, openEngine) }

func BenchmarkRelay(b *testing.B) {
	for _, buckets := range []int{1, 16} {
		b.Run(fmt.Sprint(buckets, " buckets"), func(b *testing.B) { storetest.BenchRelay(b, openEngine, buckets) })
	}
}
