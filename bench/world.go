package bench

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/client"
)

// World is who takes part in a run: payers with money and an enrolled device
// each, and merchants.
type World struct {
	base      *url.URL
	name      string   // begins every order number
	heads     [][]byte // of requests, by merchant
	merchants []string // their ids
	operator  *client.Client
	tillKey   *rsa.PrivateKey // signs for all tills that speak Alipay's OpenAPI; nil until they do
	devices   []*device
	turn      int // whose it is to pay, through all runs
	runs      int
	paid      Result // of all runs together
}

// Paid is what came of all runs together.
func (w *World) Paid() Result { return w.paid }

// Payers is how many take part.
func (w *World) Payers() int { return len(w.devices) }

// Merchants is how many take part.
func (w *World) Merchants() int { return len(w.heads) }

// Sizes of a world.
type Sizes struct {
	Payers    int
	Merchants int
}

// Currency is that of all payers and merchants.
const Currency = "CNY"

const (
	amountText = "1"        // of each payment, in minor units: no limit for a day is met
	balance    = 10_000_000 // of each payer, in minor units
	// builders is how many callers make the world at the same time.
	builders = 32
)

// Build makes a world by the public API, with an operator's key. built counts
// the payers that are ready.
func Build(ctx context.Context, server, operatorKey string, n Sizes, built *atomic.Int64) (*World, error) {
	b := newBuilder(server, operatorKey)
	w, err := b.market(ctx, n.Merchants)
	if err != nil {
		return nil, err
	}
	if err := b.makeKeys(); err != nil {
		return nil, err
	}
	w.devices = make([]*device, n.Payers)
	return w, b.forAll(ctx, n.Payers, built, func(ctx context.Context, i int) (err error) {
		w.devices[i], err = b.payer(ctx, i)
		return err
	})
}

// Books is what the server's audit says.
type Books struct {
	Balanced    bool              `json:"balanced"`
	Postings    int64             `json:"postings"`
	Differences []json.RawMessage `json:"differences"`
}

// Audit has the server recompute every balance, with an operator's key.
func Audit(ctx context.Context, server, operatorKey string) (b Books, err error) {
	c := client.Client{Server: server, Authorize: client.Bearer(operatorKey), HTTP: &http.Client{Timeout: auditWithin}}
	if err := c.Call(ctx, "GET", "/v1/ledger/audit", nil, &b); err != nil {
		return b, fmt.Errorf("bench: audit: %w", err)
	}
	return b, nil
}

// Check says how the books, audited before and after all runs of a world, do
// not agree with what its tills were told: every payment and every refund is
// there once, as two postings each, and nothing else is. What nobody was told of
// may be there or not.
func Check(before, after Books, paid Result) error {
	least := 2 * (paid.Payments + paid.Refunds)
	most := least + 2*paid.Unknown
	if got := after.Postings - before.Postings; got < least || got > most {
		return fmt.Errorf("bench: the books hold %d postings more, and not %d to %d", got, least, most)
	}
	if !after.Balanced || len(after.Differences) > 0 {
		return fmt.Errorf("bench: the books do not balance: %s", after.Differences)
	}
	return nil
}

const auditWithin = 10 * time.Minute
