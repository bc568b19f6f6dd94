package api

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/bearer"
	"github.com/paycode/paycode/ledger"
)

// vast are books that take their time.
type vast struct{ takes time.Duration }

func (v vast) Audit(context.Context) (ledger.Report, error) {
	time.Sleep(v.takes)
	return ledger.Report{Balanced: true, Differences: []string{}}, nil
}

// anOperator is an access.Store in which every key is an operator's.
type anOperator struct{ access.Store }

func (anOperator) Key(_ context.Context, hash [32]byte) (access.Key, error) {
	return access.Key{Hash: hash, Caller: access.ForOperator()}, nil
}

// TestAuditMayTakeLong: it is answered after the time in which other calls are.
func TestAuditMayTakeLong(t *testing.T) {
	const limit = 200 * time.Millisecond
	a, _ := calls(t)
	a.Books = vast{2 * limit}
	a.Access = access.New(access.Config{Store: anOperator{}, Now: time.Now, Random: rand.Reader, Buckets: 4})
	s := httptest.NewUnstartedServer(a)
	s.Config.WriteTimeout = limit
	s.Start()
	defer s.Close()
	key, err := bearer.New(rand.Reader, "op_")
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v1/ledger/audit", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%d %s %v", answer.StatusCode, body, err)
	}
}
