package gate

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/gate/denylist"
	"github.com/paycode/paycode/pass"
)

// Enrolment is what a new gate is told by its operator.
type Enrolment struct {
	Dir    string // the gate's directory, made if absent
	Server string // base URL
	Key    string // gk_…
	HTTP   *http.Client
}

// Enrol fetches what the gate needs to work without network, and keeps it in the
// directory. Called again it takes a new key or address. Errors: ErrEnrolled for
// the directory of another gate, ErrBusy, ErrAnswer, *client.Problem, client.ErrLost.
func Enrol(ctx context.Context, e Enrolment) error {
	unlock, err := lock(e.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	g := &Gate{HTTP: e.HTTP, Now: time.Now, dir: e.Dir}
	s, err := readSettings(e.Dir)
	fresh := errors.Is(err, ErrNotEnrolled)
	if err != nil && !fresh {
		return err
	}
	s.Server, s.Key = e.Server, e.Key
	var c Config
	if err := g.caller(s).Call(ctx, "GET", "/v1/gate/config", nil, &c); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if fresh {
		s.JournalKey = make([]byte, 32)
		rand.Read(s.JournalKey)
	} else if s.Config.Gate.ID != c.Gate.ID {
		return ErrEnrolled
	}
	s.Config, s.FetchedAt = c, g.Now()
	if err := g.enrolDenyList(ctx, s); err != nil {
		return err
	}
	if err := g.enrolMemory(); err != nil {
		return err
	}
	return g.saveSettings(s) // last: from now on the directory is a gate's
}

func (g *Gate) enrolDenyList(ctx context.Context, s settings) (err error) {
	if g.verifier, err = pass.NewVerifier(s.Config.IssuerKeys...); err != nil {
		return err
	}
	if g.deny, err = denylist.Open(filepath.Join(g.dir, "denylist")); g.deny == nil {
		return err
	}
	return g.refetchDenyList(ctx, g.caller(s))
}

// enrolMemory remembers from when the deny list is, and nothing of taps but what a
// directory that is enrolled again has known.
func (g *Gate) enrolMemory() error {
	m, err := readMemory(g.dir)
	if err != nil {
		return err
	}
	m.SyncedAt, m.DenyAt = g.Now(), g.Now()
	return g.saveMemory(m)
}

func (g *Gate) caller(s settings) *client.Client {
	return &client.Client{Server: s.Server, HTTP: g.HTTP, Authorize: client.Bearer(s.Key)}
}
