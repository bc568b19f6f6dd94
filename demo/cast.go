package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/atomicfile"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/server"
)

// Cast is who takes part.
type Cast struct {
	Payers []Payer
	Shop   string // the merchant's name
	Keys
}

// Payer is one of the demo's payers.
type Payer struct {
	ID   ids.Payer
	Name string
}

// Keys open the API. They are kept in the directory, readable by its owner alone.
type Keys struct {
	Operator   string       `json:"operator_key"`
	Merchant   string       `json:"merchant_key"`
	Gate       string       `json:"gate_key"`
	MerchantID ids.Merchant `json:"merchant_id"`
	GateID     ids.Gate     `json:"gate_id"`
}

const (
	currency = "CNY"
	shop     = "Corner Shop 街角小店"
	keysFile = "keys.json"
)

// script is the payers, with what each of them has at the first start.
var script = [...]struct {
	externalID, name string
	minor            int64 // in currency
}{
	{"demo-lin", "林小雨 Lin Xiaoyu", 50_000},
	{"demo-ada", "Ada Byron", 20_000},
	{"demo-wang", "王大伟 David Wang", 1_250},
}

// limits are small, so that each of them can be met at the cashier.
var limits = payment.Limits{PerPayment: 30_000, PerDay: 100_000, CountPerDay: 50, ConfirmAbove: 10_000}

// seed makes what is not there yet. At every start it finds the same cast.
func seed(ctx context.Context, s *server.Server, dir string) (c Cast, err error) {
	c.Shop = shop
	for _, p := range script {
		made, err := s.Issuing.CreatePayer(ctx, issuing.NewPayer{ExternalID: p.externalID, Currency: currency, Name: p.name})
		if err != nil {
			return c, fmt.Errorf("demo: payer: %w", err)
		}
		if err := s.Issuing.SetLimits(ctx, made.ID, limits); err != nil {
			return c, fmt.Errorf("demo: limits: %w", err)
		}
		if _, _, err := s.Payments.TopUp(ctx, made.ID, "welcome", p.minor, false); err != nil {
			return c, fmt.Errorf("demo: money: %w", err)
		}
		c.Payers = append(c.Payers, Payer{made.ID, p.name})
	}
	c.Keys, err = keep(ctx, s, filepath.Join(dir, keysFile))
	return c, err
}

// keep reads the keys, and makes what is not among them, with the merchant and the
// gate whose they are. A crash before they are written leaves a merchant whom
// nobody knows.
func keep(ctx context.Context, s *server.Server, path string) (k Keys, err error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return k, fmt.Errorf("demo: %w", err)
	default:
		if err := json.Unmarshal(text, &k); err != nil {
			return k, fmt.Errorf("demo: %s: %w", path, err)
		}
	}
	if !k.MerchantID.IsZero() && !k.GateID.IsZero() {
		return k, nil
	}
	if k.MerchantID.IsZero() {
		if err := k.makeShop(ctx, s); err != nil {
			return k, fmt.Errorf("demo: merchant: %w", err)
		}
	}
	if err := k.makeGate(ctx, s); err != nil {
		return k, fmt.Errorf("demo: gate: %w", err)
	}
	if text, err = json.MarshalIndent(k, "", "  "); err != nil {
		return k, fmt.Errorf("demo: %w", err)
	}
	return k, atomicfile.Write(path, append(text, '\n'))
}

func (k *Keys) makeShop(ctx context.Context, s *server.Server) error {
	m, err := s.Access.CreateMerchant(ctx, shop, currency)
	if err != nil {
		return err
	}
	k.MerchantID = m.ID
	if k.Operator, _, err = s.Access.CreateKey(ctx, access.ForOperator()); err != nil {
		return err
	}
	k.Merchant, _, err = s.Access.CreateKey(ctx, access.ForMerchant(m.ID))
	return err
}

// makeGate makes a gate, whose fares are the transit merchant's.
func (k *Keys) makeGate(ctx context.Context, s *server.Server) error {
	g, err := s.Access.CreateGate(ctx, access.NewGate{Name: "Gate 1", Line: "Line 1", Station: "Central Square"})
	if err != nil {
		return err
	}
	k.GateID = g.ID
	k.Gate, _, err = s.Access.CreateKey(ctx, access.ForGate(g.ID))
	return err
}

// Links are for people to open. The secrets in them are in the fragment, which
// browsers send to nobody.
type Links struct {
	Wallets []string // one for each payer: enrols one device within ten minutes
	Cashier string
	Gate    string // opens on this machine alone
	Docs    string
}

// Links makes the links, with fresh tickets.
func (d *Demo) Links(ctx context.Context) (l Links, err error) {
	for _, p := range d.Cast.Payers {
		ticket, _, err := d.Server.Issuing.Ticket(ctx, p.ID)
		if err != nil {
			return l, fmt.Errorf("demo: ticket: %w", err)
		}
		l.Wallets = append(l.Wallets, d.BaseURL+"/wallet/#ticket="+ticket)
	}
	l.Cashier = d.BaseURL + "/cashier/#key=" + d.Cast.Merchant
	l.Gate = d.gate.url()
	l.Docs = d.BaseURL + "/docs"
	return l, nil
}
