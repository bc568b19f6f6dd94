package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/sqlite"
	"github.com/paycode/paycode/store/storetest"
)

func open(t testing.TB, buckets int) *store.DB {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "paycode.db"), sqlite.Options{Buckets: buckets})
	if err != nil {
		t.Fatal(err)
	}
	db := store.New(e)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestPayment(t *testing.T) {
	storetest.Payment(t, open, func(t *testing.T, db *store.DB) {
		r, err := db.Audit(t.Context())
		if err != nil || !r.Balanced {
			t.Errorf("audit: %v, %v", r.Differences, err)
		}
	}, 1, 16)
}

func BenchmarkPayments(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint(callers, " callers"), func(b *testing.B) { storetest.BenchPayments(b, open, 1, callers) })
	}
}
