package clearing

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Config is what a Service works with. All fields are needed.
type Config struct {
	Store   Store
	Gates   Gates
	Cashier Cashier
	Keys    func() ([]pass.PublicKey, error) // of all who sign passes
	Terms   Terms
	Clock   payment.Clock
	Random  io.Reader // a CSPRNG
	Buckets int       // of the store
	Log     *slog.Logger
}

// Gates knows gates. An access.Service does.
type Gates interface {
	Gate(ctx context.Context, id ids.Gate) (access.Gate, error)
}

// Service clears taps. Several servers may run one each on one database.
type Service struct {
	Config
	ids ids.Maker

	mu       sync.Mutex
	keys     []pass.PublicKey
	verifier *pass.Verifier // of keys
}

// New is a service that has seen no tap.
func New(c Config) *Service {
	return &Service{Config: c, ids: ids.Maker{Random: c.Random, Buckets: c.Buckets}}
}
