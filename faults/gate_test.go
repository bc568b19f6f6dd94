package faults_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	crand "crypto/rand"

	"github.com/go-jose/go-jose/v4"

	"github.com/paycode/paycode/pass"
)

const (
	fareMinor  = 200 // what serve takes for a ride unless it is told otherwise
	riderMinor = 100_000
	gatesAtOne = 4
	// gateKills is how often a gate is killed for each round of the other tests.
	gateKills = 10
	// startsWithin is about how long a gate takes to start and decide, uploadsWithin
	// is when it has begun to upload if it can, and answeredWithin is about how long that takes.
	startsWithin   = 120 * time.Millisecond
	uploadsWithin  = 2 * time.Second
	answeredWithin = 100 * time.Millisecond
	serverLives    = 3 * time.Second // at least, and twice that at most
	lastLives      = 3               // of a gate, without network
)

// rider is somebody with a phone that has a pass.
type rider struct {
	id    string
	key   *ecdsa.PrivateKey
	pass  []byte
	shown int // presentations that a gate was shown
	gone  int // for which it said go
}

// presents is what the phone shows now, and never again.
func (r *rider) presents(t *testing.T) string {
	var nonce [4]byte
	binary.BigEndian.PutUint32(nonce[:], rand.Uint32())
	shown, err := pass.Present(r.key, r.pass, time.Now(), nonce, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pass.Text(shown)
}

// riders enrols phones.
func (m *maker) riders(n int) []*rider {
	m.Helper()
	all, errs := make([]*rider, n), make([]error, n)
	var wg sync.WaitGroup
	for b := range builders {
		wg.Go(func() {
			for i := b; i < n && errs[b] == nil; i += builders {
				all[i], errs[b] = m.rider(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		m.must(err)
	}
	return all
}

func (m *maker) rider(i int) (*rider, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return nil, err
	}
	r := &rider{key: key}
	var made struct {
		ID, Ticket string
		Pass       []byte
	}
	if err := m.post("/v1/payers", map[string]any{"external_id": fmt.Sprint("rider-", i), "currency": currency}, &made); err != nil {
		return nil, err
	}
	r.id = made.ID
	if err := m.post("/v1/payers/"+r.id+"/topups", map[string]any{"reference": "start", "amount": riderMinor}, nil); err != nil {
		return nil, err
	}
	if err := m.post("/v1/payers/"+r.id+"/tickets", nil, &made); err != nil {
		return nil, err
	}
	err = m.post("/v1/devices", map[string]any{
		"ticket": made.Ticket, "kind": "phone", "name": "phone", "public_key": &jose.JSONWebKey{Key: key.Public()}, "seal_key": m.seal,
	}, &made)
	r.pass = made.Pass
	return r, err
}

// turnstile is a gate with the riders who come to it.
type turnstile struct {
	*site
	dir    string
	way    *uploads // its network
	riders []*rider // who come to this gate
	next   int
}

// gate enrols a gate whose network may break.
func (m *maker) gate(name string) *turnstile {
	m.Helper()
	var made struct{ Key string }
	m.must(m.post("/v1/gates", map[string]any{"name": name, "line": "Line 1"}, &made))
	g := &turnstile{site: m.site, way: newUploads(m.T, m.servers[0].address), dir: filepath.Join(m.dir, name)}
	if out, err := m.command("gate", "enrol", "--dir", g.dir, "--server", g.way.url(), "--key", made.Key).CombinedOutput(); err != nil {
		m.Fatalf("gate enrol: %v\n%s", err, out)
	}
	return g
}

// live starts the gate, has some riders come, and kills it at a moment that nobody
// chooses: while it starts or decides, or while it uploads what it has decided.
func (g *turnstile) live() {
	cmd := g.command("gate", "run", "--dir", g.dir, "--stdin", "--log-level", "error")
	in, err := cmd.StdinPipe()
	g.must(err)
	out, err := cmd.StdoutPipe()
	g.must(err)
	g.way.forget()
	c, err := startChild(cmd)
	g.must(err)
	var come []*rider
	for range 1 + rand.IntN(6) {
		r := g.riders[g.next%len(g.riders)]
		g.next++
		come = append(come, r)
		r.shown++
		io.WriteString(in, r.presents(g.T)+"\n") // to a gate that may be dead
	}
	said := make(chan string, len(come))
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said <- lines.Text()
		}
	}()
	when, answered := rand.IntN(4), 0
	killed := time.AfterFunc(readyWithin, c.kill)
	if when == whileItStarts {
		killed.Reset(rand.N(startsWithin))
	}
	for line := range said {
		if answered == 0 && when != whileItStarts {
			go g.killSoon(c, when == whileItDecides)
		}
		if strings.HasPrefix(line, "go") {
			come[answered].gone++
		} else if line != "no passback" && line != "no stale" {
			g.Errorf("the gate says %q", line)
		}
		answered++
	}
	killed.Stop()
	<-c.gone
	if answered == 0 && when != whileItStarts {
		g.Errorf("the gate in %s said nothing", g.dir)
	}
}

// When a gate is killed; for the other numbers, while it uploads.
const (
	whileItStarts = iota
	whileItDecides
)

// killSoon kills a gate that has decided at once, or when it uploads. The server may
// be away, and then that is not waited for.
func (g *turnstile) killSoon(c *child, atOnce bool) {
	if !atOnce {
		select {
		case <-g.way.seen:
		case <-time.After(uploadsWithin):
		}
	}
	time.Sleep(rand.N(answeredWithin))
	c.kill()
}

// settled has the gate bring what it has, and answers how many taps that is. Before,
// it comes to taps that it cannot bring, and then to answers that it does not hear:
// how often those were met by chance depends on how fast the machine is.
func (g *turnstile) settled() (taps uint64) {
	g.Helper()
	g.way.bring(uploadTorn)
	for range lastLives {
		g.live()
	}
	for _, f := range []uploadFate{uploadLost, uploadHung, uploadLost} {
		g.way.bring(f)
		g.sync()
	}
	g.way.bring(uploadWhole)
	return g.settle()
}

// settle has the gate bring what it has through a network that breaks nothing.
func (g *turnstile) settle() (taps uint64) {
	g.Helper()
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(pause) {
		out, err := g.sync()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			g.Fatalf("gate sync: %v\n%s", err, out)
		}
	}
	out, err := g.command("gate", "status", "--dir", g.dir, "--json").Output()
	if err != nil {
		g.Fatalf("gate status: %v\n%s%s", err, out, said(err))
	}
	var st struct{ Taps, Queue, Rejected uint64 }
	g.must(json.Unmarshal(out, &st))
	if st.Queue != 0 || st.Rejected != 0 {
		g.Errorf("%+v", st)
	}
	return st.Taps
}

func (g *turnstile) sync() ([]byte, error) {
	return g.command("gate", "sync", "--dir", g.dir).CombinedOutput()
}

// TestGatesKilled kills gates while people go through, the server while gates
// bring their taps, and the network in the middle of uploads: each rider for whom
// a gate has opened rode once, and nobody rode more often than gates have on their
// disks.
func TestGatesKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:"+filepath.Join(t.TempDir(), "paycode.db"), 1)
	m := s.newMaker()
	riders := m.riders(120 * gatesAtOne * max(1, *rounds/20))
	var gates []*turnstile
	for i := range gatesAtOne {
		g := m.gate(fmt.Sprint("Gate ", i))
		g.riders = riders[i*len(riders)/gatesAtOne : (i+1)*len(riders)/gatesAtOne]
		gates = append(gates, g)
	}
	var all sync.WaitGroup
	kills := gateKills * *rounds / gatesAtOne
	for _, g := range gates {
		all.Go(func() {
			for range kills {
				g.live()
			}
		})
	}
	s.serverKilledUntil(done(&all))
	taps, gone := uint64(0), 0
	var met [uploadFates]int
	for _, g := range gates {
		taps += g.settled()
		for f, n := range g.way.count {
			met[f] += n
		}
	}
	m.awaitRides(riders, int(taps))
	rides := m.rode(riders)
	for _, r := range riders {
		gone += r.gone
	}
	t.Logf("%d kills; %d presentations went through, %d are on the disks of gates, %d were charged", kills*gatesAtOne, gone, taps, rides)
	t.Logf("of uploads %d were left alone, %d torn, %d cut off while the server had them, the answers to %d lost", met[uploadWhole], met[uploadTorn], met[uploadHung], met[uploadLost])
	if min(met[uploadTorn], met[uploadLost]) < gatesAtOne {
		t.Error("too few for a fault to be found")
	}
	if uint64(rides) != taps || gone > rides || gone == 0 {
		t.Errorf("%d went through, %d taps, %d rides", gone, taps, rides)
	}
	if out, err := s.command("admin", "reclear", "--db", s.database, "--from", "2020-01-01").CombinedOutput(); err != nil {
		t.Errorf("admin reclear: %v\n%s", err, out)
	}
	if again := m.rode(riders); again != rides {
		t.Errorf("%d rides, and after clearing once more %d", rides, again)
	}
	s.audit()
}

// serverKilledUntil kills the server now and then, and has it ready in the end.
func (s *site) serverKilledUntil(over <-chan struct{}) {
	s.Helper()
	for {
		select {
		case <-over:
			s.servers[0].awaitReady()
			return
		case <-time.After(serverLives + rand.N(serverLives)):
			s.servers[0].again()
		}
	}
}

func done(all *sync.WaitGroup) <-chan struct{} {
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	return over
}

// awaitRides waits until the server has cleared what it took before it was killed.
func (m *maker) awaitRides(riders []*rider, want int) {
	m.Helper()
	for deadline := time.Now().Add(readyWithin); time.Now().Before(deadline); time.Sleep(time.Second) {
		charged := 0
		for _, r := range riders {
			var his struct{ Balance struct{ Amount int64 } }
			m.must(m.operator.Call(m.Context(), "GET", "/v1/payers/"+r.id, nil, &his))
			charged += int(riderMinor-his.Balance.Amount) / fareMinor
		}
		if charged >= want {
			return
		}
	}
}

// rode counts the rides of riders, and holds each one's against his purse and
// what gates told him.
func (m *maker) rode(riders []*rider) (rides int) {
	m.Helper()
	for _, r := range riders {
		var his struct {
			Rides []struct {
				Status string
				Fare   int64
			}
			Balance struct{ Amount int64 }
		}
		m.must(m.operator.Call(m.Context(), "GET", "/v1/payers/"+r.id+"/rides?limit=200", nil, &his))
		m.must(m.operator.Call(m.Context(), "GET", "/v1/payers/"+r.id, nil, &his))
		for _, ride := range his.Rides {
			if ride.Status != "charged" || ride.Fare != fareMinor {
				m.Errorf("a ride of %s: %+v", r.id, ride)
			}
		}
		n := len(his.Rides)
		if n < r.gone || n > r.shown || his.Balance.Amount != riderMinor-int64(n)*fareMinor {
			m.Errorf("%s showed %d presentations, of which %d went through, has %d rides and %d left", r.id, r.shown, r.gone, n, his.Balance.Amount)
		}
		rides += n
	}
	return rides
}
