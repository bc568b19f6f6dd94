package sqlite_test

import (
	"errors"
	"testing"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/sqlite"
)

func TestMemoryUndoesWhatIsRefused(t *testing.T) {
	m, err := sqlite.OpenMemory(4)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Buckets() != 4 {
		t.Errorf("%d buckets", m.Buckets())
	}
	put := func(name string, refuse error) error {
		return m.Write(t.Context(), 0, func(tx store.Tx) error {
			tx.Queue(`INSERT INTO settings (name, value) VALUES ($1, 1)`, name)
			return refuse
		})
	}
	no := errors.New("no")
	if err := put("refused", no); !errors.Is(err, no) {
		t.Errorf("refused: %v", err)
	}
	if err := put("kept", nil); err != nil {
		t.Fatal(err)
	}
	if err := put("kept", nil); err == nil {
		t.Error("a key twice, and no error")
	}
	var n int
	err = m.Read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM settings WHERE name IN ('refused', 'kept')`, nil, &n)
	})
	if err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestMemoryHandsPanicsOn(t *testing.T) {
	m, err := sqlite.OpenMemory(1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("recovered %v", p)
		}
	}()
	m.Write(t.Context(), 0, func(store.Tx) error { panic("broken") })
}
