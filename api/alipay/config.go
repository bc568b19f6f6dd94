package alipay

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/webhook"
)

// Config is what a Gateway works with. All fields are needed.
type Config struct {
	Merchants Merchants
	Payments  *payment.Processor
	Refunds   Refunds
	History   History
	Callbacks Callbacks
	Platform  *platform.Identity // signs every answer
	Zone      *time.Location     // the server's
	Now       func() time.Time
	Log       *slog.Logger
	// Origin is scheme and host as a caller knows them.
	Origin func(*http.Request) string
	// Made is called with each payment at its first answer, to be counted.
	Made func(payment.Payment)
}

// Merchants knows who calls. access.Service implements it.
type Merchants interface {
	// Merchant answers a merchant, or access.ErrNotFound.
	Merchant(ctx context.Context, id ids.Merchant) (access.Merchant, error)
	// AlipayApp answers with what a merchant's calls are verified, or access.ErrNotFound.
	AlipayApp(ctx context.Context, id ids.Merchant) (access.AlipayApp, error)
	// SpendNonce notes a nonce that is good once, or answers access.ErrReplayed.
	SpendNonce(ctx context.Context, merchant ids.Merchant, kind, nonce string, until time.Time) error
}

// History lists what moved a merchant's account. A Store implements it.
type History interface {
	Movements(ctx context.Context, merchant ids.Merchant, from, to time.Time) iter.Seq2[payment.Movement, error]
}

// Refunds lists what was given back. A Store implements it.
type Refunds interface {
	// Refunds lists the refunds of a payment, oldest first.
	Refunds(ctx context.Context, payment ids.Payment) ([]payment.Refund, error)
}

// Callbacks remembers where merchants want to be told. A webhook.Desk implements it.
type Callbacks interface {
	// Ask keeps a callback, durable on return; a *field.Error for a URL that no callback can go to.
	Ask(ctx context.Context, c webhook.Callback) error
}
