package faults_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/wallet"
)

const (
	currency   = "CNY"
	startMinor = 600 // of every payer: soon too little
	builders   = 8   // callers who make the people side by side
)

// payer is a payer with money, and with a phone that shows each of its codes once.
type payer struct {
	number  int
	id      string
	seed    paycode.Seed
	alias   paycode.Alias
	profile *paycode.Profile

	mu     sync.Mutex
	shown  paycode.BurnMap
	codes  int // how many were shown
	orders int // how many were made that he is to pay
	topUps int
}

// show makes the next code. Those of the next window come first: they are taken
// for more than a minute from now, so that an answer may take its time.
func (p *payer) show(now time.Time) (text string, number int, ok bool) {
	window := p.profile.CounterAt(now)
	for _, counter := range []paycode.Counter{window + 1, window} {
		for nonce := range paycode.MaxNonce + 1 {
			slot := paycode.Slot{Counter: counter, Nonce: nonce}
			shown, fresh := p.shown.Burn(slot)
			if !fresh {
				continue
			}
			p.shown = shown
			p.codes++
			return p.profile.NewText(&p.seed, p.alias, slot), p.codes - 1, true
		}
	}
	return "", 0, false
}

// merchant is a shop with its key.
type merchant struct{ id, key string }

// maker makes people by the public API. All phones have the same keys: the
// server does the same work for each as if they had not.
type maker struct {
	*site
	operator   *client.Client
	sign, seal *jose.JSONWebKey
	open       *ecdh.PrivateKey
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) newMaker() *maker {
	s.Helper()
	sign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	seal, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	open, err := seal.ECDH()
	s.must(err)
	return &maker{s, s.operator(), &jose.JSONWebKey{Key: sign.Public()}, &jose.JSONWebKey{Key: seal.Public()}, open}
}

func (m *maker) post(path string, in, out any) error {
	if err := m.operator.Call(m.Context(), "POST", path, in, out); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (m *maker) merchants(n int) (all []*merchant) {
	for i := range n {
		var made struct{ ID, Key string }
		m.must(m.post("/v1/merchants", map[string]any{"name": "Shop " + strconv.Itoa(i), "currency": currency}, &made))
		id := made.ID
		m.must(m.post("/v1/merchants/"+id+"/keys", nil, &made))
		all = append(all, &merchant{id, made.Key})
	}
	return all
}

func (m *maker) payers(n int) []*payer {
	m.Helper()
	all, errs := make([]*payer, n), make([]error, n)
	var wg sync.WaitGroup
	for b := range builders {
		wg.Go(func() {
			for i := b; i < n; i += builders {
				all[i] = &payer{number: i}
				errs[i] = m.settle(all[i])
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		m.must(err)
	}
	return all
}

// settle makes a payer known, gives him money and enrols his phone.
func (m *maker) settle(p *payer) error {
	var made struct{ ID, Ticket string }
	name := fmt.Sprint("payer-", p.number)
	if err := m.post("/v1/payers", map[string]any{"external_id": name, "currency": currency}, &made); err != nil {
		return err
	}
	p.id = made.ID
	limits := map[string]any{"per_payment": 1_000_000, "per_day": 1_000_000, "count_per_day": 10_000, "confirm_above": 1_000_000}
	if err := m.operator.Call(m.Context(), "PUT", "/v1/payers/"+p.id+"/limits", limits, nil); err != nil {
		return err
	}
	if err := m.post("/v1/payers/"+p.id+"/topups", map[string]any{"reference": "start", "amount": startMinor}, nil); err != nil {
		return err
	}
	if err := m.post("/v1/payers/"+p.id+"/tickets", nil, &made); err != nil {
		return err
	}
	return m.enrol(p, made.Ticket)
}

func (m *maker) enrol(p *payer, ticket string) error {
	var answer struct {
		DeviceID   string             `json:"device_id"`
		Alias      string             `json:"alias"`
		Generation paycode.Generation `json:"generation"`
		Profile    paycode.Profile    `json:"profile"`
		Sealed     wallet.Sealed      `json:"seed_sealed"`
	}
	if err := m.post("/v1/devices", map[string]any{"ticket": ticket, "kind": wallet.Phone, "name": "phone", "public_key": m.sign, "seal_key": m.seal}, &answer); err != nil {
		return err
	}
	id, err := ids.Parse[ids.Device](answer.DeviceID)
	if err != nil {
		return err
	}
	if p.seed, err = answer.Sealed.Open(m.open, id, answer.Generation); err != nil {
		return err
	}
	alias, err := strconv.ParseUint(answer.Alias, 10, 64)
	p.alias, p.profile = paycode.Alias(alias), &answer.Profile
	return err
}
