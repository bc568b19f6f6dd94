package bench

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/client"
)

// World is who takes part in a run: payers with money and an enrolled device
// each, and merchants' keys.
type World struct {
	server  string
	keys    []string // of merchants
	devices []*device
}

// Sizes of a world.
type Sizes struct {
	Payers    int
	Merchants int
}

const (
	currency    = "CNY"
	amountMinor = 1          // of each payment: no limit for a day is met
	balance     = 10_000_000 // of each payer, in minor units
	// builders is how many callers make the world at the same time.
	builders = 32
)

// Build makes a world by the public API, with an operator's key. built counts
// the payers that are ready.
func Build(ctx context.Context, server, operatorKey string, n Sizes, built *atomic.Int64) (*World, error) {
	operator := &client.Client{Server: server, Authorize: client.Bearer(operatorKey), HTTP: &http.Client{
		Timeout: answerWithin, Transport: &http.Transport{MaxIdleConnsPerHost: builders},
	}}
	b := &builder{operator: operator, run: rand.Text()[:8]}
	w := &World{server: server, devices: make([]*device, n.Payers)}
	for i := range n.Merchants {
		key, err := b.merchant(ctx, i)
		if err != nil {
			return nil, err
		}
		w.keys = append(w.keys, key)
	}
	if err := b.makeKeys(); err != nil {
		return nil, err
	}
	if err := b.payers(ctx, w, built); err != nil {
		return nil, err
	}
	return w, nil
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

const auditWithin = 10 * time.Minute
